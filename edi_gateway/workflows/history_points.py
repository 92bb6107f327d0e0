"""What a history proves, and what it leaves open, in words: never more than was checked."""

from collections.abc import Iterable, Iterator

from edi_gateway.workflows.check_history import CheckedHistory, named_before
from edi_gateway.workflows.points import HISTORY_NOT_CHECKED, Point


def checked(history: CheckedHistory) -> tuple[Point, ...]:
    """What was proved."""
    return tuple(_checked(history))


def not_checked(history: CheckedHistory) -> tuple[Point, ...]:
    """What was not, and what no history can show."""
    return (*_not_checked(history), *HISTORY_NOT_CHECKED)


def but(history: CheckedHistory) -> str:
    """What the headline has to say beside that a history holds; empty where there is nothing."""
    count = len(history.unexplained)
    entries = (
        "1 entry that is said to be erased is" if count == 1 else f"{count} entries that are said to be erased are"
    )
    return f", but {entries} not explained here" if count else ""


def _checked(history: CheckedHistory) -> Iterator[Point]:
    entries, told, signed = history.entries, history.told, history.checkpoint
    first, last = entries[0], entries[-1]
    where = f"in the tree of {signed.size} of {signed.origin}"
    yield Point("checkpoint", f"The checkpoint of that tree is signed by {history.vkey}.")
    yield Point(
        "inclusion", f"All {len(entries)} entries, {first.index} the first and {last.index} the last, are {where}."
    )
    if not told:
        return
    first, last = entries[0], told[-1]
    yield Point(
        "chain",
        f"They are the entries {first.sequence} to {last.sequence} of {history.party}, none left out between them: "
        "each gives its number, and the leaf hash of the one before.",
    )
    if first.sequence == 1:
        yield Point("beginning", f"The history begins with the first entry of {history.party}.")
    if explained := _numbers(
        e.sequence for e in entries if e.statement is None and e.sequence not in history.unexplained
    ):
        yield Point("erasures", f"Erased, as later entries of the chain say: {explained}.")
    yield Point(
        "complete",
        f"In every tree of at most {history.complete_to} entries, {history.party} has no entry after "
        f"number {first.sequence} but these.",
    )
    if history.complete_to == signed.size:
        yield Point("newest", f"Number {last.sequence} is the newest of {history.party} under this checkpoint.")


def _not_checked(history: CheckedHistory) -> Iterator[Point]:
    entries, size = history.entries, history.checkpoint.size
    first = entries[0]
    if first.sequence > 1:
        previous = named_before(first)
        named = f": number {first.sequence - 1} has the leaf hash {previous}" if previous else ""
        yield Point("earlier", f"What the entries before number {first.sequence} say{named}.")
    if history.complete_to < size:
        yield Point(
            "later",
            f"Whether {history.party} has more entries from {history.complete_to} on, in the tree of {size}: "
            "a history that ends in a mark would show it.",
        )
    if erased := _numbers(e.sequence for e in entries if e.statement is None):
        yield Point("erased", f"What the erased entries said, and which one each named as the one before: {erased}.")
    if tail := _numbers(e.sequence for e in entries if e.index >= history.complete_to):
        yield Point("tail", f"That these have these numbers, since no entry after them names them: {tail}.")
    if history.unexplained:
        missing = _numbers(history.unexplained)
        yield Point("unexplained", f"Why statements are missing: no entry here says that they were erased: {missing}.")
    yield Point(
        "other-chains",
        f"That no second chain is kept for {history.party}: a receipt for an entry of it that should be here, and "
        "isn't, would prove that.",
    )


def _numbers(sequences: Iterable[int]) -> str:
    """Numbers, with runs of them drawn together: `3, 5 to 9`."""
    runs: list[list[int]] = []
    for number in sequences:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join(" to ".join(map(str, run)) for run in runs)
