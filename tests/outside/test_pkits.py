"""NIST's Public Key Interoperability Test Suite: its signed messages, judged as if they had arrived on New Year 2012.

Each message brings its certificates; whoever is asked for the status of a certificate has all of the suite's CRLs at
hand. A message is agreed upon where NIST and we say the same of it. Where we don't, `REFUSED` says why we refuse what
NIST lets pass, and `ACCEPTED` the other way round; a test fails where a count changes.
"""

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import CmsSigned, Transmission
from edi_gateway.model.trust import Held, TrustRoot
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import names
from edi_gateway.trust.crl import read_crl
from edi_gateway.trust.path import build_path, load
from edi_gateway.trust.revocation import standing

SUITE = files("cryptography_vectors") / "x509" / "PKITS_data"
AT = datetime(2012, 1, 1, tzinfo=UTC)

# PKITS 4.8 and 4.12.3: what the messages are whose names do not say so, where no policy is asked for in particular.
VALID = {
    "AllCertificatesAnyPolicyTest11",
    "AllCertificatesNoPoliciesTest2",
    "AllCertificatesSamePoliciesTest10",
    "AllCertificatesSamePoliciesTest13",
    "AllCertificatesSamePolicyTest1",
    "AnyPolicyTest14",
    "CPSPointerQualifierTest20",
    "DifferentPoliciesTest3",
    "OverlappingPoliciesTest6",
    "UserNoticeQualifierTest15",
    "UserNoticeQualifierTest16",
    "UserNoticeQualifierTest17",
    "UserNoticeQualifierTest18",
    "UserNoticeQualifierTest19",
    "inhibitAnyPolicyTest3",
}

AGREED = 158, 38, 224
"""Messages of which both say the same, those of them that are valid, and all."""

# By what we say of them.
REFUSED = {
    # A policy counts here where every certificate names it; there is no tree of policies, nor are they mapped.
    "constrains policies, and nist asks for none": (
        "AllCertificatesAnyPolicyTest11",
        "AllCertificatesSamePoliciesTest10",
        "AllCertificatesSamePoliciesTest13",
        "AnyPolicyTest14",
        "UserNoticeQualifierTest18",
    ),
    r"invalid extension: 2\.5\.29\.(33|36|54)": (
        "ValidPolicyMappingTest1",
        "ValidPolicyMappingTest11",
        "ValidPolicyMappingTest12",
        "ValidPolicyMappingTest13",
        "ValidPolicyMappingTest14",
        "ValidPolicyMappingTest3",
        "ValidPolicyMappingTest5",
        "ValidPolicyMappingTest6",
        "ValidPolicyMappingTest9",
        "ValidSelfIssuedinhibitAnyPolicyTest7",
        "ValidSelfIssuedinhibitPolicyMappingTest7",
        "ValidSelfIssuedrequireExplicitPolicyTest6",
        "ValidinhibitAnyPolicyTest2",
        "ValidinhibitPolicyMappingTest2",
        "ValidinhibitPolicyMappingTest4",
        "inhibitAnyPolicyTest3",
    ),
    # Whoever signs documents is no authority.
    "authorities do not sign documents": (
        "OverlappingPoliciesTest6",
        "ValidonlyContainsCACertsCRLTest13",
        "ValidpathLenConstraintTest14",
        "ValidpathLenConstraintTest8",
    ),
    # Only complete CRLs count, and only those signed with the key that signed the certificate: no indirect ones, none
    # for some reasons, none by a key for CRLs alone, or by the authority's older or newer key.
    "^unknown$": (
        "ValidBasicSelfIssuedCRLSigningKeyTest6",
        "ValidBasicSelfIssuedNewWithOldTest4",
        "ValidBasicSelfIssuedOldWithNewTest1",
        "ValidIDPwithindirectCRLTest22",
        "ValidIDPwithindirectCRLTest24",
        "ValidIDPwithindirectCRLTest25",
        "ValidSeparateCertificateandCRLKeysTest19",
        "ValidcRLIssuerTest28",
        "ValidcRLIssuerTest29",
        "ValidcRLIssuerTest30",
        "ValidcRLIssuerTest33",
        "ValidonlySomeReasonsTest18",
        "ValidonlySomeReasonsTest19",
    ),
    # A hold that a delta CRL takes away again.
    "^revoked$": ("ValiddeltaCRLTest5",),
    # cryptography: constraints of names that it does not know make a path unusable.
    "unsupported (directoryName|name) constraint": (
        "ValidDNandRFC822nameConstraintsTest27",
        "ValidDNnameConstraintsTest1",
        "ValidDNnameConstraintsTest11",
        "ValidDNnameConstraintsTest14",
        "ValidDNnameConstraintsTest18",
        "ValidDNnameConstraintsTest4",
        "ValidDNnameConstraintsTest5",
        "ValidDNnameConstraintsTest6",
        "ValidSelfIssuedDNnameConstraintsTest19",
        "ValidURInameConstraintsTest34",
        "ValidURInameConstraintsTest36",
    ),
    # DSA, which nobody signs documents with here.
    "the signer's certificate can't be used": ("ValidDSAParameterInheritanceTest5", "ValidDSASignaturesTest4"),
    # RFC 5280 §4.1.2.5: years until 2049 are written as UTCTime.
    "must be UtcTime": ("ValidGeneralizedTimenotBeforeDateTest4",),
    # Issuers are found where their name is written in the same octets (RFC 5280 §4.1.2.4), and paths have at most four
    # certificates below the root.
    "all candidates exhausted": (
        "ValidNameChainingCapitalizationTest5",
        "ValidNameChainingWhitespaceTest3",
        "ValidNameChainingWhitespaceTest4",
        "ValidRequireExplicitPolicyTest1",
        "ValidRequireExplicitPolicyTest2",
        "ValidRequireExplicitPolicyTest4",
        "ValidRolloverfromPrintableStringtoUTF8StringTest10",
        "ValidUTF8StringCaseInsensitiveMatchTest11",
        "ValidpathLenConstraintTest13",
    ),
    # An authority's certificates for its own other key: cryptography counts them as steps of the path.
    "signature does not match": (
        "ValidSelfIssuedinhibitAnyPolicyTest9",
        "ValidSelfIssuedpathLenConstraintTest15",
        "ValidSelfIssuedpathLenConstraintTest17",
    ),
}
# It was revoked by a delta CRL, after the complete one that counts.
ACCEPTED = {"InvaliddeltaCRLTest4": "delta CRLs are not processed, and the complete one has not ended"}


