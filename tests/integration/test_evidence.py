"""Evidence as gateways gather it, from honest ones and from some that lie."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.proof import marshal_path
from edi_gateway.ledger.stored import consistency_proof
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.record import Examined
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import Directory, directory
from edi_gateway.receipts import bundle
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.check_evidence import Trust, check_evidence
from edi_gateway.workflows.evidence import Attested, gather
from edi_gateway.workflows.record import Recorder
from tests.support.evidence import check_files, evidence_of, gathered
from tests.support.gateway import (
    NOW,
    Format,
    contract,
    enrol,
    enrol_key,
    invoice,
    make_gateway,
    order,
    private_key,
    suspend,
    transmission,
)


def _recorded(gateway: Gateway, document: bytes, owner: str, format: Format = "xmldsig", **how: Any) -> str:
    return gateway.record(gateway.examine(transmission(document, owner, format, **how))).id


@pytest.mark.parametrize("format", ["xmldsig", "cms", "smime", "pades"])
def test_the_evidence_for_a_document_holds_in_whatever_format_it_was_signed(gateway: Gateway, format: Format) -> None:
    checked = check_evidence(evidence_of(gateway, "PO-1", format), Trust(gateway.notary.vkey))
    assert checked.receipt.trusted
    assert checked.receipt.statement["type"] == "document.accepted"
    assert checked.newest.size == checked.receipt.checkpoint.size + 1


@pytest.mark.parametrize("format", ["jws", "jws-flattened", "cms"])
def test_the_evidence_for_a_contract_holds(sqlite_gateway: Gateway, format: Format) -> None:
    packed = gathered(sqlite_gateway, _recorded(sqlite_gateway, contract(), "acme", format))
    assert bundle.unpack(packed)[bundle.DOCUMENT] == contract()
    assert check_evidence(packed, Trust(sqlite_gateway.notary.vkey)).receipt.statement["type"] == "document.accepted"


def test_a_refusal_has_evidence_too(sqlite_gateway: Gateway) -> None:
    broken = _recorded(sqlite_gateway, invoice().replace(b"<cbc:DueDate>", b"<cbc:DueDate>x", 1), "acme")
    first = _recorded(sqlite_gateway, order(), "globex")
    conflict = _recorded(sqlite_gateway, order().replace(b"EUR", b"USD"), "globex")
    suspend(sqlite_gateway, "acme")
    suspended = _recorded(sqlite_gateway, invoice(), "acme")
    for id, type, code in (
        (broken, "document.rejected", "document-invalid"),
        (first, "document.accepted", None),
        (conflict, "document.conflict", "document-conflict"),
        (suspended, "document.rejected", "partner-suspended"),
    ):
        statement: Any = check_evidence(gathered(sqlite_gateway, id), Trust(None)).receipt.statement
        assert (statement["type"], statement["validation"].get("code")) == (type, code)


def test_a_key_that_was_not_valid_is_proved_not_to_have_been(sqlite_gateway: Gateway) -> None:
    key = private_key("globex's next").public_key()
    enrol_key(sqlite_gateway, "globex", key, (NOW + timedelta(days=9), NOW + timedelta(days=10)))
    sqlite_gateway.directory.refreshed()
    early = transmission(order(), "globex's next")
    id = sqlite_gateway.record(sqlite_gateway.examine(early)).id
    checked = check_evidence(gathered(sqlite_gateway, id), Trust(sqlite_gateway.notary.vkey))
    assert "was not valid" in {point.check: point.says for point in checked.checked}["key-window"]


def test_a_partner_gets_no_evidence_for_what_it_may_not_see(sqlite_gateway: Gateway) -> None:
    id = _recorded(sqlite_gateway, order(), "globex")
    assert gather(sqlite_gateway.evidence, id, "initech") is None
    assert gather(sqlite_gateway.evidence, id, "acme") is not None
    assert gather(sqlite_gateway.evidence, "nothing") is None


def test_evidence_gathered_later_brings_the_same_receipt_under_a_newer_ledger(sqlite_gateway: Gateway) -> None:
    id = _recorded(sqlite_gateway, order(), "globex")
    first = bundle.unpack(gathered(sqlite_gateway, id))
    assert first == bundle.unpack(gathered(sqlite_gateway, id))
    assert bundle.later_sizes(first) == [5]
    _recorded(sqlite_gateway, order("PO-2"), "globex")
    second = bundle.unpack(gathered(sqlite_gateway, id))
    assert bundle.later_sizes(second) == [6]
    assert first[bundle.RECEIPT] == second[bundle.RECEIPT]


def test_a_document_that_is_erased_while_its_evidence_is_gathered_has_none(sqlite_gateway: Gateway) -> None:
    id = _recorded(sqlite_gateway, order(), "globex")

    class Erasing(Recorder):
        def receipt_again(self, index: int) -> bytes:
            raise LookupError(f"entry {index} was erased")

    recorder = Erasing(sqlite_gateway.ledger, sqlite_gateway.notary, sqlite_gateway.clock, sqlite_gateway.watch.memory)
    assert gather(replace(sqlite_gateway.evidence, recorder=recorder), id) is None


def _attested(gateway: Gateway) -> Attested:
    head = gateway.ledger.head()
    return Attested(head.size, sign_head(gateway.notary, head), {})


def test_several_later_checkpoints_are_each_proved_to_have_grown_from_the_one_before(sqlite_gateway: Gateway) -> None:
    id = _recorded(sqlite_gateway, order(), "globex")
    attested = []
    for number in range(3):
        _recorded(sqlite_gateway, order(f"PO-later-{number}"), "globex")
        attested.append(_attested(sqlite_gateway))
    packed = gather(replace(sqlite_gateway.evidence, attest=lambda _: attested), id)
    assert packed is not None
    files = bundle.unpack(packed)
    assert bundle.later_sizes(files) == [6, 7, 8]
    assert check_files(files, sqlite_gateway.notary.vkey).newest.size == 8
    # Left out in the middle, the next one does not follow on what is before it then.
    del files["checkpoints/7.checkpoint"], files["checkpoints/7.consistency"]
    with pytest.raises(Unproven, match=r"^checkpoints/8\.consistency: "):
        check_files(files, sqlite_gateway.notary.vkey)


def test_what_the_readme_says_is_left_open_and_of_bounded_length(sqlite_gateway: Gateway) -> None:
    files = bundle.unpack(evidence_of(sqlite_gateway, "PO-1"))
    files[bundle.README] = b"x" * bundle.MAX_README
    checked = check_files(files, sqlite_gateway.notary.vkey)
    assert "readme" in {point.check for point in checked.not_checked}
    files[bundle.README] += b"x"
    with pytest.raises(Unproven, match=r"^README\.txt: is longer than 65536 bytes"):
        check_files(files, sqlite_gateway.notary.vkey)


def test_a_file_of_a_kind_that_nobody_checks_is_refused(sqlite_gateway: Gateway) -> None:
    id = _recorded(sqlite_gateway, order(), "globex")
    attested = replace(_attested(sqlite_gateway), files={"checkpoints/5-somebody.unknown": b"trust me"})
    with pytest.raises(Unproven, match=r"^checkpoints/5-somebody\.unknown: is no part of an evidence bundle"):
        gather(replace(sqlite_gateway.evidence, attest=lambda _: [attested]), id)


def test_evidence_of_another_ledger_is_refused_though_it_agrees_with_itself(
    sqlite_gateway: Gateway, tmp_path: Path
) -> None:
    other = make_gateway(tmp_path / "other")
    packed = evidence_of(sqlite_gateway, "PO-1")
    assert not check_evidence(packed, Trust(None)).receipt.trusted
    with pytest.raises(Unproven, match=r"^receipt\.json: the note carries no signature of a known key"):
        check_evidence(packed, Trust(other.notary.vkey))
    other.close()


def test_a_later_checkpoint_of_another_history_is_found(sqlite_gateway: Gateway, tmp_path: Path) -> None:
    """The operator restores an old state, and signs another history with the same key."""
    id = _recorded(sqlite_gateway, order(), "globex")
    files = bundle.unpack(gathered(sqlite_gateway, id))
    other = make_gateway(tmp_path / "other")
    fork = replace(other, notary=sqlite_gateway.notary, recorder=replace(other.recorder, notary=sqlite_gateway.notary))
    for number in range(9):
        enrol(fork, f"partner-{number}", f"0088:{number}")
    head = fork.ledger.head()
    forged = {
        bundle.checkpoint_file(head.size): sign_head(sqlite_gateway.notary, head),
        bundle.consistency_file(head.size): marshal_path(consistency_proof(fork.ledger, 5, head.size)),
    }
    with pytest.raises(Unproven, match=r"^checkpoints/9\.consistency: the tree of size 9 does not grow from that of"):
        check_files(files | forged, sqlite_gateway.notary.vkey)
    other.close()


Lie = Callable[[dict[str, Any]], None]


def _set(*path: str, to: object) -> Lie:
    def lie(draft: dict[str, Any]) -> None:
        for name in path[:-1]:
            draft = draft[name]
        draft[path[-1]] = to

    return lie


LIES: dict[str, tuple[Lie, str]] = {
    "that other bytes arrived": (_set("digests", "transmission", to="sha256:" + "0" * 64), "transmission/body: "),
    "that other headers arrived": (_set("digests", "headers", to="sha256:" + "0" * 64), "transmission/headers.json: "),
    "that another document was signed": (_set("digests", "document", to="sha256:" + "0" * 64), "document: "),
    "that nothing arrived": (
        _set("digests", to={"document": "sha256:" + "0" * 64}),
        "transmission/body: the statement has no",
    ),
    "that it was signed in another way": (_set("signature", "algorithm", to="rsa-sha256"), "statement.json: describes"),
    "that it was signed at another time": (
        _set("signature", "signedAt", to="2026-01-01T00:00:00.000Z"),
        "statement.json: describes",
    ),
    "that it was received before the key was valid": (
        _set("receivedAt", to="2020-01-01T00:00:00.000Z"),
        "statement.json: the verdict can't be right: the key was not valid",
    ),
    "that the key was not valid when it was": (
        _set("validation", "code", to="key-not-valid"),
        "statement.json: the verdict can't be right: the key was valid",
    ),
    "that something else was found": (
        _set("validation", "findings", to="sha256:" + "0" * 64),
        "signature/report.json: the report does not have the findings",
    ),
    "that somebody else sent it": (_set("sender", to="acme"), "keys/3-key.added.json: the event is of another key"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_gateway_that_lies_in_a_statement_can_give_no_evidence_for_it(sqlite_gateway: Gateway, lie: str) -> None:
    examined = sqlite_gateway.examine(transmission(order(), "globex"))
    draft = _copy(examined)
    tell, found = LIES[lie]
    tell(draft)
    id = sqlite_gateway.record(replace(examined, draft=draft)).id
    sources = sqlite_gateway.evidence
    if lie == "that somebody else sent it":
        # The gateway goes on lying: it takes the events of the partner whose key it really was.
        sources = replace(sources, archive=_KeyEventsOf(sqlite_gateway.archive, "globex"))
    with pytest.raises(Unproven) as unproven:
        gather(sources, id)
    assert str(unproven.value).startswith(found)


class _KeyEventsOf:
    """An archive that tells of one partner's keys, whoever is asked for."""

    def __init__(self, archive: Any, partner: str) -> None:
        self._archive, self._partner = archive, partner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    def key_events(self, partner: str) -> Any:
        return self._archive.key_events(self._partner)


def _copy(examined: Examined) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(examined.draft))
    return copy


class _Knowing:
    """A directory that knows of a key before the ledger does."""

    def __init__(self, gateway: Gateway, key: PartnerKey) -> None:
        self._directory = directory(gateway.directory.current().partners.values(), [key])

    def current(self) -> Directory:
        return self._directory

    refreshed = current


def test_a_key_that_was_enrolled_only_after_the_document_is_none_to_sign_it_with(sqlite_gateway: Gateway) -> None:
    pem = private_key("globex's next").public_key()
    key = read_key(pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "globex", None, None)
    lying = replace(sqlite_gateway, desk=replace(sqlite_gateway.desk, directory=_Knowing(sqlite_gateway, key)))
    id = lying.record(lying.examine(transmission(order(), "globex's next"))).id
    enrol_key(sqlite_gateway, "globex", pem)
    with pytest.raises(Unproven, match=f"^keys/: the enrolment of the key {key.fingerprint} before the document"):
        gather(sqlite_gateway.evidence, id)
