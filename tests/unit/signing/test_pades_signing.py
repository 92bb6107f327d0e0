import pytest

from edi_gateway.errors import Misuse
from edi_gateway.signing.pades import is_signed, sign
from edi_gateway.syntax.pdf.places import places
from tests.support import cms
from tests.support import pdf_attacks as attacks
from tests.support.pdf import page
from tests.support.pdf_archival import with_timestamp


def signed(pdf: bytes, kind: str = "p256", owner: str = "acme") -> bytes:
    return sign(pdf, cms.key(kind, owner), cms.certificate(kind, owner))


def test_each_signature_is_appended_in_a_field_of_its_own() -> None:
    once = signed(page())
    twice = signed(once)
    assert twice.startswith(once)
    assert [place.end for place in places(twice)] == [len(once), len(twice)]


def test_a_pdf_is_signed_if_its_last_signature_is_and_covers_it_all() -> None:
    once, certificate = signed(page()), cms.certificate("p256", "acme")
    assert is_signed(once, certificate)
    assert not is_signed(page(), certificate)
    assert not is_signed(with_timestamp(once), certificate)
    assert not is_signed(once, cms.certificate("p256", "globex"))


def test_a_certificate_of_another_key_is_a_mistake() -> None:
    with pytest.raises(Misuse, match="not this key's"):
        sign(page(), cms.key(), cms.certificate("p256", "globex"))


def test_a_key_that_pdfs_are_not_signed_with_is_a_mistake() -> None:
    with pytest.raises(Misuse, match="RSA, an elliptic curve or an Ed25519"):
        sign(page(), cms.key("ml-dsa-65"), cms.certificate("ml-dsa-65"))


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7", attacks.encrypted(page()), attacks.with_hybrid_references(page())])
def test_what_can_t_be_signed_is_a_mistake(pdf: bytes) -> None:
    with pytest.raises(Misuse, match="can't be signed"):
        signed(pdf)
