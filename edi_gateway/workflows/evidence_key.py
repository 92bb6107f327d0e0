"""The key that signed a document which is kept: one that was enrolled, or one that a root vouched for at the time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from edi_gateway.envelopes.carried import carried
from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Fault, Rejection, Unproven
from edi_gateway.model.moment import parse_timestamp
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.query import Payload
from edi_gateway.model.transmission import Transmission
from edi_gateway.model.trust import Standing, Vouched
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import Directory
from edi_gateway.receipts import bundle
from edi_gateway.receipts.statement import digest
from edi_gateway.syntax import json
from edi_gateway.workflows.enrol import find_key
from edi_gateway.workflows.ports import DirectorySource
from edi_gateway.workflows.trust_ports import Revocations


def signing_key(source: DirectorySource, payload: Payload, statement: Mapping[str, Any]) -> PartnerKey:
    """Raises Fault where it, or its root, is not in the directory; Unproven where the transmission lacks a certificate
    that the statement names."""
    fingerprint, told = statement["signature"]["key"], statement["signature"].get("trust")
    for directory in (source.current(), source.refreshed()):
        if told is None and (key := find_key(fingerprint, directory)):
            return key
        if told and (vouched := _vouched(told, _carried(payload), directory)):
            key = read_key(vouched.chain[0], vouched.grant.partner, None, None)
            return replace(key, vouched=vouched)
    raise Fault(f"The key {fingerprint}, or what vouched for it, is not in the directory any more.")


def _vouched(told: Mapping[str, Any], brought: Mapping[str, bytes], directory: Directory) -> Vouched | None:
    root, grant = directory.trust.roots.get(told["root"]), directory.trust.grant(told["grant"])
    if root is None or grant is None:
        return None
    standings = tuple(_standing(one) for one in told["chain"])
    try:
        return Vouched(root, grant, tuple(brought[one.certificate] for one in standings), standings)
    except KeyError as error:
        raise Unproven(f"the transmission does not bring the certificate {error}") from error


def _standing(one: Mapping[str, Any]) -> Standing:
    as_of, revoked_at = (parse_timestamp(one[name]) if name in one else None for name in ("asOf", "revokedAt"))
    return Standing(one["certificate"], one["status"], one.get("source"), as_of, revoked_at)


def _carried(payload: Payload) -> dict[str, bytes]:
    """The certificates that the signature brought, by their digests."""
    headers = json.parse(payload.headers)
    assert isinstance(headers, dict)
    said = {name: value for name, value in headers.items() if isinstance(value, str)}
    received_at = parse_timestamp("1970-01-01T00:00:00Z")  # nothing here depends on it
    try:
        envelope = unwrap(Transmission(payload.body, said.get("content-type", ""), received_at, said))
    except Rejection as error:
        raise Unproven(f"the transmission can't be unwrapped any more: {error.detail}") from error
    return {digest(one): one for one in carried(envelope)}


def revocation_files(kept: Revocations, vouched: Vouched | None) -> dict[str, bytes]:
    """The CRLs and OCSP responses by which certificates were judged. Raises Fault where one is not kept any more."""
    found = {}
    for source in sorted({one.source for one in vouched.standings if one.source} if vouched else ()):
        held = kept.named(source)
        if held is None:
            raise Fault(f"The CRL or OCSP response {source} is not kept any more.")
        found[bundle.revocation_file(held.kind, source)] = held.octets
    return found
