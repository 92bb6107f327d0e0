"""A history as a stranger checks it: what is proved, what is left open, and every lie by its name."""

from base64 import b64encode
from dataclasses import replace

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.receipts.history import Erased, History, Told, to_json
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows import history_points
from edi_gateway.workflows.check_history import CheckedHistory, check_history
from tests.support.chains import Chained, trading
from tests.support.ledger import MemoryLog


def check(history: History, chained: Chained) -> CheckedHistory:
    return check_history(to_json(history), chained.log.vkey)


def checks(history: CheckedHistory) -> set[str]:
    return {point.check for point in history_points.checked(history)}


def opens(history: CheckedHistory) -> dict[str, str]:
    return {point.check: point.says for point in history_points.not_checked(history)}


def test_a_whole_history_up_to_the_last_entry_of_the_ledger_is_complete_under_its_checkpoint() -> None:
    chained = trading()
    checked = check(chained.history("acme", range(1, 6)), chained)
    assert checked.trusted
    assert [entry.index for entry in checked.entries] == [0, 2, 3, 6, 8]
    assert checked.complete_to == checked.checkpoint.size == 9
    assert checks(checked) == {"checkpoint", "inclusion", "chain", "beginning", "complete", "newest"}
    assert "later" not in opens(checked)


def test_a_history_that_ends_before_the_ledger_does_is_complete_only_as_far_as_its_last_entry() -> None:
    chained = trading()
    checked = check(chained.history("globex", range(1, 5)), chained)
    assert (checked.complete_to, checked.checkpoint.size) == (8, 9)
    assert "newest" not in checks(checked)
    assert "from 8 on, in the tree of 9" in opens(checked)["later"]


def test_what_comes_before_the_first_entry_of_a_history_is_said_to_be_open() -> None:
    chained = trading()
    checked = check(chained.history("acme", range(3, 6)), chained)
    assert "beginning" not in checks(checked)
    second = b64encode(chained.log.hashes[2]).decode()
    assert f"before number 3 say: number 2 has the leaf hash {second}" in opens(checked)["earlier"]


def test_without_a_key_a_history_only_agrees_with_itself() -> None:
    assert not check_history(to_json(trading().history("acme", [1])), None).trusted


def test_a_history_of_another_ledger_is_refused() -> None:
    with pytest.raises(Unproven, match="no signature of a known key"):
        check_history(to_json(trading().history("acme", [1])), MemoryLog().vkey)


@pytest.mark.parametrize("left_out", [2, 3, 4])
def test_an_entry_left_out_is_missed_by_its_number(left_out: int) -> None:
    chained = trading()
    numbers = [number for number in range(1, 6) if number != left_out]
    with pytest.raises(Unproven, match=f"number {left_out} is missing"):
        check(chained.history("acme", numbers), chained)


def test_entries_in_another_order_are_refused() -> None:
    chained = trading()
    for numbers in ([1, 3, 2, 4], [3, 2]):
        with pytest.raises(Unproven, match="number 2 follows number 3: the entries are not in the order of the chain"):
            check(chained.history("acme", numbers), chained)


def test_statements_that_were_exchanged_are_told_apart_from_a_wrong_proof() -> None:
    chained = trading()
    history = chained.history("acme", [1, 2, 3])
    first, second, third = (entry for entry in history.entries if isinstance(entry, Told))
    exchanged = (
        first,
        replace(second, statement=third.statement, salt=third.salt),
        replace(third, statement=second.statement, salt=second.salt),
    )
    with pytest.raises(Unproven, match="entry 2 is not number 2 of acme, by its own statement: it says number 3"):
        check(replace(history, entries=exchanged), chained)


def test_an_entry_of_another_party_does_not_pass_for_one_that_was_left_out() -> None:
    chained = trading()
    history = chained.history("acme", [1, 2, 3])
    stranger = replace(chained.proved("globex", 1), sequence=2)
    with pytest.raises(Unproven, match="not number 2 of acme"):
        check(replace(history, entries=(history.entries[0], stranger, history.entries[2])), chained)


