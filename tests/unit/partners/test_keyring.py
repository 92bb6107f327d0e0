"""Which registered keys a signature means: by every name that a format knows for a key."""

import hashlib
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa

from edi_gateway.model.partner import Identifier, Partner, PartnerKey
from edi_gateway.model.transmission import KeyName
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import MAX_TRIED, directory, names
from tests.support import jws
from tests.support.certificates import NOON, certificate, der

GLN = Identifier("0088", "7300010000001")
ACME = Partner("acme", "Acme", (GLN, Identifier("0060", "123456789")))
GLOBEX = Partner("globex", "Globex", (Identifier("0088", "7300010000002"),))
KEY = jws.key("p256", "acme")
CERTIFICATE = certificate(KEY, x509.SubjectKeyIdentifier(b"\x12\x34"))
REGISTERED = read_key(der(CERTIFICATE), "acme", None, None)
OTHER = jws.partner_key(jws.key("p256", "globex"), "globex")
BOTH = directory([ACME, GLOBEX], [REGISTERED, OTHER])

ISSUER = hashlib.sha256(CERTIFICATE.issuer.public_bytes()).hexdigest()
USUAL_ID = x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()).digest.hex()
NAMES = {
    "fingerprint": jws.fingerprint(KEY),
    "certificate": hashlib.sha256(der(CERTIFICATE)).hexdigest(),
    "issuer-serial": f"{ISSUER}:4711",
    "issuer-name": "O=Trust,CN=Root:4711",
    "subject-key-id": "1234",
    "subject-name": "CN=acme",
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_key_is_found_by_each_kind_of_name(kind):
    assert BOTH.named([KeyName(kind, NAMES[kind])]) == (REGISTERED,)


def test_a_key_is_found_by_the_usual_identifier_of_its_bits_whatever_its_certificate_says():
    assert BOTH.named([KeyName("subject-key-id", USUAL_ID)]) == (REGISTERED,)


@pytest.mark.parametrize(
    "name",
    [
        KeyName("fingerprint", NAMES["fingerprint"].upper()),
        KeyName("fingerprint", NAMES["certificate"]),
        KeyName("certificate", NAMES["fingerprint"]),
        KeyName("issuer-serial", f"{ISSUER}:4712"),
        KeyName("issuer-serial", f"{ISSUER}:04711"),
        KeyName("issuer-name", "O=Trust,CN=Root:"),
        KeyName("subject-name", ""),
        KeyName("subject-name", "cn=acme"),
    ],
    ids=[
        "upper case",
        "the certificate's digest",
        "the key's digest",
        "another serial",
        "the serial with a zero",
        "no serial",
        "nothing",
        "lower case",
    ],
)
def test_a_name_that_is_not_exactly_the_keys_own_finds_nothing(name: KeyName):
    assert BOTH.named([name]) == ()


def test_names_of_several_keys_find_each_once_in_their_order():
    wanted = [KeyName("fingerprint", OTHER.fingerprint), *(KeyName(kind, value) for kind, value in NAMES.items())]
    assert BOTH.named(wanted) == (OTHER, REGISTERED)
    assert BOTH.named([]) == ()


def test_a_name_that_many_keys_share_finds_only_so_many():
    keys = [
        read_key(der(certificate(ec.generate_private_key(ec.SECP256R1()))), "acme", None, None)
        for _ in range(MAX_TRIED + 1)
    ]
    assert directory([ACME], keys).named([KeyName("subject-name", "CN=acme")]) == tuple(keys[:MAX_TRIED])


@pytest.mark.parametrize(
    "generate",
    [ed25519.Ed25519PrivateKey.generate, ed448.Ed448PrivateKey.generate, mldsa.MLDSA44PrivateKey.generate],
    ids=["ed25519", "ed448", "ml-dsa-44"],
)
def test_a_bare_key_of_any_type_has_a_fingerprint_and_an_identifier(generate):
    key = jws.partner_key(generate())
    assert {name.kind for name in names(key)} == {"fingerprint", "subject-key-id"}


def test_the_owners_of_identifiers_are_found():
    assert BOTH.owner([GLN, Identifier("0060", "123456789")]) == {"acme"}
    assert BOTH.owner([GLN, *GLOBEX.identifiers, Identifier("9999", "nobody")]) == {"acme", "globex"}
    assert BOTH.owner([Identifier("0060", GLN.value)]) == set()


def aged(number: int, since: timedelta | None) -> PartnerKey:
    key = jws.key("p256", f"aged-{number}")
    return PartnerKey(
        jws.fingerprint(key),
        "acme",
        jws.spki(key),
        valid_from=NOON + since if since is not None else None,
        public_key=key.public_key(),
    )


def test_the_keys_of_the_claimed_sender_are_tried_newest_first():
    keys = [aged(0, timedelta(days=-2)), aged(1, None), aged(2, timedelta(days=-1))]
    assert directory([ACME], keys).claimed([GLN]) == (keys[2], keys[0], keys[1])


def test_only_so_many_keys_of_the_claimed_sender_are_tried():
    keys = [aged(number, timedelta(days=number)) for number in range(MAX_TRIED + 2)]
    assert directory([ACME], keys).claimed([GLN]) == tuple(reversed(keys[2:]))


def test_a_sender_whom_nobody_knows_has_no_keys():
    assert BOTH.claimed([Identifier("9999", "nobody")]) == ()
    assert BOTH.claimed([]) == ()


def test_a_partner_without_keys_can_be_claimed_in_vain():
    assert directory([ACME], []).claimed([GLN]) == ()
