"""What operators may do to partners and keys, and what is refused before anything is recorded."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from edi_gateway.errors import Misuse
from edi_gateway.model.partner import Identifier, Partner
from edi_gateway.model.record import Change
from edi_gateway.partners.keyring import directory
from edi_gateway.signatures.policy import Policy
from edi_gateway.workflows import enrol
from tests.support import jws
from tests.support.certificates import NOON, certificate, der, with_an_extension_twice

GLN = Identifier("0088", "7300010000001")
ACME = Partner("acme", "Acme", (GLN,))
KNOWN = directory([ACME, Partner("globex", "Globex", (), suspended=True)], [jws.partner_key(jws.key("p256"))])
OFFICE = enrol.Office(KNOWN, Policy(), "localhost/ledger", NOON, "0199")


def add(id: str = "initech", name: str = "Initech", *identifiers: Identifier) -> Change:
    return enrol.add_partner(id, name, identifiers or (Identifier("0088", "1"),), OFFICE)


def add_key(data: bytes, partner: str = "acme") -> Change:
    return enrol.add_key(partner, data, (None, None), OFFICE)


def test_a_partner_is_added_with_a_statement_that_says_so():
    change = add("initech", " Initech ", Identifier("0088", "1"), Identifier("0088", "1"), Identifier("0060", "2"))
    assert change.partner == Partner("initech", "Initech", (Identifier("0088", "1"), Identifier("0060", "2")))
    assert (change.party, change.draft["type"], change.draft["id"]) == ("initech", "partner.added", "0199")
    assert change.draft["partner"]["identifiers"] == ["0088:1", "0060:2"]


@pytest.mark.parametrize("id", ["", "Acme", "acme corp", "-acme", "../acme", "a" * 65, "ácme", "acme\n", "a/b"])
def test_an_id_that_is_no_word_is_refused(id: str):
    with pytest.raises(Misuse, match="id"):
        add(id)


def test_an_id_or_an_identifier_that_is_taken_is_refused():
    with pytest.raises(Misuse, match="acme already"):
        add("acme")
    with pytest.raises(Misuse, match="belongs to acme"):
        add("initech", "Initech", Identifier("0088", "1"), GLN)


@pytest.mark.parametrize("name", ["", "  "])
def test_a_partner_without_a_name_is_refused(name: str):
    with pytest.raises(Misuse, match="name"):
        add("initech", name)


def test_a_partner_without_an_identifier_is_refused():
    with pytest.raises(Misuse, match="identifier"):
        enrol.add_partner("initech", "Initech", [], OFFICE)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "a\u202eb", "a\ud800b", "x" * 201], ids=ascii)
def test_text_that_cannot_be_printed_or_is_long_is_refused(text: str):
    with pytest.raises(Misuse, match="printable"):
        add("initech", text)
    with pytest.raises(Misuse, match="printable"):
        add("initech", "Initech", Identifier("0088", text))


def test_a_partner_is_suspended_and_resumed_once():
    assert enrol.suspend("acme", True, OFFICE).partner.suspended
    assert enrol.suspend("globex", False, OFFICE).draft["type"] == "partner.resumed"
    with pytest.raises(Misuse, match="suspended already"):
        enrol.suspend("globex", True, OFFICE)
    with pytest.raises(Misuse, match="not suspended"):
        enrol.suspend("acme", False, OFFICE)
    with pytest.raises(Misuse, match="no partner nobody"):
        enrol.suspend("nobody", True, OFFICE)


def test_a_key_is_added_with_a_statement_that_names_its_window_and_certificate():
    change = add_key(der(certificate(ec.generate_private_key(ec.SECP384R1()))))
    described = change.draft["key"]
    assert (change.party, change.draft["type"], described["partner"]) == ("acme", "key.added", "acme")
    assert described.keys() == {"fingerprint", "partner", "from", "until", "certificate"}


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "1024 bits"),
        (lambda: rsa.generate_private_key(3, 2048), "exponent"),
        (lambda: jws.key("k256"), "secp256k1"),
        (lambda: ec.generate_private_key(ec.SECP192R1()), "secp192r1"),
    ],
)
def test_a_weak_key_is_refused(key, reason: str):
    with pytest.raises(Misuse, match=reason):
        add_key(jws.spki(key()))


def test_a_key_that_is_registered_already_is_refused_whoever_has_it():
    for partner in ("acme", "globex"):
        with pytest.raises(Misuse, match="registered for acme"):
            add_key(jws.spki(jws.key("p256")), partner)


@pytest.mark.parametrize("data", [b"", b"no key", with_an_extension_twice(jws.key("p384"))], ids=range(3))
def test_what_is_not_usable_as_a_key_is_refused(data: bytes):
    with pytest.raises(Misuse, match="not usable"):
        add_key(data)


def test_a_key_of_nobody_is_refused():
    with pytest.raises(Misuse, match="no partner nobody"):
        add_key(jws.spki(jws.key("p384")), "nobody")


def test_a_key_is_found_by_its_fingerprint():
    assert enrol.find_key(jws.fingerprint(jws.key("p256")), KNOWN)
    assert enrol.find_key("00", KNOWN) is None