def test_a_number_that_the_statement_does_not_give_is_refused() -> None:
    chained = trading()
    entry = replace(chained.proved("acme", 2), sequence=3)
    with pytest.raises(Unproven, match="entry 2 is not number 3 of acme"):
        check(replace(chained.history("acme", [1]), entries=(entry,)), chained)


def test_a_second_chain_beside_the_first_shows_in_the_leaf_hash_of_the_one_before() -> None:
    chained = trading()
    chain = {"party": "acme", "sequence": 4, "previous": b64encode(chained.log.hashes[0]).decode()}
    other = chained.commit("fork", canonical({"type": "x", "origin": chained.log.origin, "chain": chain}))
    chained.of["acme"][3] = other
    with pytest.raises(Unproven, match="number 4 does not follow the number 3 that is here"):
        check(chained.history("acme", [1, 2, 3, 4]), chained)


def test_numbers_that_go_back_in_the_ledger_are_refused() -> None:
    chained = Chained()
    chained.record("globex")
    forward = {"party": "acme", "sequence": 1}
    # The second entry of the chain was committed before the first, whose leaf hash could be known ahead.
    later = Chained()
    later.record("globex")
    first = canonical({"type": "x", "origin": chained.log.origin, "chain": forward})
    later.commit("x", b"{}")
    later.commit("acme", first)
    previous = b64encode(later.log.hashes[2]).decode()
    second = canonical(
        {"type": "x", "origin": chained.log.origin, "chain": {**forward, "sequence": 2, "previous": previous}}
    )
    chained.commit("acme", second)
    chained.commit("acme", first)
    chained.of["acme"].reverse()
    with pytest.raises(Unproven, match="number 2 is not after number 1 in the ledger"):
        check(chained.history("acme", [1, 2]), chained)


@pytest.mark.parametrize(("number", "previous"), [(1, "AAAA"), (2, None)])
def test_only_the_first_entry_has_none_before_it(number: int, previous: str | None) -> None:
    chained = Chained()
    chain = {"party": "acme", "sequence": number} | ({"previous": previous} if previous else {})
    chained.commit("acme", canonical({"type": "x", "origin": chained.log.origin, "chain": chain}))
    entry = replace(chained.proved("acme", 1), sequence=number)
    with pytest.raises(Unproven, match="does not name what is before it like that"):
        check(replace(chained.history("acme", [1]), entries=(entry,)), chained)


def test_a_statement_of_another_log_is_refused() -> None:
    chained = Chained()
    chained.record("acme", origin="gw.example.com/other")
    with pytest.raises(Unproven, match="different logs"):
        check(chained.history("acme", [1]), chained)


def test_a_changed_statement_is_not_the_one_in_the_ledger() -> None:
    chained = trading()
    history = chained.history("acme", [1, 2])
    entry = replace(history.entries[0], statement=history.entries[0].statement.replace(b"accepted", b"rejected"))
    with pytest.raises(Unproven, match="does not lead to the root hash"):
        check(replace(history, entries=(entry, history.entries[1])), chained)


def test_a_history_under_a_checkpoint_of_another_tree_is_refused() -> None:
    chained = trading()
    older = checkpoint.sign(Checkpoint(chained.log.origin, 9, bytes(32)), chained.log.key).decode()
    with pytest.raises(Unproven, match="does not lead to the root hash"):
        check(replace(chained.history("acme", [1]), checkpoint=older), chained)


def test_a_history_without_entries_proves_nothing() -> None:
    chained = trading()
    with pytest.raises(Unproven, match="has no entries"):
        check(chained.history("acme", []), chained)


def test_a_checkpoint_for_another_log_is_refused() -> None:
    chained = trading()
    text = checkpoint.marshal(Checkpoint("gw.example.com/other", 9, chained.log.head.root))
    signed = note.sign(chained.log.origin, chained.log.key, text).decode()
    with pytest.raises(Unproven, match="is of the log"):
        check(replace(chained.history("acme", [1]), checkpoint=signed), chained)


def test_a_history_goes_on_with_the_next_number() -> None:
    chained = trading()
    history = chained.history("acme", [1, 2])
    assert check(replace(history, next=3), chained).next == 3
    with pytest.raises(Unproven, match="ends with number 2, and goes on with number 4"):
        check(replace(history, next=4), chained)


