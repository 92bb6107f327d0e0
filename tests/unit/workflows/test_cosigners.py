"""Whoever signed a PDF before its sender is named, or said to be unknown; what doesn't hold is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.model.document import Finding
from edi_gateway.model.partner import Identifier, Partner, PartnerKey
from edi_gateway.model.transmission import Transmission
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import directory
from edi_gateway.signatures.policy import Policy
from edi_gateway.signatures.verify import verify
from edi_gateway.workflows.cosigners import cosigners
from tests.support import pdf_attacks as attacks
from tests.support.gateway import NOW, certificate
from tests.support.pdf import page, signed_by
from tests.support.pdf_archival import signed_with

ACME, GLOBEX = (read_key(certificate(owner), owner, None, None) for owner in ("acme", "globex"))


def told(pdf: bytes, globex: PartnerKey = GLOBEX) -> list[Finding]:
    verified = verify(unwrap(Transmission(pdf, "application/pdf", NOW)), [ACME])
    partners = [Partner(each, each.title(), (Identifier("0088", each),)) for each in ("acme", "globex")]
    return list(cosigners(verified, NOW, directory(partners, [ACME, globex]), Policy()))


def test_nobody_else_has_signed() -> None:
    assert told(signed_by(page(), "acme")) == []


def test_partners_are_named_with_their_keys_in_the_order_of_signing() -> None:
    findings = told(signed_by(page(), "globex", "acme", "globex", "acme"))
    assert [(each.rule, each.severity) for each in findings] == [("GW-PDF-011", "information")] * 3
    assert [(each.actual or "").split() for each in findings] == [
        ["globex", GLOBEX.fingerprint],
        ["acme", ACME.fingerprint],
        ["globex", GLOBEX.fingerprint],
    ]


def test_somebody_whom_nobody_enrolled_is_said_to_be_unknown() -> None:
    (finding,) = told(signed_by(page(), "an office", "acme"))
    assert (finding.rule, finding.severity) == ("GW-PDF-012", "warning")
    assert finding.actual == read_key(certificate("an office"), "", None, None).fingerprint


def test_a_key_that_had_ended_earns_a_warning() -> None:
    (finding,) = told(signed_by(page(), "globex", "acme"), replace(GLOBEX, valid_until=NOW - timedelta(hours=1)))
    assert (finding.rule, (finding.actual or "").split()[0]) == ("GW-PDF-012", "globex")


@pytest.mark.parametrize("owner", ["globex", "an office"])
def test_an_earlier_signature_over_sha_1_is_refused_whoever_made_it(owner: str) -> None:
    weak = signed_with(page(), owner, subfilter="ETSI.CAdES.detached", digest="sha1")
    (finding,) = told(signed_by(weak, "acme"))
    assert (finding.rule, finding.severity) == ("GW-PDF-010", "error")
    assert "sha1" in finding.message


@pytest.mark.parametrize("owner", ["globex", "an office"])
def test_an_earlier_signature_of_other_bytes_is_refused_whoever_made_it(owner: str) -> None:
    other = attacks.value(signed_by(page("Another contract."), owner)).rstrip(b"\0")
    (finding,) = told(signed_by(attacks.with_value(signed_by(page(), owner), other), "acme"))
    assert (finding.rule, finding.severity) == ("GW-PDF-010", "error")


def test_an_earlier_signature_that_is_none_is_refused() -> None:
    (finding,) = told(signed_by(attacks.with_value(signed_by(page(), "globex"), b"0\0"), "acme"))
    assert finding.rule == "GW-PDF-010"
