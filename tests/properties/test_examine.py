"""Whatever arrives at the door: a Rejection or a verdict, and never a document that its signer did not sign."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.envelopes.unwrap import ENVELOPES
from edi_gateway.errors import Rejection
from edi_gateway.gateway import Gateway
from edi_gateway.model.transmission import Transmission
from tests.support.gateway import NOW, Format, contract, enrol_both, invoice, make_gateway, signed

DOCUMENT: dict[Format, bytes] = {
    "xmldsig": invoice(),
    "cms": invoice(),
    "smime": invoice(),
    "jws": contract(),
    "jws-flattened": contract(),
    "pades": contract(),
}
FORMATS = sorted(DOCUMENT)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    made = make_gateway(tmp_path_factory.mktemp("examine") / "data")
    enrol_both(made)
    yield made
    made.close()


def content_types() -> st.SearchStrategy[str]:
    known = st.sampled_from(sorted(ENVELOPES))
    parameters = st.sampled_from(
        ["", "; charset=utf-8", '; boundary="b"; protocol="application/pkcs7-signature"', ";;="]
    )
    return st.one_of(st.builds(str.__add__, known, parameters), st.text(max_size=40))


@given(body=st.binary(max_size=600), content_type=content_types())
def test_arbitrary_bytes_under_any_content_type_are_rejected(gateway: Gateway, body: bytes, content_type: str) -> None:
    with pytest.raises(Rejection):
        gateway.examine(Transmission(body, content_type, NOW))


@pytest.mark.parametrize("format", FORMATS)
def test_a_changed_octet_anywhere_never_changes_what_is_accepted(gateway: Gateway, format: Format) -> None:
    content_type, body = signed(DOCUMENT[format], "acme", format)
    honest = gateway.examine(Transmission(body, content_type, NOW))
    assert honest.verdict == "accepted"

    @given(position=st.integers(0, len(body) - 1), octet=st.integers(0, 255))
    def changed(position: int, octet: int) -> None:
        changed_body = body[:position] + bytes([octet]) + body[position + 1 :]
        try:
            examined = gateway.examine(Transmission(changed_body, content_type, NOW))
        except Rejection:
            return
        # What still verifies says the same, octet by octet: the change was in what no signature needs to cover.
        assert examined.digest == honest.digest

    changed()


@pytest.mark.parametrize("format", FORMATS)
def test_a_truncated_transmission_is_rejected(gateway: Gateway, format: Format) -> None:
    content_type, body = signed(DOCUMENT[format], "acme", format)

    @given(end=st.integers(0, len(body.rstrip()) - 8))
    def truncated(end: int) -> None:
        with pytest.raises(Rejection):
            gateway.examine(Transmission(body[:end], content_type, NOW))

    truncated()
