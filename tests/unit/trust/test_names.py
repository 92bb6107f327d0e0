"""Which certificates speak for a partner."""

import pytest
from cryptography import x509

from edi_gateway.trust.names import matches, read_match
from tests.support import pki

ROOT = pki.root()
ACME = pki.signer(
    ROOT,
    pki.san(
        x509.RFC822Name("Invoices@ACME.example"),
        x509.DNSName("acme.example"),
        x509.UniformResourceIdentifier("urn:acme"),
    ),
    subject="CN=Acme Tools,O=Acme\\, Inc.,organizationIdentifier=VATDE-123456789",
).certificate
OTHER = pki.signer(ROOT, subject="CN=Acme Tools Two,O=Acme").certificate


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("subject", "CN=Acme Tools,O=Acme\\, Inc.,organizationIdentifier=VATDE-123456789"),
        ("san", "email:Invoices@acme.example"),
        ("san", "dns:Acme.Example"),
        ("san", "uri:urn:acme"),
        ("organization-identifier", "VATDE-123456789"),
    ],
)
def test_a_certificate_is_matched_by_one_of_its_names(kind: str, value: str) -> None:
    match = read_match(kind, value)
    assert matches(match, ACME)
    assert not matches(match, OTHER)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("subject", "CN=Acme Tools"),
        ("subject", "O=Acme\\, Inc.,CN=Acme Tools,organizationIdentifier=VATDE-123456789"),
        ("san", "email:invoices@acme.example"),
        ("san", "dns:invoices.acme.example"),
        ("organization-identifier", "VATDE-12345678"),
    ],
)
def test_what_is_nearly_its_name_is_not(kind: str, value: str) -> None:
    assert not matches(read_match(kind, value), ACME)


def test_two_organization_identifiers_are_none() -> None:
    both = "organizationIdentifier=VATDE-1+organizationIdentifier=VATDE-2"
    try:
        certificate = pki.signer(ROOT, subject=both).certificate
    except ValueError:
        certificate = pki.signer(ROOT, subject=both.replace("+", ",")).certificate
    assert not matches(read_match("organization-identifier", "VATDE-1"), certificate)


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("issuer", "CN=Root", "matched by subject, san, organization-identifier"),
        ("subject", "Acme Tools", "RFC 4514"),
        ("san", "acme.example", "email:, dns: or uri:"),
        ("san", "ip:", "email:, dns: or uri:"),
        ("organization-identifier", " ", "1 to 1000"),
        ("organization-identifier", "x" * 1001, "1 to 1000"),
        ("organization-identifier", "VAT\n", "1 to 1000|printable"),
    ],
)
def test_what_names_nobody_is_refused(kind: str, value: str, says: str) -> None:
    if value == "VAT\n":
        value = "VAT\nDE"
    with pytest.raises(ValueError, match=says):
        read_match(kind, value)