def _messages() -> list[str]:
    found = [one.name for one in (SUITE / "smime").iterdir() if one.name.endswith(".eml")]
    return sorted(name.removeprefix("Signed").removesuffix(".eml") for name in found)


def _root() -> TrustRoot:
    return TrustRoot("nist", (SUITE / "certs" / "TrustAnchorRootCertificate.crt").read_bytes(), path_length=3)


@cache
def _held() -> list[tuple[x509.Name, Held]]:
    return list(_readable())


def _readable() -> Iterator[tuple[x509.Name, Held]]:
    for one in (SUITE / "crls").iterdir():
        octets = one.read_bytes()
        try:
            yield read_crl(octets).issuer, Held("crl", one.name, octets)
        except ValueError:
            continue


def _transmission(name: str) -> Transmission:
    octets = (SUITE / "smime" / f"Signed{name}.eml").read_bytes().replace(b"\r\n", b"\n")
    header, _, body = octets.partition(b"\n\n")
    found = re.search(rb"Content-Type: (.*(?:\n[ \t].*)*)", header)
    assert found
    return Transmission(body, found[1].decode().replace("\n", " "), AT)


def _refusal(name: str) -> str | None:
    """Why we refuse a message; None where we accept it."""
    try:
        envelope = unwrap(_transmission(name))
    except Rejection as refusal:
        return str(refusal)
    assert isinstance(envelope.signed, CmsSigned)
    certificates = load(envelope.signed.certificates)
    signers = [one for one in certificates if _names(one) & set(envelope.key_names)]
    if not signers:
        return "the signer's certificate can't be used"
    try:
        path = build_path(signers[0], [one for one in certificates if one != signers[0]], _root(), AT)
    except ValueError as error:
        return str(error)
    for certificate, issuer in pairwise(path):
        lists = [held for by, held in _held() if by == certificate.issuer]
        found = standing(certificate, issuer, lists, AT, timedelta(0))
        if found.status != "good":
            return found.status
    return None


def _names(certificate: x509.Certificate) -> set[object]:
    try:
        return set(names(read_key(certificate.public_bytes(Encoding.DER), "nist", None, None)))
    except ValueError:
        return set()


@pytest.fixture(scope="module")
def judged() -> dict[str, str | None]:
    with warnings.catch_warnings():
        # The suite has serial numbers that are negative.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return {name: _refusal(name) for name in _messages()}


def test_no_message_is_refused_that_nist_accepts_but_for_a_known_reason(judged: dict[str, str | None]) -> None:
    refused = {name: reason for name, reason in judged.items() if _valid(name) and reason}
    expected = {name: reason for reason, found in REFUSED.items() for name in found}
    assert refused.keys() == expected.keys()
    assert {name: reason for name, reason in refused.items() if not re.search(expected[name], reason)} == {}


def test_no_message_is_accepted_that_nist_refuses_but_for_a_known_reason(judged: dict[str, str | None]) -> None:
    assert {name for name, reason in judged.items() if not _valid(name) and reason is None} == ACCEPTED.keys()


def test_the_messages_that_are_agreed_upon_are_as_many_as_ever(judged: dict[str, str | None]) -> None:
    agreed = [name for name, reason in judged.items() if _valid(name) == (reason is None)]
    accepted = sum(judged[name] is None for name in agreed)
    print(f"\nPKITS: {len(agreed)} of {len(judged)} messages agreed upon, {accepted} of them valid")
    assert (len(agreed), accepted, len(judged)) == AGREED


def _valid(name: str) -> bool:
    return name.startswith("Valid") or name in VALID
