"""Evidence of documents whose signer a root vouched for: judged anew, as at the moment of receipt."""

from datetime import timedelta

import pytest
from cryptography import x509

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.receipts import bundle
from edi_gateway.receipts.statement import digest
from edi_gateway.syntax import json
from edi_gateway.workflows import trust
from tests.support import pki
from tests.support.evidence import check_files, gathered
from tests.support.gateway import NOW, order
from tests.support.vouching import point, posted, signed, vouching_for_globex

ROOT = pki.root()
BETWEEN = pki.between(ROOT)
SUBJECT = "CN=Globex Signer,O=Globex"
SIGNER = pki.signer(BETWEEN, subject=SUBJECT)


@pytest.fixture
def vouching(gateway: Gateway) -> Gateway:
    return vouching_for_globex(gateway, ROOT, BETWEEN, SUBJECT)


@pytest.fixture
def files(vouching: Gateway) -> dict[str, bytes]:
    recorded = posted(vouching, signed(order("PO-1"), SIGNER))
    return bundle.unpack(gathered(vouching, recorded.id))


def test_the_evidence_has_certificates_and_lists_and_is_judged_anew(vouching: Gateway, files: dict[str, bytes]) -> None:
    checked = check_files(files, vouching.notary.vkey)
    assert len(x509.load_pem_x509_certificates(files[bundle.CERTIFICATES])) == 3
    assert len(bundle.revocation_files(files)) == 2
    assert "seconds old" in point(checked, "certificate-revocation")
    assert "2 certificates led to acme-ca" in point(checked, "certificate-chain")
    report = json.parse(files[bundle.REPORT])
    assert (report["version"], [one["age"] for one in report["revocation"]]) == (2, [3600, 3600])
    assert not {"certificate-chain", "certificate-revocation"} & {point.check for point in checked.not_checked}


def test_the_evidence_tells_of_a_root_that_was_retired_later(vouching: Gateway) -> None:
    recorded = posted(vouching, signed(order("PO-1"), SIGNER))
    vouching.clock.now += timedelta(hours=1)  # type: ignore[attr-defined] # Ticking
    vouching.record(trust.retire_root("acme-ca", "sold", vouching.office("anna")))
    vouching.directory.refreshed()
    checked = check_files(bundle.unpack(gathered(vouching, recorded.id)), vouching.notary.vkey)
    assert "trust.retired, by anna" in point(checked, "trust-ended")


def test_one_flipped_bit_in_any_file_of_the_evidence_is_found(vouching: Gateway, files: dict[str, bytes]) -> None:
    for name in (name for name in files if files[name] and name != bundle.README):
        for place in (0, len(files[name]) // 3, len(files[name]) - 1):
            changed = bytearray(files[name])
            changed[place] ^= 1
            with pytest.raises(Unproven):
                check_files(files | {name: bytes(changed)}, vouching.notary.vkey)


def test_a_file_that_is_missing_or_added_is_found(vouching: Gateway, files: dict[str, bytes]) -> None:
    for name in files:
        with pytest.raises(Unproven):
            check_files({other: files[other] for other in files if other != name}, vouching.notary.vkey)
    crl = pki.crl(BETWEEN, since=NOW - timedelta(minutes=5))
    added = bundle.revocation_file("crl", digest(crl))
    with pytest.raises(Unproven, match="no part of an evidence bundle"):
        check_files(files | {added: crl}, vouching.notary.vkey)
    with pytest.raises(Unproven, match=r"signature/certificates\.pem"):
        check_files(files | {bundle.CERTIFICATES: files[bundle.CERTIFICATES] + ROOT.pem}, vouching.notary.vkey)
