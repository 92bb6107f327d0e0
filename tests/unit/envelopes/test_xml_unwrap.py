"""What an XML signature says about its key, and where it stands."""

import base64
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.envelopes.xml import (
    _SEPARATOR,
    MAX_CERTIFICATE,
    MAX_CERTIFICATES,
    MAX_KEY_NAMES,
    _distinguished_name,
    unwrap,
)
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import KeyName, XmlSigned
from edi_gateway.partners.keyring import directory
from tests.support.xmldsig import (
    INVOICE,
    Recipe,
    certificate,
    compose,
    partner_key,
    private_key,
    signed,
    transmission,
)

DSIG11 = 'xmlns:d="http://www.w3.org/2009/xmldsig11#"'


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _body(key_info: str) -> bytes:
    return compose(Recipe(key_info=f"<ds:KeyInfo>{key_info}</ds:KeyInfo>"))


def _names(key_info: str) -> tuple[KeyName, ...]:
    return unwrap(transmission(_body(key_info))).key_names


def _refused(key_info: str) -> Rejection:
    with pytest.raises(Rejection) as caught:
        unwrap(transmission(_body(key_info)))
    return caught.value


def _x509_data(*certificates: bytes) -> str:
    items = "".join(f"<ds:X509Certificate>{_b64(der)}</ds:X509Certificate>" for der in certificates)
    return f"<ds:X509Data>{items}</ds:X509Data>"


FINGERPRINT = KeyName("fingerprint", partner_key().fingerprint)


def test_the_envelope_holds_the_document_with_its_signature() -> None:
    body = signed()
    envelope = unwrap(transmission(body))
    assert (envelope.format, envelope.media_type) == ("xmldsig", "application/xml")
    assert isinstance(envelope.signed, XmlSigned)
    assert envelope.signed.signature.getparent() is envelope.signed.root
    assert envelope.signed.octets == body


def test_a_document_without_signature_is_unsigned() -> None:
    with pytest.raises(Rejection) as caught:
        unwrap(transmission(INVOICE))
    assert caught.value.code == "unsigned"


def test_a_signature_without_key_info_names_no_key() -> None:
    assert unwrap(transmission(compose(Recipe()))).key_names == ()


@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "rsa", "ed25519", "ed448"])
def test_our_own_signer_names_the_fingerprint_of_its_key(kind: str) -> None:
    expected = KeyName("fingerprint", partner_key(kind).fingerprint)
    assert unwrap(transmission(signed(kind))).key_names == (expected,)
    assert unwrap(transmission(signed(kind, xades=True))).key_names[0] == expected


def test_xades_names_the_certificate_too() -> None:
    names = unwrap(transmission(signed(xades=True))).key_names
    assert names == (FINGERPRINT, KeyName("certificate", hashlib.sha256(certificate()).hexdigest()))


def test_each_certificate_is_named_once_and_in_order() -> None:
    other = KeyName("fingerprint", partner_key(owner="globex").fingerprint)
    chain = (certificate(), certificate(owner="globex"), certificate(serial=8))
    assert _names(_x509_data(*chain)) == (FINGERPRINT, other)


def test_every_way_to_name_a_key_finds_the_one_that_is_registered() -> None:
    key = partner_key(certified=True)
    registered = directory((), (key, partner_key(owner="globex", certified=True)))
    parsed = x509.load_der_x509_certificate(certificate())
    ski = parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    point = private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    ways = [
        _x509_data(certificate()),
        "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=acme, O=Test\\, Ltd, C=DE</ds:X509IssuerName>"
        "<ds:X509SerialNumber>007</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>",
        f"<ds:X509Data><ds:X509SKI>{_b64(ski)}</ds:X509SKI></ds:X509Data>",
        "<ds:X509Data><ds:X509SubjectName>CN=acme,O=Test\\2C Ltd , C=DE</ds:X509SubjectName></ds:X509Data>",
        f'<ds:X509Data><d:X509Digest {DSIG11} Algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
        f"{_b64(hashlib.sha256(certificate()).digest())}</d:X509Digest></ds:X509Data>",
        f'<ds:KeyValue><d:ECKeyValue {DSIG11}><d:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/>'
        f"<d:PublicKey>{_b64(point)}</d:PublicKey></d:ECKeyValue></ds:KeyValue>",
        f"<d:DEREncodedKeyValue {DSIG11}>{_b64(key.spki)}</d:DEREncodedKeyValue>",
        f"<ds:KeyName>\n {key.fingerprint} </ds:KeyName>",
    ]
    for way in ways:
        assert registered.named(_names(way)) == (key,), way


def test_the_abbreviations_of_other_signers_are_understood() -> None:
    name = "E=a@b.de, S=Hessen, SERIALNUMBER=5, CN=acme"
    (found,) = _names(f"<ds:X509Data><ds:X509SubjectName>{name}</ds:X509SubjectName></ds:X509Data>")
    assert found.value == "1.2.840.113549.1.9.1=a@b.de,ST=Hessen,2.5.4.5=5,CN=acme"


