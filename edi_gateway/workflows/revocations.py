"""CRLs and OCSP responses, as operators bring them or a duty fetches them: verified, then kept for good."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from edi_gateway.errors import Fault, Misuse
from edi_gateway.model.trust import Held
from edi_gateway.receipts.statement import digest
from edi_gateway.trust.crl import MAX_CRL, check_crl, read_crl
from edi_gateway.trust.ocsp import check_response, read_response
from edi_gateway.trust.path import check_authority
from edi_gateway.workflows.ports import DirectorySource
from edi_gateway.workflows.trust import read_certificates
from edi_gateway.workflows.trust_ports import About, Revocations


@dataclass(frozen=True, slots=True)
class Revoking:
    """What keeping them needs: where, the roots, the moment, and where they come from (`source`)."""

    kept: Revocations
    directory: DirectorySource
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Added:
    """One that was verified. `fresh` where it was not kept before."""

    held: Held
    about: About
    fresh: bool


def add(octets: bytes, issuer: bytes | None, revoking: Revoking) -> Added:
    """Keep a CRL or an OCSP response, PEM or DER, once it is verified.

    `issuer` is the certificate of the authority that it is by, where that is not a root itself, and those above it: it
    has to lead to a root in force.
    Raises Misuse, in words, for what is none, or by nobody who leads to a root in force, and Fault.
    """
    authorities = _authorities(issuer, revoking)
    held, about = _read(octets, authorities, revoking)
    fresh = revoking.kept.keep(held, about)
    # What was looked up before stands here no longer, nor for more than a moment anywhere else.
    revoking.directory.refreshed()
    return Added(held, about, fresh)


class Source(Protocol):
    """Where a CRL or an OCSP response can be fetched. `issuer` is as `add` takes it."""

    issuer: bytes | None

    @property
    def place(self) -> str:
        """Where, in words for an operator."""

    def fetch(self) -> bytes:
        """Raises Fault."""


def fetch_all(sources: Sequence[Source], revoking: Callable[[str], Revoking]) -> list[Added]:
    """Fetch, verify and keep what is new. Raises Fault, once all were asked, where one gave nothing of use."""
    added, failed = [], []
    for source in sources:
        try:
            added.append(add(source.fetch(), source.issuer, revoking(source.place)))
        except Fault as error:
            failed.append(str(error))
        except Misuse as error:
            failed.append(f"{source.place}: {error}")
    if failed:
        raise Fault(" ".join(failed))
    return added


def _authorities(issuer: bytes | None, revoking: Revoking) -> list[x509.Certificate]:
    roots = [root for root in revoking.directory.refreshed().trust.roots.values() if root.in_force]
    if issuer is None:
        return [x509.load_der_x509_certificate(root.certificate) for root in roots]
    certificate, *others = read_certificates(issuer)
    refusal = "there is no root in force"
    for root in roots:
        try:
            check_authority(certificate, others, root, revoking.at)
        except ValueError as error:
            refusal = str(error)
        else:
            return [certificate]
    raise Misuse(f"The issuer is not to be trusted: {refusal}.")


def _read(octets: bytes, authorities: list[x509.Certificate], revoking: Revoking) -> tuple[Held, About]:
    if len(octets) > 2 * MAX_CRL:
        raise Misuse(f"A CRL has at most {MAX_CRL} bytes.")
    if (response := _response(octets)) is not None:
        return _kept_response(octets, response, authorities, revoking)
    try:
        crl = read_crl(_der(octets))
    except ValueError as error:
        raise Misuse(f"It is not of use: {error}.") from error
    der = crl.public_bytes(Encoding.DER)
    _by(authorities, lambda one: check_crl(crl, one))
    about = _about(crl.issuer, None, crl.last_update_utc, crl.next_update_utc, revoking)
    return Held("crl", digest(der), der), about


def _response(octets: bytes) -> ocsp.OCSPResponse | None:
    try:
        ocsp.load_der_ocsp_response(octets)
    except ValueError:
        return None
    try:
        return read_response(octets)
    except ValueError as error:
        raise Misuse(f"It is not of use: {error}.") from error


def _kept_response(
    octets: bytes, response: ocsp.OCSPResponse, authorities: list[x509.Certificate], revoking: Revoking
) -> tuple[Held, About]:
    issuer = _by(authorities, lambda one: check_response(response, one))
    times = response.this_update_utc, response.next_update_utc
    return Held("ocsp", digest(octets), octets), _about(issuer.subject, str(response.serial_number), *times, revoking)


def _by(authorities: list[x509.Certificate], check: Callable[[x509.Certificate], None]) -> x509.Certificate:
    """The authority that it is by. Raises Misuse."""
    refusal = "there is no root in force"
    for one in authorities:
        try:
            check(one)
        except ValueError as error:
            refusal = str(error)
        else:
            return one
    raise Misuse(f"It is by none of the authorities that are known: {refusal}. Name the one with its certificate.")


def _about(
    issuer: x509.Name, serial: str | None, this_update: datetime, next_update: datetime | None, revoking: Revoking
) -> About:
    if this_update > revoking.at:
        raise Misuse("It is of the future, by its thisUpdate: look at the clocks.")
    name = sha256(issuer.public_bytes()).hexdigest()
    return About(name, serial, this_update, next_update, revoking.at, revoking.source)


def _der(octets: bytes) -> bytes:
    if b"-----BEGIN" not in octets:
        return octets
    try:
        return x509.load_pem_x509_crl(octets).public_bytes(Encoding.DER)
    except (ValueError, x509.InvalidVersion) as error:
        raise Misuse("The file is neither a CRL nor an OCSP response.") from error
