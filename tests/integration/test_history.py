"""Histories from a real ledger, on each database: what is left out is missed, what is erased is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scitt_cose.receipt import verify_receipt
from sqlalchemy import text

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import checkpoint
from edi_gateway.model.chain import Span
from edi_gateway.model.moment import parse_timestamp
from edi_gateway.model.record import LEDGER, Recorded
from edi_gateway.receipts.history import Erased, History, parse
from edi_gateway.storage import chains
from edi_gateway.workflows import history as histories
from edi_gateway.workflows.check_history import CheckedHistory, check_history
from edi_gateway.workflows.history import WHOLE, Mark, NoEntries
from edi_gateway.workflows.rotate import keys_text
from edi_gateway.workflows.verify import verify_ledger
from tests.support import rotation
from tests.support.copies import open_copy
from tests.support.custody import erase, hold
from tests.support.gateway import NOW, Ticking
from tests.support.recording import added, examined


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def gateway(database_url: str, tmp_path: Path, clock: Ticking) -> Iterator[Gateway]:
    """acme's entries are 0, 2, 4 … of the ledger, globex's the others; each pair in a commit of its own."""
    gateway = open_copy(tmp_path, in_turn, database_url, clock)
    yield gateway
    gateway.close()


def in_turn(gateway: Gateway) -> None:
    for number in range(6):
        batch = [added("acme"), added("globex")] if number == 0 else [document(number), document(number, "globex")]
        gateway.recorder.record(batch)


def document(number: int, sender: str = "acme"):
    return examined(f"{sender} {number}", sender=sender)


def written(gateway: Gateway, party: str = "acme", span: Span = WHOLE, **how: int) -> bytes:
    with gateway.chains.reading(party) as chain:
        return histories.history(chain, gateway.recorder, span, **how)


def checked(gateway: Gateway, party: str = "acme", span: Span = WHOLE, **how: int) -> CheckedHistory:
    return check_history(written(gateway, party, span, **how), gateway.notary.vkey)


def numbers(history: CheckedHistory) -> list[int]:
    return [entry.sequence for entry in history.entries]


def mark(gateway: Gateway, party: str = "acme") -> Mark:
    return histories.mark(party, gateway.chains, gateway.recorder, gateway.office("Olga"))


def test_a_whole_history_has_every_entry_of_the_party_and_no_other(gateway: Gateway) -> None:
    history = checked(gateway)
    assert [(entry.sequence, entry.index) for entry in history.entries] == [(n + 1, 2 * n) for n in range(6)]
    assert (history.checkpoint.size, history.complete_to, history.next) == (12, 11, None)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(2, 4, [2, 3, 4]), (5, None, [5, 6]), (None, 1, [1]), (6, 99, [6]), (3, 3, [3]), (0, 2, [1, 2])],
)
def test_numbers_are_included_at_both_ends(
    gateway: Gateway, since: int | None, until: int | None, expected: list[int]
) -> None:
    assert numbers(checked(gateway, span=Span(since, until))) == expected


def test_a_moment_is_included_at_the_beginning_and_not_at_the_end(gateway: Gateway) -> None:
    recorded = [parse_timestamp(str(entry.statement["recordedAt"])) for entry in checked(gateway).entries]
    assert numbers(checked(gateway, span=Span(recorded[2], recorded[4]))) == [3, 4]
    assert numbers(checked(gateway, span=Span(recorded[1] + timedelta(milliseconds=1), None))) == [3, 4, 5, 6]
    assert numbers(checked(gateway, span=Span(NOW - timedelta(days=1), recorded[1]))) == [1]
    assert numbers(checked(gateway, span=Span(2, recorded[3]))) == [2, 3]


@pytest.mark.parametrize(
    ("party", "span"),
    [
        ("initech", WHOLE),
        ("acme", Span(7, None)),
        ("acme", Span(4, 3)),
        ("acme", Span(NOW + timedelta(days=1), None)),
        ("acme", Span(None, NOW)),
        ("acme", Span(None, 0)),
        (LEDGER, WHOLE),
    ],
)
def test_a_span_without_entries_is_no_history(gateway: Gateway, party: str, span: Span) -> None:
    with pytest.raises(NoEntries):
        written(gateway, party, span)


def test_pages_follow_each_other_and_each_is_proved_by_itself(gateway: Gateway) -> None:
    pages, since = [], 1
    while since:
        pages.append(checked(gateway, span=Span(since, 5), limit=2))
        since = pages[-1].next or 0
    assert [numbers(page) for page in pages] == [[1, 2], [3, 4], [5]]
    assert pages[1].complete_to == pages[1].entries[-1].index + 1 == 7


def test_entries_are_read_in_parts_and_none_is_lost_between_them(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "PAGE", 2)
    monkeypatch.setattr(histories, "TOGETHER", 4)
    assert numbers(checked(gateway)) == [1, 2, 3, 4, 5, 6]
    assert numbers(checked(gateway, span=Span(2, 6))) == [2, 3, 4, 5, 6]


def test_a_history_under_an_older_checkpoint_is_what_it_was_then(gateway: Gateway) -> None:
    assert numbers(checked(gateway, size=6)) == [1, 2, 3]
    assert checked(gateway, size=6).checkpoint.size == 6
    assert written(gateway, size=12) == written(gateway)


@pytest.mark.parametrize("size", [-1, 0, 1, 5, 7, 13, 2**62])
def test_no_checkpoint_is_made_for_a_tree_that_never_had_one(gateway: Gateway, size: int) -> None:
    with pytest.raises(Misuse, match="never a checkpoint"):
        written(gateway, size=size)


def test_a_mark_makes_a_history_complete_under_its_checkpoint(gateway: Gateway) -> None:
    assert mark(gateway) == Mark(13, mark(gateway).receipt)
    gateway.recorder.record([document(7, "globex"), document(7)])
    history = checked(gateway, size=13)
    assert history.complete_to == history.checkpoint.size == 13
    assert history.entries[-1].statement["type"] == "party.stated"
    assert history.entries[-1].statement["by"] == "Olga"
    later = checked(gateway, span=Span(None, 7))
    assert (later.complete_to, later.checkpoint.size) == (13, 15)


def test_a_mark_is_put_once_as_long_as_nothing_is_recorded_after_it(gateway: Gateway) -> None:
    first = mark(gateway)
    assert (first.repeated, mark(gateway).repeated) == (False, True)
    assert mark(gateway).receipt == first.receipt
    mark(gateway, "globex")
    again = mark(gateway)
    assert (again.size, again.repeated) == (15, False)


def test_a_party_without_entries_gets_no_mark(gateway: Gateway) -> None:
    with pytest.raises(NoEntries):
        mark(gateway, "initech")
    assert gateway.ledger.head().size == 12


def test_a_ledger_with_marks_is_sound(gateway: Gateway) -> None:
    mark(gateway)
    assert verify_ledger(gateway.ledger, gateway.notary.origin, full=True).head.size == 13


def test_what_was_erased_keeps_its_place_and_is_explained(gateway: Gateway) -> None:
    recorded = gateway.recorder.record([document(8), document(9)])
    ids = [one.id for one in recorded if isinstance(one, Recorded)]
    erase(gateway, ids[0])
    read = parse(written(gateway))
    assert isinstance(read.entries[6], Erased)
    assert read.erasures == ()
    assert checked(gateway).unexplained == ()
    cut = checked(gateway, span=Span(6, 8))
    assert numbers(cut) == [6, 7, 8]
    assert cut.unexplained == ()
    assert len(parse(written(gateway, span=Span(6, 8))).erasures) == 1


def test_an_erased_end_is_explained_and_proves_nothing_of_what_comes_after(gateway: Gateway) -> None:
    recorded = gateway.recorder.record([document(8)])[0]
    assert isinstance(recorded, Recorded)
    erase(gateway, recorded.id)
    history = checked(gateway, span=Span(None, 7))
    assert (history.unexplained, history.complete_to) == ((), 11)
    assert checked(gateway, span=Span(7, 7)).unexplained == ()


def test_under_an_older_checkpoint_a_later_erasure_does_not_explain_anything(gateway: Gateway) -> None:
    recorded = gateway.recorder.record([document(8)])[0]
    gateway.recorder.record([document(9)])
    assert isinstance(recorded, Recorded)
    erase(gateway, recorded.id)
    assert checked(gateway, size=14).unexplained == (7,)


def test_moments_are_found_between_entries_that_are_erased(gateway: Gateway) -> None:
    recorded = [parse_timestamp(str(entry.statement["recordedAt"])) for entry in checked(gateway).entries]
    for entry in checked(gateway).entries[1:5]:
        erase(gateway, str(entry.statement["id"]))
    # What has no moment of its own goes with what comes after it.
    assert numbers(checked(gateway, span=Span(recorded[5], None)))[0] == 2
    assert numbers(checked(gateway, span=Span(None, recorded[5]))) == [1]
    assert numbers(checked(gateway, span=Span(recorded[5] + timedelta(seconds=0.001), None)))[0] == 7


def test_what_was_done_to_the_ledger_itself_has_a_history_too(gateway: Gateway) -> None:
    id = str(checked(gateway).entries[1].statement["id"])
    hold(gateway, id)
    history = checked(gateway, LEDGER)
    assert [entry.statement["type"] for entry in history.entries] == ["document.held"]


def test_a_store_that_lost_an_entry_gives_no_history(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in triggers:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("UPDATE entries SET party = 'nobody' WHERE leaf_index = 4"))
    with pytest.raises(Unproven):
        written(gateway)


def test_a_store_that_changed_a_statement_gives_no_history(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER statements_no_update"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("UPDATE statements SET salt = statement WHERE leaf_index = 4"))
    with pytest.raises(Unproven):
        written(gateway)


def test_the_checkpoint_of_a_history_is_the_ledgers_own(gateway: Gateway) -> None:
    history: History = parse(written(gateway))
    opened = checkpoint.open(history.checkpoint.encode(), gateway.notary.origin, [gateway.notary.verifier])
    assert (opened.size, opened.root) == (12, gateway.ledger.head().root)


def test_after_the_ledgers_key_was_exchanged_each_tree_is_signed_by_its_own(gateway: Gateway) -> None:
    old = rotation.first(gateway)
    new = rotation.add(gateway)
    rotation.retire(gateway, old)
    keys = keys_text(gateway.notary.keys)
    for size, key in ((12, old), (14, new)):
        given = written(gateway, size=size)
        assert check_history(given, keys).vkey == key.key.verifier.vkey
    gateway.recorder.record([document(8)])
    with pytest.raises(Unproven):
        check_history(written(gateway), old.key.verifier.vkey)
    assert check_history(written(gateway), keys).trusted


def test_a_cose_receipt_of_an_old_entry_is_signed_by_the_key_that_is_in_force_now(gateway: Gateway) -> None:
    old, new = rotation.first(gateway), rotation.add(gateway)
    rotation.destroy(gateway, rotation.keep(gateway, rotation.retire(gateway, old)))
    gateway.recorder.record([document(8)])
    entry = gateway.ledger.entry(0)
    key = Ed25519PublicKey.from_public_bytes(new.key.verifier.public_key)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    found = verify_receipt(gateway.recorder.cose_receipt(0), leaf_entry_hex=entry.entry.hex(), log_public_key_pem=pem)
    assert found.ok, found.errors
    assert found.tree_size == gateway.ledger.head().size