def test_blanks_in_a_distinguished_name_are_dropped_around_separators_only() -> None:
    named = {
        "CN=acme , O=Test\\, Ltd  +  OU=a": "CN=acme,O=Test\\, Ltd+OU=a",
        "CN=acme\\  ,O=Test": "CN=acme\\ ,O=Test",
        "CN=a  b,C=DE": "CN=a  b,C=DE",
    }
    for written, plain in named.items():
        assert _distinguished_name(written) == _distinguished_name(plain)


def test_a_name_made_of_blanks_is_read_once_from_end_to_end() -> None:
    # The square of these blanks would keep this test busy for minutes.
    assert _SEPARATOR.sub("", f"CN=a{' ' * 300_000}b").count(" ") == 300_000


def test_a_name_that_is_no_distinguished_name_is_handed_on_as_it_is() -> None:
    names = _names("<ds:X509Data><ds:X509SubjectName>acme</ds:X509SubjectName></ds:X509Data>")
    assert names == (KeyName("subject-name", "acme"),)


@pytest.mark.parametrize(
    "key_info",
    [
        "<ds:KeyName>acme</ds:KeyName>",
        "<ds:PGPData/>",
        "<ds:MgmtData>x</ds:MgmtData>",
        "<x xmlns='urn:x'>y</x>",
        f'<ds:X509Data><d:X509Digest {DSIG11} Algorithm="urn:x">AA==</d:X509Digest></ds:X509Data>',
        "<ds:X509Data/>",
    ],
)
def test_what_names_no_key_that_could_be_registered_is_passed_over(key_info: str) -> None:
    assert _names(key_info) == ()


@pytest.mark.parametrize(
    "key_info",
    [
        "<ds:X509Data><ds:X509Certificate/></ds:X509Data>",
        "<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>",
        "<ds:X509Data><ds:X509Certificate>not base64</ds:X509Certificate></ds:X509Data>",
        f"<ds:X509Data><ds:X509Certificate>{_b64(certificate()[:-1])}</ds:X509Certificate></ds:X509Data>",
        f"<ds:X509Data><ds:X509Certificate>{_b64(certificate() + b'x')}</ds:X509Certificate></ds:X509Data>",
        "<ds:X509Data><ds:X509IssuerSerial/></ds:X509Data>",
        "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=a</ds:X509IssuerName>"
        "<ds:X509SerialNumber>-1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>",
        f"<ds:X509Data><ds:X509SubjectName>{'x' * 3000}</ds:X509SubjectName></ds:X509Data>",
        "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>",
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AA==</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>",
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{_b64(b'x' * 3000)}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue>",
        f"<ds:KeyValue><d:ECKeyValue {DSIG11}/></ds:KeyValue>",
        f"<ds:KeyValue><d:ECKeyValue {DSIG11}><d:ECParameters/><d:PublicKey>BAAA</d:PublicKey></d:ECKeyValue>"
        "</ds:KeyValue>",
        f'<ds:KeyValue><d:ECKeyValue {DSIG11}><d:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/>'
        "<d:PublicKey>BAAA</d:PublicKey></d:ECKeyValue></ds:KeyValue>",
        f'<ds:KeyValue><d:ECKeyValue {DSIG11}><d:NamedCurve URI="urn:oid:1.3.132.0.10"/>'
        "<d:PublicKey>BAAA</d:PublicKey></d:ECKeyValue></ds:KeyValue>",
        f"<d:DEREncodedKeyValue {DSIG11}>AAAA</d:DEREncodedKeyValue>",
    ],
)
def test_a_key_that_is_named_badly_is_refused(key_info: str) -> None:
    assert _refused(key_info).code == "signature-profile"


def test_a_dsa_key_is_refused_by_name() -> None:
    rejection = _refused("<ds:KeyValue><ds:DSAKeyValue/></ds:KeyValue>")
    assert (rejection.code, "DSA" in rejection.detail) == ("algorithm-unknown", True)


def test_certificates_and_names_are_limited() -> None:
    assert _names(_x509_data(*[certificate()] * MAX_CERTIFICATES)) == (FINGERPRINT,)
    assert _refused(_x509_data(*[certificate()] * (MAX_CERTIFICATES + 1))).code == "signature-profile"
    name = "<ds:X509Data><ds:X509SKI>AA==</ds:X509SKI></ds:X509Data>"
    assert len(_names(name * MAX_KEY_NAMES)) == 1
    assert _refused(name * (MAX_KEY_NAMES + 1)).code == "signature-profile"


def test_a_certificate_too_large_to_be_one_is_refused_before_it_is_read() -> None:
    # What has been read may be remembered for the next document, and nobody has said yet who sends it.
    refused = _refused(_x509_data(certificate() + b"\0" * MAX_CERTIFICATE))
    assert refused.detail == f"A certificate has more than {MAX_CERTIFICATE} characters."


def test_a_comment_outside_of_the_signature_is_dropped() -> None:
    body = signed().replace(b"INV-1", b"INV<!-- -->-1")
    envelope = unwrap(transmission(body))
    assert isinstance(envelope.signed, XmlSigned)
    assert envelope.signed.root[0].text == "INV-1"
