"""The signer's side of an evidence bundle where a root vouched for the key: judged anew, as at the time of receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.errors import Unproven
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.trust import Grant, Held, Match, Standing, TrustEvent, TrustRoot, TrustStep, Vouched
from edi_gateway.partners.enrolment import read_key
from edi_gateway.receipts import bundle
from edi_gateway.receipts.bundle import naming
from edi_gateway.receipts.statement import digest, vouched_json
from edi_gateway.syntax.json import JsonValue
from edi_gateway.trust.names import matches
from edi_gateway.trust.path import build_path
from edi_gateway.trust.revocation import standing
from edi_gateway.workflows.check import CheckedReceipt
from edi_gateway.workflows.check_signer import NOTICED, Signer, Statement, member
from edi_gateway.workflows.points import Point

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


def is_vouched(statement: Statement) -> bool:
    """Whether a root vouched for the key that signed."""
    signature = statement.get("signature")
    return isinstance(signature, dict) and "trust" in signature


def pem_of(chain: Sequence[bytes]) -> bytes:
    """The file with the certificates of a path: the signer's first, the root last."""
    return b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in chain)


def check_vouched(files: Mapping[str, bytes], receipt: CheckedReceipt, events: Sequence[CheckedReceipt]) -> Signer:
    """The key in the bundle is one for which the root vouched that the statement names. Raises Unproven.

    (1) The ledger held the root and the grant before the document, and the end of neither.
    (2) The certificates are those that the statement names; they led to the root, and are those of the grant.
    (3) What was known of each follows from the CRLs and OCSP responses in the bundle.
    """
    with naming(bundle.STATEMENT):
        try:
            told: Any = receipt.statement["signature"]["trust"]  # type: ignore[index, call-overload] # refused below
            received_at = parse_timestamp(member(receipt.statement, "receivedAt"))
            standings = tuple(_told(one) for one in told["chain"])
        except _MALFORMED as error:
            raise Unproven("does not say how the root came to vouch for the key") from error
    known = tuple(event for event in events if event.receipt.index < receipt.receipt.index)
    # (1)
    root, grant = _root(known, told.get("root"), files), _grant(known, told.get("grant"))
    if (grant.partner, grant.root) != (member(receipt.statement, "sender"), root.name):
        raise Unproven(f"{bundle.EVENTS}: the grant {grant.id} is another partner's, or of another root")
    if strangers := [one for one in events if _named(one.statement) not in (root.name, grant.id)]:
        raise Unproven(f"{bundle.EVENTS}: entry {strangers[0].receipt.index} is of another root, or of another grant")
    _check_steps(known, root, grant, received_at)
    # (2)
    vouched = Vouched(root, grant, _chain(files, root, standings), standings)
    with naming(bundle.CERTIFICATES):
        key = _key(vouched, received_at, member(receipt.statement, "signature", "key"))
    # (3)
    _check_standings(files, vouched, received_at)
    if vouched_json(vouched) != told:
        raise Unproven(f"{bundle.STATEMENT}: says something else of the certificates than the bundle")
    return Signer(key, known, received_at, tuple(events[len(known) :]))


def _told(one: Mapping[str, str]) -> Standing:
    as_of, revoked_at = (parse_timestamp(one[name]) if name in one else None for name in ("asOf", "revokedAt"))
    return Standing(one["certificate"], cast(Any, one["status"]), one.get("source"), as_of, revoked_at)


def _first(known: Sequence[CheckedReceipt], types: tuple[str, ...], what: str, name: object) -> CheckedReceipt:
    for event in known:
        if event.statement["type"] in types and _named(event.statement) == name:
            return event
    raise Unproven(f"{bundle.EVENTS}: the entry of the {what} {name} before the document is missing")


def _named(statement: Statement) -> JsonValue:
    for what, by in (("root", "name"), ("grant", "id")):
        described = statement.get(what)
        if isinstance(described, dict):
            return described.get(by)
    return None


def _root(known: Sequence[CheckedReceipt], name: object, files: Mapping[str, bytes]) -> TrustRoot:
    event = _first(known, ("trust.added",), "root", name)
    try:
        described: Any = event.statement["root"]
        root = TrustRoot(
            name=described["name"],
            certificate=x509.load_pem_x509_certificates(files[bundle.CERTIFICATES])[-1].public_bytes(Encoding.DER),
            usages=tuple(described["usages"]),
            policy=described.get("policy"),
            path_length=described["pathLength"],
            revocation=described["revocation"],
            grace=timedelta(seconds=described["grace"]),
            steps=_steps(known, name),
        )
    except _MALFORMED as error:
        raise Unproven(f"{bundle.CERTIFICATES}: holds no certificates, or the root is not described") from error
    if digest(root.certificate) != described["certificate"]:
        raise Unproven(f"{bundle.CERTIFICATES}: the last certificate is not the root {name}")
    return root


def _grant(known: Sequence[CheckedReceipt], id: object) -> Grant:
    event = _first(known, ("trust.granted", "trust.proposed"), "grant", id)
    try:
        described: Any = event.statement["grant"]
        match = Match(described["match"]["kind"], described["match"]["value"])
        return Grant(described["id"], described["partner"], described["root"], match, _steps(known, id))
    except _MALFORMED as error:
        raise Unproven(f"{bundle.EVENTS}: the grant {id} is not described") from error


def _steps(known: Sequence[CheckedReceipt], name: object) -> tuple[TrustStep, ...]:
    return tuple(
        TrustStep(one.receipt.index, cast(TrustEvent, one.statement["type"]), cast(str | None, one.statement.get("by")))
        for one in known
        if _named(one.statement) == name
    )


