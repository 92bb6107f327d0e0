"""What CRLs and OCSP responses say of a certificate at a moment."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from edi_gateway.model.trust import Standing
from edi_gateway.trust.crl import check_crl, read_crl
from edi_gateway.trust.ocsp import check_response, read_response
from edi_gateway.trust.revocation import standing
from tests.support import pki
from tests.support.pki import DAY, NOON, Issued

ROOT = pki.root()
ISSUER = pki.between(ROOT)
POINT = x509.UniformResourceIdentifier("http://crl.example/1.crl")
ACME = pki.signer(ISSUER, (x509.CRLDistributionPoints([x509.DistributionPoint([POINT], None, None, None)]), False))
OTHER = pki.signer(ISSUER)
HOUR = timedelta(hours=1)


def _said(*octets: bytes, of: Issued = ACME, at: datetime = NOON, grace: timedelta = timedelta(0)) -> Standing:
    assert of.issuer
    return standing(of.certificate, of.issuer.certificate, [pki.held(one) for one in octets], at, grace)


def _scope(**members: bool | list[x509.GeneralName]) -> tuple[pki.Extension, ...]:
    asked: dict[str, Any] = {"full_name": None, "relative_name": None, "only_some_reasons": None}
    flags = ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs")
    asked |= dict.fromkeys(flags, False)
    return ((x509.IssuingDistributionPoint(**(asked | members)), True),)


@pytest.mark.parametrize(
    "octets", [pki.crl(ISSUER, OTHER), pki.response(ACME), pki.response(ACME, hash=hashes.SHA256())]
)
def test_what_is_not_revoked_is_good(octets: bytes) -> None:
    found = _said(octets)
    assert (found.status, found.as_of, found.source) == ("good", NOON - HOUR, pki.held(octets).digest)


@pytest.mark.parametrize(
    "octets", [pki.crl(ISSUER, ACME, at=NOON - 2 * HOUR), pki.response(ACME, revoked_at=NOON - 2 * HOUR)]
)
def test_what_was_revoked_before_is_revoked(octets: bytes) -> None:
    found = _said(octets)
    assert (found.status, found.revoked_at) == ("revoked", NOON - 2 * HOUR)


def test_what_was_revoked_later_was_good_until_then() -> None:
    known = pki.crl(ISSUER, ACME, at=NOON - 2 * HOUR, since=NOON - 3 * HOUR)
    assert _said(known, at=NOON - 2 * HOUR - timedelta(seconds=1)).status == "good"
    assert _said(known, at=NOON - 2 * HOUR).status == "revoked"


def test_what_was_issued_later_was_not_known() -> None:
    assert _said(pki.crl(ISSUER, since=NOON + HOUR)).status == "unknown"
    assert _said().status == "unknown"


@pytest.mark.parametrize(
    "octets",
    [pki.crl(ISSUER, since=NOON - DAY, until=NOON - HOUR), pki.response(ACME, since=NOON - DAY, until=NOON - HOUR)],
)
def test_what_is_too_old_says_nothing_unless_there_is_grace(octets: bytes) -> None:
    assert _said(octets).status == "unknown"
    assert _said(octets).source
    assert _said(octets, grace=HOUR).status == "good"


def test_a_response_that_names_no_end_counts_from_its_beginning() -> None:
    octets = pki.response(ACME, since=NOON - HOUR, until=None)
    assert _said(octets).status == "unknown"
    assert _said(octets, grace=HOUR).status == "good"


def test_an_old_list_still_tells_of_a_revocation() -> None:
    assert _said(pki.crl(ISSUER, ACME, since=NOON - DAY, until=NOON - HOUR, at=NOON - 2 * DAY)).status == "revoked"


def test_the_newest_list_counts() -> None:
    lifted = pki.crl(ISSUER, since=NOON - HOUR)
    on_hold = pki.crl(ISSUER, ACME, since=NOON - 2 * HOUR, at=NOON - 3 * HOUR)
    assert _said(on_hold, lifted).status == _said(lifted, on_hold).status == "good"


def test_where_a_list_and_a_response_differ_the_certificate_was_revoked() -> None:
    listed = pki.crl(ISSUER, ACME, since=NOON - 2 * HOUR)
    assert _said(pki.response(ACME), listed).status == "revoked"


@pytest.mark.parametrize(
    "octets",
    [
        pki.crl(pki.between(ROOT)),
        pki.crl(ROOT),
        pki.crl(ISSUER, by=ec.generate_private_key(ec.SECP256R1())),
        pki.response(OTHER),
        pki.response(ACME, forged=True),
        pki.response(ACME, status=ocsp.OCSPCertStatus.UNKNOWN),
        b"nothing",
    ],
)
def test_what_somebody_else_says_counts_for_nothing(octets: bytes) -> None:
    assert _said(octets).status == "unknown"


def test_a_list_by_an_authority_that_may_not_sign_lists_counts_for_nothing() -> None:
    bits = x509.KeyUsage(False, False, False, False, False, True, False, False, False)
    issuer = pki.issued("CN=No Lists", ROOT, [pki.authority(), (bits, True)], (NOON - DAY, NOON + DAY))
    leaf = pki.signer(issuer)
    assert _said(pki.crl(issuer), of=leaf).status == "unknown"
    assert _said(pki.response(leaf), of=leaf).status == "good"


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (_scope(only_contains_user_certs=True), "good"),
        (_scope(only_contains_ca_certs=True), "unknown"),
        (_scope(full_name=[POINT]), "good"),
        (_scope(full_name=[x509.UniformResourceIdentifier("http://crl.example/2.crl")]), "unknown"),
        (_scope(indirect_crl=True), "unknown"),
        (_scope(only_contains_attribute_certs=True), "unknown"),
        (((x509.DeltaCRLIndicator(1), True),), "unknown"),
        (((x509.CRLNumber(1), False),), "good"),
        (((x509.CRLNumber(1), True),), "unknown"),
    ],
)
def test_a_list_counts_for_what_it_is_about(scope: tuple[pki.Extension, ...], status: str) -> None:
    assert _said(pki.crl(ISSUER, extensions=scope)).status == status


def test_lists_of_authorities_are_asked_about_authorities() -> None:
    assert _said(pki.crl(ROOT, extensions=_scope(only_contains_ca_certs=True)), of=ISSUER).status == "good"
    assert _said(pki.crl(ROOT, extensions=_scope(only_contains_user_certs=True)), of=ISSUER).status == "unknown"


def test_an_entry_that_says_something_unknown_and_critical_spoils_its_list() -> None:
    entry = x509.RevokedCertificateBuilder(1, NOON - DAY)
    entry = entry.add_extension(x509.InvalidityDate(NOON.replace(tzinfo=None)), True)
    builder = x509.CertificateRevocationListBuilder(ISSUER.certificate.subject).last_update(NOON - HOUR)
    builder = builder.next_update(NOON + DAY).add_revoked_certificate(entry.build())
    crl = read_crl(builder.sign(ISSUER.key, hashes.SHA256()).public_bytes(pki.Encoding.DER))
    with pytest.raises(ValueError, match="critical extension"):
        check_crl(crl, ISSUER.certificate)


def test_a_responder_answers_for_the_issuer_that_made_it_one() -> None:
    assert _said(pki.response(ACME, by=pki.responder(ISSUER))).status == "good"
    assert _said(pki.response(ACME, by=pki.responder(ISSUER), revoked_at=NOON - HOUR)).status == "revoked"


@pytest.mark.parametrize(
    ("responder", "brings"),
    [
        (pki.responder(ISSUER), False),
        (pki.responder(ROOT), True),
        (pki.responder(pki.between(pki.root())), True),
        (pki.responder(ISSUER, (x509.OCSPNoCheck(), False)), True),
        (pki.responder(ISSUER, pki.usage(ExtendedKeyUsageOID.CLIENT_AUTH), (x509.OCSPNoCheck(), False)), True),
        (pki.responder(ISSUER, pki.usage(ExtendedKeyUsageOID.OCSP_SIGNING)), True),
        (pki.responder(ISSUER, since=datetime.now(NOON.tzinfo) + DAY), True),
    ],
)
def test_nobody_else_answers_for_an_issuer(responder: Issued, brings: bool) -> None:
    assert _said(pki.response(ACME, by=responder, brings=brings)).status == "unknown"


def test_a_response_says_why_it_is_of_no_use() -> None:
    with pytest.raises(ValueError, match="not an OCSP response"):
        read_response(b"nothing")
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    with pytest.raises(ValueError, match="an error"):
        read_response(refused.public_bytes(pki.Encoding.DER))
    with pytest.raises(ValueError, match="another issuer's"):
        check_response(read_response(pki.response(ACME)), ROOT.certificate)