def test_an_erased_entry_is_explained_by_a_later_one_of_the_history() -> None:
    chained = trading()
    chained.erase("acme", 3)
    checked = check(chained.history("acme", range(1, 7)), chained)
    assert checked.unexplained == ()
    assert [entry.statement is None for entry in checked.entries] == [False, False, True, False, False, False]
    assert "erasures" in checks(checked)
    assert opens(checked)["erased"].endswith(": 3.")
    assert checked.complete_to == 10


def test_an_erased_entry_is_explained_by_one_that_comes_after_the_history() -> None:
    chained = trading()
    chained.erase("acme", 3)
    checked = check(chained.history("acme", [2, 3, 4], [6]), chained)
    assert (checked.unexplained, history_points.but(checked)) == ((), "")


def test_an_erased_entry_that_nothing_explains_is_said_to_be_so() -> None:
    chained = trading()
    chained.erase("acme", 3)
    checked = check(chained.history("acme", [2, 3, 4]), chained)
    assert checked.unexplained == (3,)
    assert "erasures" not in checks(checked)
    assert opens(checked)["unexplained"].endswith(": 3.")
    assert history_points.but(checked) == ", but 1 entry that is said to be erased is not explained here"


def test_a_statement_that_is_withheld_is_not_passed_off_as_erased() -> None:
    chained = trading()
    told = chained.proved("acme", 2)
    withheld = Erased(2, told.index, chained.log.hashes[told.index], told.path)
    history = chained.history("acme", [1, 2, 3])
    checked = check(replace(history, entries=(history.entries[0], withheld, history.entries[2])), chained)
    assert checked.unexplained == (2,)


def test_another_leaf_in_the_place_of_an_erased_one_is_found_by_the_entry_after_it() -> None:
    chained = trading()
    chained.erase("acme", 3)
    other = chained.proved("globex", 1)
    history = chained.history("acme", [2, 3, 4, 5, 6])
    swapped = Erased(3, 4, chained.log.hashes[4], chained.proved("globex", 2).path)
    assert other.index == 1
    with pytest.raises(Unproven, match="number 4 does not follow the number 3 that is here"):
        check(replace(history, entries=(history.entries[0], swapped, *history.entries[2:])), chained)


def test_an_erasure_that_names_another_leaf_hash_is_a_lie() -> None:
    chained = trading()
    del chained.kept[3]
    chained.record("acme", "document.erased", entry={"index": 3, "leafHash": b64encode(bytes(32)).decode()})
    with pytest.raises(Unproven, match="tells of the erasure of entry 3, but not of this one"):
        check(chained.history("acme", range(1, 7)), chained)


def test_an_erasure_that_another_party_tells_of_does_not_count() -> None:
    chained = trading()
    leaf = b64encode(chained.log.hashes[3]).decode()
    del chained.kept[3]
    chained.record("globex", "document.erased", entry={"index": 3, "leafHash": leaf})
    history = chained.history("acme", [2, 3, 4])
    teller = chained.proved("globex", 5)
    with pytest.raises(Unproven, match="not number 5 of acme"):
        check(replace(history, erasures=(teller,)), chained)


def test_an_erasure_that_comes_before_what_is_told_of_is_refused() -> None:
    chained = trading()
    chained.erase("acme", 3)
    history = chained.history("acme", [3, 4], [2])
    with pytest.raises(Unproven, match="does not come after number 4"):
        check(history, chained)


def test_what_is_erased_at_the_end_adds_nothing_to_what_is_complete() -> None:
    chained = trading()
    chained.erase("acme", 8)
    checked = check(chained.history("acme", range(1, 6), [6]), chained)
    assert checked.complete_to == 7
    assert opens(checked)["tail"].endswith(": 5.")
    assert checked.unexplained == ()


def test_entries_that_are_all_erased_prove_no_chain() -> None:
    chained = trading()
    chained.erase("acme", 3)
    checked = check(chained.history("acme", [3], [6]), chained)
    assert checked.complete_to == 0
    assert checks(checked) == {"checkpoint", "inclusion"}
