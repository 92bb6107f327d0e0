"""Checking receipts and evidence offline: no gateway, no database, only the file and a key that the checker trusts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import click

from edi_gateway.cli import history
from edi_gateway.cli.options import FILE, json_option
from edi_gateway.cli.output import moment, pairs, show
from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger import policy
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.keys import parse_keys
from edi_gateway.ledger.policy import Policy
from edi_gateway.ledger.proof import is_tlog_proof
from edi_gateway.receipts.bundle import MAX_BUNDLE, RECEIPT, is_zip, unpack
from edi_gateway.receipts.cose import is_cose
from edi_gateway.receipts.history import is_history
from edi_gateway.timestamps.token import Roots, parse_roots
from edi_gateway.workflows import history_points
from edi_gateway.workflows.check import CheckedReceipt, check_receipt, check_witnesses, trusted_logs
from edi_gateway.workflows.check_evidence import CheckedEvidence, Trust, check_evidence
from edi_gateway.workflows.check_history import CheckedHistory, check_history
from edi_gateway.workflows.check_proofs import check_cose, check_tlog_proof
from edi_gateway.workflows.points import RECEIPT_NOT_CHECKED, TREE_SIZE, Point


def warn_only_itself(kind: str) -> None:
    """What to say where nobody brought a verifier key."""
    click.echo(
        f"WARNING: no --vkey was given, so the {kind} was checked against the key that it brings along: it only agrees "
        "with itself. Anybody could have made it, with a key of their own.",
        err=True,
    )


@click.command(epilog='Example: edi-gateway verify invoice.xml.receipt.json --vkey "$(cat gateway.vkey)"')
@click.argument("file", type=FILE)
@click.option("--vkey", "vkeys", multiple=True, help="The ledger's verifier key, from a source that you trust.")
@click.option("--vkeys", "vkeys_file", type=FILE, help="File of such keys, with the tree sizes that they sign.")
@click.option("--policy", "policy_file", type=FILE, help="Policy (c2sp.org/tlog-policy): which witnesses you want.")
@click.option("--receipt", "about", type=FILE, help="The JSON receipt of the same entry: what a bare proof is about.")
@click.option("--tsa-roots", type=FILE, help="PEM certificates of timestamp authorities that you trust, for a bundle.")
@json_option
def verify(
    file: Path,
    vkeys: tuple[str, ...],
    vkeys_file: Path | None,
    policy_file: Path | None,
    about: Path | None,
    tsa_roots: Path | None,
) -> None:
    """Check a receipt (.json), a history (.json) or an evidence bundle (.zip), offline.

    A COSE receipt and a bare .tlog-proof hold no statement: --receipt names the JSON receipt that does. Only its
    statement and salt are used then, and the proof is the one in FILE.

    Says what was checked and what was not, or exits with 1 at the first lie, naming it. With a policy, a checkpoint
    must be cosigned by as many witnesses as it demands; without --vkey, it must be signed by a log of the policy.
    """
    data, trusted = _read(file), _trusted(vkeys, vkeys_file)
    wanted = policy.parse(policy_file.read_bytes()) if policy_file else None
    try:
        if is_zip(data) or file.suffix.lower() == ".zip":
            if wanted and not trusted:
                trusted = trusted_logs(unpack(data).get(RECEIPT, b""), wanted)
            _show_evidence(check_evidence(data, Trust(trusted, _roots(tsa_roots), datetime.now(UTC), wanted)))
        elif is_history(data):
            if wanted:
                raise Misuse("A policy is for receipts and evidence: no witness cosigns the checkpoint of a history.")
            _show_history(check_history(data, trusted))
        else:
            _show_receipt(data, about, trusted, wanted)
    except Unproven as error:
        raise Unproven(f"{file} does not hold: {error}") from error


def _roots(file: Path | None) -> Roots:
    try:
        return parse_roots(file.read_bytes()) if file else ()
    except ValueError as error:
        raise Misuse(f"{file} holds no PEM certificates: {error}") from error


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(MAX_BUNDLE + 1)
    if len(data) > MAX_BUNDLE:
        raise Unproven(f"{file} is longer than {MAX_BUNDLE} bytes, and so nothing that is checked here")
    return data


def _show_receipt(data: bytes, about: Path | None, trusted: str | None, wanted: Policy | None) -> None:
    stated, bare = _read(about) if about else data, is_cose(data) or is_tlog_proof(data)
    if bare and not about:
        raise Misuse("Which entry this proves, it does not say: give its JSON receipt, too, with --receipt.")
    if about and not bare:
        raise Misuse("With --receipt, FILE is to be a COSE receipt or a .tlog-proof.")
    if wanted and is_cose(data):
        raise Misuse("A policy is for checkpoints: a COSE receipt has none, nor cosignatures.")
    if wanted and not trusted:
        trusted = trusted_logs(stated, wanted)
    receipt = _checked(data, stated, trusted)
    if wanted is None:
        return _show("receipt", receipt, RECEIPT_NOT_CHECKED + ((TREE_SIZE,) if is_cose(data) else ()))
    witnesses = check_witnesses(receipt, wanted)
    said = [f"{one.name} at {moment(one.at)}" for one in witnesses]
    checked = (*receipt.checked, Point("witnesses", f"Cosigned by {', '.join(said) or 'no witness: none is wanted'}."))
    left = [point for point in RECEIPT_NOT_CHECKED if point.check != "witnesses" or not witnesses]
    told = [{"name": one.name, "at": moment(one.at)} for one in witnesses]
    return _show("receipt", receipt, left, checked, {"witnesses": told})


def _checked(data: bytes, stated: bytes, trusted: str | None) -> CheckedReceipt:
    if is_cose(data):
        return check_cose(data, stated, trusted)
    return check_tlog_proof(data, stated, trusted) if is_tlog_proof(data) else check_receipt(data, trusted)


def _show_evidence(evidence: CheckedEvidence) -> None:
    newest = evidence.newest
    for warning in evidence.warnings:
        click.echo(f"WARNING: {warning}", err=True)
    facts = {
        "newest": {"size": newest.size, "rootHash": encode_base64(newest.root)},
        "warnings": list(evidence.warnings),
    }
    _show("evidence", evidence.receipt, evidence.not_checked, evidence.checked, facts)


def _show_history(checked: CheckedHistory) -> None:
    _tell(
        "history",
        checked.trusted,
        history.facts(checked),
        history.told(checked),
        history_points.checked(checked),
        history_points.not_checked(checked),
        history_points.but(checked),
    )


def _show(
    kind: str,
    receipt: CheckedReceipt,
    open_points: Sequence[Point],
    checked: Sequence[Point] = (),
    facts: Mapping[str, object] = MappingProxyType({}),
) -> None:
    _tell(kind, receipt.trusted, _facts(receipt) | dict(facts), told(receipt), checked or receipt.checked, open_points)


def _tell(
    kind: str,
    trusted: bool,
    facts: Mapping[str, object],
    told: Mapping[str, object],
    checked: Sequence[Point],
    open_points: Sequence[Point],
    but: str = "",
) -> None:
    if not trusted:
        warn_only_itself(kind)
    show(
        dict(facts) | {"checked": _listed(checked), "notChecked": _listed(open_points)},
        f"The {kind} {'holds' if trusted else 'agrees with itself'}{but}.",
        *pairs(told),
        "",
        "Checked:",
        *(f"  ✓ {point.says}" for point in checked),
        "",
        "Not checked:",
        *(f"  ? {point.says}" for point in open_points),
    )


def _listed(points: Sequence[Point]) -> list[dict[str, str]]:
    return [point._asdict() for point in points]


def _trusted(vkeys: tuple[str, ...], file: Path | None) -> str | None:
    """All keys that were given, a line each; a ledger that exchanged its key has several."""
    lines = [*vkeys, *([file.read_bytes().decode(errors="replace")] if file else [])]
    if not lines:
        return None
    try:
        parse_keys("\n".join(lines))
    except Unproven as error:
        raise click.UsageError(f"With --vkey or --vkeys, {error}.") from error
    return "\n".join(lines)


def told(checked: CheckedReceipt) -> dict[str, object]:
    """What a receipt says, in words."""
    statement = checked.statement
    parties = [str(statement[role]) for role in ("sender", "receiver") if role in statement]
    document = statement.get("document")
    what = f"{document.get('type')} {document.get('number')}" if isinstance(document, dict) else None
    return {
        "says": statement.get("type"),
        "document": what,
        "parties": " → ".join(parties) or None,
        "recorded": statement.get("recordedAt"),
        "entry": f"{checked.receipt.index} of {checked.checkpoint.origin}, in the tree of {checked.checkpoint.size}",
        "root hash": encode_base64(checked.checkpoint.root),
        "signed by": checked.receipt.vkey,
    }


def _facts(checked: CheckedReceipt) -> dict[str, object]:
    return {
        "holds": True,
        "trusted": checked.trusted,
        "statement": checked.statement,
        "index": checked.receipt.index,
        "leafHash": encode_base64(checked.leaf),
        "checkpoint": {
            "origin": checked.checkpoint.origin,
            "size": checked.checkpoint.size,
            "rootHash": encode_base64(checked.checkpoint.root),
        },
        "vkey": checked.receipt.vkey,
    }
