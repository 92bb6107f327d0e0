"""Reading a key that somebody presents for enrolment, and the window in which it will be trusted."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
)

from edi_gateway.partners.enrolment import read_key
from tests.support import jws
from tests.support.certificates import DAY, NOON, certificate, der, of_version, pem, pem_of, with_an_extension_twice

KEY = jws.key("p256", "acme")
CERTIFICATE = certificate(KEY)
HOUR = timedelta(hours=1)


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "data",
    [der(CERTIFICATE), pem(CERTIFICATE), jws.spki(KEY), public_pem(KEY), b"text before\n" + pem(CERTIFICATE)],
    ids=["certificate in DER", "certificate in PEM", "key in DER", "key in PEM", "PEM after text"],
)
def test_certificates_and_keys_are_read_in_pem_and_der(data: bytes):
    key = read_key(data, "acme", None, None)
    assert (key.partner, key.spki, key.fingerprint) == ("acme", jws.spki(KEY), jws.fingerprint(KEY))


def test_a_bare_key_has_the_window_that_is_asked_for():
    key = read_key(jws.spki(KEY), "acme", NOON, None)
    assert (key.valid_from, key.valid_until, key.certificate) == (NOON, None, None)


@pytest.mark.parametrize(
    ("since", "until", "window"),
    [
        (None, None, (NOON - DAY, NOON + DAY)),
        (NOON, None, (NOON, NOON + DAY)),
        (None, NOON, (NOON - DAY, NOON)),
        (NOON - 9 * DAY, NOON + 9 * DAY, (NOON - DAY, NOON + DAY)),
    ],
)
def test_a_window_is_never_wider_than_the_certificates_own(since, until, window):
    key = read_key(der(CERTIFICATE), "acme", since, until)
    assert (key.valid_from, key.valid_until) == window


@pytest.mark.parametrize(
    ("since", "until"),
    [(NOON, NOON), (NOON + HOUR, NOON), (NOON + DAY, None), (None, NOON - DAY), (NOON + 9 * DAY, None)],
)
def test_a_window_without_an_instant_is_refused(since, until):
    with pytest.raises(ValueError, match="empty"):
        read_key(der(CERTIFICATE), "acme", since, until)


def test_a_window_begins_with_its_first_instant_and_ends_before_its_last():
    key = read_key(jws.spki(KEY), "acme", NOON, NOON + HOUR)
    tick = timedelta(microseconds=1)
    moments = [NOON - tick, NOON, NOON + HOUR - tick, NOON + HOUR]
    assert [key.valid_at(moment) for moment in moments] == [False, True, True, False]


def test_a_key_without_a_window_is_always_valid():
    assert read_key(jws.spki(KEY), "acme", None, None).valid_at(NOON)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"not a key",
        jws.private_der(KEY),
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        public_pem(KEY).replace(b"PUBLIC", b"PRIVATE"),
        der(CERTIFICATE)[:-1],
        der(CERTIFICATE) + b"\x00",
        of_version(5, der(CERTIFICATE)),
        pem_of(of_version(5, der(CERTIFICATE))),
        public_pem(x25519.X25519PrivateKey.generate()),
        public_pem(dsa.generate_private_key(1024)),
    ],
    ids=[
        "nothing",
        "a zero",
        "text",
        "a private key",
        "a broken certificate",
        "an empty key",
        "a key under another name",
        "a certificate cut off",
        "a certificate with a tail",
        "a certificate of version 6",
        "a certificate of version 6 in PEM",
        "a key for agreement",
        "a DSA key",
    ],
)
def test_whatever_is_not_a_key_for_signing_is_refused(data: bytes):
    with pytest.raises(ValueError, match=r"neither|do not sign|holds a private key"):
        read_key(data, "acme", None, None)


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
@pytest.mark.parametrize("encryption", [NoEncryption(), BestAvailableEncryption(b"secret")])
def test_a_private_key_is_told_to_be_one_and_to_be_replaced(encoding, encryption):
    data = KEY.private_bytes(encoding, PrivateFormat.PKCS8, encryption)
    with pytest.raises(ValueError, match=r"holds a private key.* have it replaced"):
        read_key(data, "acme", None, None)
    with pytest.raises(ValueError, match="holds a private key"):
        read_key(pem_of(der(CERTIFICATE)) + b"-----BEGIN EC PRIVATE KEY-----\n", "acme", None, None)


def test_a_certificate_with_an_extension_twice_is_refused_before_it_spoils_the_directory():
    with pytest.raises(ValueError, match="extensions"):
        read_key(with_an_extension_twice(KEY), "acme", None, None)


def test_a_key_on_a_curve_that_nobody_knows_is_refused():
    spki = jws.spki(KEY).replace(bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d030163"))
    with pytest.raises(ValueError, match="neither"):
        read_key(spki, "acme", None, None)


def test_curves_that_are_not_for_signing_here_can_be_read_and_are_weak():
    # Whether a key is strong enough is the policy's to say, not the reader's.
    assert read_key(jws.spki(ec.generate_private_key(ec.SECP256K1())), "acme", None, None).partner == "acme"


def chain(*extra: x509.Certificate) -> list[x509.Certificate]:
    """Root, issuer and partner's certificate, the last one not last."""
    root = certificate(jws.key("p256", "root"), subject="CN=Root", issuer="CN=Root", serial=1)
    issuer = certificate(jws.key("p256", "issuer"), subject="CN=Issuer", issuer="CN=Root", serial=2)
    return [root, certificate(KEY, issuer="CN=Issuer"), issuer, *extra]


@pytest.mark.parametrize(
    "write",
    [
        lambda found: b"".join(map(pem, found)),
        lambda found: pkcs7.serialize_certificates(found, Encoding.PEM),
        lambda found: pkcs7.serialize_certificates(found, Encoding.DER),
    ],
    ids=["PEM", "P7B in PEM", "P7B in DER"],
)
def test_of_a_chain_it_is_the_certificate_at_its_end(write):
    found = chain()
    key = read_key(write(found), "acme", None, None)
    assert (key.fingerprint, key.certificate) == (jws.fingerprint(KEY), der(found[1]))


def test_a_file_with_two_ends_is_refused():
    other = certificate(jws.key("p256", "other"), subject="CN=other", issuer="CN=Issuer", serial=9)
    with pytest.raises(ValueError, match="not one chain"):
        read_key(b"".join(map(pem, chain(other))), "acme", None, None)


@pytest.mark.parametrize(
    "data", [pkcs7.serialize_certificates([CERTIFICATE], Encoding.DER)[:-9], b"\x30\x0b" + bytes(30)]
)
def test_a_chain_that_is_cut_off_is_refused(data: bytes):
    with pytest.raises(ValueError, match="neither"):
        read_key(data, "acme", None, None)