def _check_steps(known: Sequence[CheckedReceipt], root: TrustRoot, grant: Grant, received_at: datetime) -> None:
    """What ended the trust was so new that the worker which judged the document can't be asked to know, or didn't."""
    new = [
        event.receipt.index
        for event in known
        if event.statement["type"] in ("trust.retired", "trust.ended")
        and received_at < parse_timestamp(member(event.statement, "recordedAt")) + NOTICED
    ]
    for one in (root, grant):
        as_judged = replace(one, steps=tuple(step for step in one.steps if step.index not in new))
        if not as_judged.in_force:
            what = f"the root {one.name}" if isinstance(one, TrustRoot) else f"the grant {one.id}"
            raise Unproven(f"{bundle.EVENTS}: {what} was not in force when the document was recorded")


def _chain(files: Mapping[str, bytes], root: TrustRoot, standings: Sequence[Standing]) -> tuple[bytes, ...]:
    with naming(bundle.CERTIFICATES):
        found = [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(files[bundle.CERTIFICATES])]
        if pem_of(found) != files[bundle.CERTIFICATES]:
            raise Unproven("the file holds more than certificates, or writes them in another way than the gateway does")
        if [digest(one) for one in found] != [*(one.certificate for one in standings), digest(root.certificate)]:
            raise Unproven("the file holds other certificates than those that the statement names")
        return tuple(found[:-1])


def _key(vouched: Vouched, received_at: datetime, fingerprint: str) -> PartnerKey:
    leaf, *others = (x509.load_der_x509_certificate(one) for one in vouched.chain)
    try:
        path = build_path(leaf, others, vouched.root, received_at)
        key = read_key(vouched.chain[0], vouched.grant.partner, None, None)
    except ValueError as error:
        raise Unproven(str(error)) from error
    if [one.public_bytes(Encoding.DER) for one in path] != [*vouched.chain, vouched.root.certificate]:
        raise Unproven("the certificates are not the path that leads to the root")
    if key.fingerprint != fingerprint or not matches(vouched.grant.match, leaf):
        raise Unproven("the certificate is of another key, or not one that the grant is about")
    return replace(key, vouched=vouched)


def _check_standings(files: Mapping[str, bytes], vouched: Vouched, received_at: datetime) -> None:
    path = [x509.load_der_x509_certificate(one) for one in (*vouched.chain, vouched.root.certificate)]
    for (certificate, issuer), told in zip(pairwise(path), vouched.standings, strict=True):
        held = _held(files, told.source) if told.source else []
        found = standing(certificate, issuer, held, received_at, vouched.root.grace)
        # Of moments, statements have the milliseconds.
        if found != told:
            raise Unproven(f"{bundle.STATEMENT}: what it says of the certificate {told.certificate} does not follow")


def _held(files: Mapping[str, bytes], source: str) -> list[Held]:
    name = next((name for name in bundle.revocation_files(files) if bundle.revocation_digest(name) == source), None)
    if name is None:
        raise Unproven(f"{bundle.REVOCATION}: the CRL or OCSP response {source} is missing from the bundle")
    if "sha256:" + sha256(files[name]).hexdigest() != source:
        raise Unproven(f"{name}: has another digest than its name")
    return [Held("crl" if name.endswith(".crl") else "ocsp", source, files[name])]


def used(signer: Signer) -> set[str]:
    """The files with CRLs and OCSP responses that the bundle has to have, and no others."""
    sources = {one.source for one in signer.key.vouched.standings if one.source} if signer.key.vouched else set()
    return {bundle.revocation_file(kind, source) for source in sources for kind in ("crl", "ocsp")}


def check_code(signer: Signer, code: JsonValue) -> None:
    """Verdict and certificates agree. Raises Unproven."""
    vouched = signer.key.vouched
    if vouched is None or code == "partner-suspended":
        return
    hard = vouched.root.revocation == "hard"
    wanted = {"revoked": "certificate-revoked", "unknown": "revocation-unknown" if hard else None}.get(vouched.status)
    if wanted != (code if code in ("certificate-revoked", "revocation-unknown") else None):
        raise Unproven(f"the verdict can't be right: of its certificates the worst is {vouched.status}")


def points(signer: Signer) -> tuple[Point, ...]:
    """What was proved of the key, beside that it signed."""
    vouched = signer.key.vouched
    assert vouched
    entries = ", ".join(map(_entry, signer.events))
    at = timestamp(signer.received_at)
    found = [
        Point(
            "enrolment",
            f"Certificates under the root {vouched.root.name} with the {vouched.grant.match} speak for "
            f"{vouched.grant.partner}, by {entries}, before the document arrived.",
        ),
        Point("key-window", f"The certificate of the key {signer.key.fingerprint} was valid at {at}."),
        Point("certificate-chain", f"{len(vouched.chain)} certificates led to {vouched.root.name} at {at}."),
    ]
    if vouched.status != "unknown":
        told = "; ".join(_said(one, signer.received_at) for one in vouched.standings)
        found.append(Point("certificate-revocation", f"By what was known at {at}: {told}."))
    ends = [Point("trust-ended", f"{_entry(event).capitalize()} came after that.") for event in signer.later]
    return (*found, *ends)


def _said(one: Standing, at: datetime) -> str:
    age = f", {int((at - one.as_of).total_seconds())} seconds old" if one.as_of else ""
    return f"{one.certificate} was {one.status}, as {one.source} says{age}"


def _entry(event: CheckedReceipt) -> str:
    by = f", by {event.statement['by']}" if "by" in event.statement else ""
    return f"entry {event.receipt.index} ({event.statement['type']}{by})"
