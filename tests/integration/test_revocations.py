"""CRLs and OCSP responses that operators bring, or that are fetched: verified before they are kept, and kept once."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway import worker
from edi_gateway.errors import Fault, Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.neighbours import revocation_sources
from edi_gateway.settings import load
from edi_gateway.workflows import trust
from edi_gateway.workflows.revocations import add, fetch_all
from tests.support import pki
from tests.support.gateway import NOW
from tests.support.vouching import trusted

ROOT = pki.root()
BETWEEN = pki.between(ROOT)
LOWER = pki.between(BETWEEN, "Lower CA")
SIGNER = pki.signer(BETWEEN)


@pytest.fixture
def trusting(sqlite_gateway: Gateway) -> Gateway:
    trusted(sqlite_gateway, ROOT, path_length=2)
    return sqlite_gateway


def test_what_a_root_signed_is_kept_once(gateway: Gateway) -> None:
    trusted(gateway, ROOT)
    octets = pki.crl(ROOT)
    assert add(octets, None, gateway.revoking("anna")).fresh
    pem = x509.load_der_x509_crl(octets).public_bytes(Encoding.PEM)
    assert not add(pem, None, gateway.revoking("berta")).fresh
    ((held, about),) = gateway.revocations.newest(10)
    assert (held.kind, about.source, about.serial) == ("crl", "anna", None)
    kept = gateway.revocations.named(held.digest)
    assert kept
    assert kept.octets == octets


@pytest.mark.parametrize(
    ("octets", "issuer"),
    [
        (pki.crl(BETWEEN), BETWEEN.pem),
        (pki.crl(BETWEEN), BETWEEN.der),
        (pki.crl(LOWER), LOWER.pem + BETWEEN.pem),
        (pki.response(SIGNER), BETWEEN.pem),
        (pki.response(SIGNER, by=pki.responder(BETWEEN)), BETWEEN.pem),
        (pki.response(BETWEEN), None),
    ],
)
def test_what_an_authority_below_signed_is_kept_with_its_certificate(
    trusting: Gateway, octets: bytes, issuer: bytes | None
) -> None:
    assert add(octets, issuer, trusting.revoking("anna")).fresh


@pytest.mark.parametrize(
    ("octets", "issuer", "says"),
    [
        (b"nothing", None, "not of use: it is not a CRL"),
        (b"-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n", None, "neither a CRL nor"),
        (pki.crl(BETWEEN), None, "none of the authorities that are known"),
        (pki.crl(BETWEEN), ROOT.pem, "none of the authorities that are known"),
        (pki.crl(ROOT, by=ec.generate_private_key(ec.SECP256R1())), None, "does not verify"),
        (pki.crl(ROOT, since=NOW + pki.DAY, until=NOW + 2 * pki.DAY), None, "of the future"),
        (pki.crl(ROOT, extensions=((x509.DeltaCRLIndicator(1), True),)), None, "delta"),
        (pki.response(SIGNER), None, "another issuer's"),
        (pki.crl(LOWER), LOWER.pem, "not to be trusted"),
        (pki.crl(BETWEEN), SIGNER.pem, "not of an authority"),
        (pki.crl(BETWEEN), b"nothing", "not a certificate"),
    ],
)
def test_what_nobody_known_signed_is_refused(trusting: Gateway, octets: bytes, issuer: bytes | None, says: str) -> None:
    with pytest.raises(Misuse, match=says):
        add(octets, issuer, trusting.revoking("anna"))
    assert trusting.revocations.newest(10) == []


def test_a_root_that_was_retired_brings_nothing_more(trusting: Gateway) -> None:
    trusting.record(trust.retire_root("acme-ca", None, trusting.office()))
    with pytest.raises(Misuse, match="no root in force"):
        add(pki.crl(ROOT), None, trusting.revoking("anna"))


@dataclass
class _Found:
    octets: bytes | None
    issuer: bytes | None = None
    place: str = "http://crl.example/ca.crl"

    def fetch(self) -> bytes:
        if self.octets is None:
            raise Fault(f"{self.place} can't be reached.")
        return self.octets


def test_all_are_fetched_even_where_one_fails(trusting: Gateway) -> None:
    sources = [_Found(None), _Found(pki.crl(ROOT)), _Found(b"nothing"), _Found(pki.crl(BETWEEN), BETWEEN.pem)]
    with pytest.raises(Fault, match=r"can't be reached\. http://crl\.example/ca\.crl: It is not of use"):
        fetch_all(sources, trusting.revoking)
    assert len(trusting.revocations.newest(10)) == 2
    again = fetch_all([sources[1], sources[3]], trusting.revoking)
    assert [one.fresh for one in again] == [False, False]
    assert again[0].about.source == "http://crl.example/ca.crl"


def test_the_worker_fetches_what_the_settings_list_and_nothing_else(trusting: Gateway, tmp_path: Path) -> None:
    assert "revocation lists" not in [duty.name for duty in worker.duties(trusting)]
    (tmp_path / "ca.pem").write_bytes(BETWEEN.pem)
    lists = [{"url": "http://crl.example/ca.crl", "issuer": str(tmp_path / "ca.pem")}, {"url": "http://crl.example/r"}]
    sources = revocation_sources(load(data_dir=tmp_path, revocation_lists=lists))
    assert [(one.place, one.issuer) for one in sources] == [
        ("http://crl.example/ca.crl", BETWEEN.pem),
        ("http://crl.example/r", None),
    ]
    listed = replace(trusting, revocation_sources=sources)
    assert [duty.seconds for duty in worker.duties(listed) if duty.name == "revocation lists"] == [3600.0]


def test_an_issuer_that_can_not_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(SIGNER.pem)
    for file in ("ca.pem", "none.pem"):
        lists = [{"url": "http://crl.example/ca.crl", "issuer": str(tmp_path / file)}]
        with pytest.raises(Misuse, match="should hold the certificate of whoever signs"):
            revocation_sources(load(data_dir=tmp_path, revocation_lists=lists))
    with pytest.raises(Misuse, match="revocation_lists"):
        load(data_dir=tmp_path, revocation_lists=[{"url": "file:///etc/passwd"}])
