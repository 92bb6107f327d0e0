"""Group commit without a clock: what waits while a commit runs is the next batch."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import pytest

from edi_gateway.errors import Fault
from edi_gateway.ledger.sequencer import MAX_BATCH, CommitUnknown, Overloaded, Sequencer, Unavailable


class Book:
    """Something that records: remembers its batches, and does `during` while it commits."""

    def __init__(self, during: Callable[[Sequence[int]], None] = lambda batch: None) -> None:
        self.batches: list[list[int]] = []
        self.reloads = 0
        self.reload_error: Exception | None = None
        self.during = during
        self.wakes = 0

    def record(self, batch: Sequence[int]) -> list[str | Fault]:
        self.during(batch)
        self.batches.append(list(batch))
        return [f"receipt {item}" for item in batch]

    def reload(self) -> None:
        self.reloads += 1
        if self.reload_error:
            raise self.reload_error

    def wake(self) -> None:
        self.wakes += 1

    def sequencer(self, max_waiting: int = 1000) -> Sequencer[int, str]:
        return Sequencer(self.record, self.reload, self.wake, max_waiting)


def submit(sequencer: Sequencer[int, str], *items: int) -> "list[Future[str]]":
    answers: list[Future[str]] = [Future() for _ in items]
    for item, answer in zip(items, answers, strict=True):
        sequencer.submit(item, answer)
    return answers


def results(answers: "list[Future[str]]") -> list[str]:
    return [answer.result(0) for answer in answers]


def fails_with(bad: int, error: Exception) -> Callable[[Sequence[int]], None]:
    def during(batch: Sequence[int]) -> None:
        if bad in batch:
            raise error

    return during


def test_what_waits_is_recorded_in_one_go_and_answered_in_order():
    book = Book()
    sequencer = book.sequencer()
    answers = submit(sequencer, 3, 1, 2)
    sequencer.run()
    assert book.batches == [[3, 1, 2]]
    assert results(answers) == ["receipt 3", "receipt 1", "receipt 2"]


def test_what_arrives_while_a_commit_runs_is_the_next_batch():
    def arrive(batch: Sequence[int]) -> None:
        if 1 in batch:
            late.extend(submit(sequencer, 2, 3, 4))

    book = Book(arrive)
    sequencer = book.sequencer()
    late: list[Future[str]] = []
    submit(sequencer, 1)
    sequencer.run()
    assert book.batches == [[1], [2, 3, 4]]
    assert results(late) == ["receipt 2", "receipt 3", "receipt 4"]


def test_a_batch_is_bounded_and_the_rest_follows_at_once():
    book = Book()
    sequencer = book.sequencer()
    submit(sequencer, *range(2 * MAX_BATCH + 1))
    sequencer.run()
    assert [len(batch) for batch in book.batches] == [MAX_BATCH, MAX_BATCH, 1]


def test_whoever_drives_it_is_woken_once_for_all_that_waits_and_again_after_it_fell_asleep():
    book = Book()
    sequencer = book.sequencer()
    submit(sequencer, 1, 2, 3)
    assert book.wakes == 1
    sequencer.run()
    submit(sequencer, 4)
    assert book.wakes == 2


def test_nobody_is_woken_for_what_arrives_while_it_runs():
    book = Book(lambda batch: submit(sequencer, 2) and None if 1 in batch else None)
    sequencer = book.sequencer()
    submit(sequencer, 1)
    sequencer.run()
    assert (book.wakes, book.batches) == (1, [[1], [2]])


def test_running_it_with_nothing_waiting_records_nothing():
    book = Book()
    book.sequencer().run()
    assert book.batches == []


@pytest.mark.parametrize("error", [ValueError("unspeakable"), Fault("rolled back")])
@pytest.mark.parametrize("bad", [0, 5, 9])
def test_one_bad_item_does_not_take_the_others_down(error: Exception, bad: int):
    book = Book(fails_with(bad, error))
    sequencer = book.sequencer()
    answers = submit(sequencer, *range(10))
    sequencer.run()
    with pytest.raises(Fault):
        answers.pop(bad).result(0)
    good = [item for item in range(10) if item != bad]
    assert results(answers) == [f"receipt {item}" for item in good]
    assert sorted(item for batch in book.batches for item in batch) == good


def test_looking_for_the_bad_item_costs_few_commits():
    book = Book(fails_with(77, ValueError()))
    sequencer = book.sequencer()
    submit(sequencer, *range(MAX_BATCH))
    sequencer.run()
    assert len(book.batches) == MAX_BATCH.bit_length() - 1


def test_what_is_not_a_fault_becomes_one_that_names_it():
    book = Book(fails_with(1, ValueError("unspeakable")))
    sequencer = book.sequencer()
    (answer,) = submit(sequencer, 1)
    sequencer.run()
    with pytest.raises(Fault, match="unspeakable"):
        answer.result(0)


def test_a_fault_among_the_results_is_that_items_alone():
    sequencer: Sequencer[int, str] = Sequencer(
        lambda batch: [Fault("lost") if item == 2 else str(item) for item in batch], lambda: None, lambda: None, 10
    )
    first, second, third = submit(sequencer, 1, 2, 3)
    sequencer.run()
    assert results([first, third]) == ["1", "3"]
    with pytest.raises(Fault, match="lost"):
        second.result(0)


def test_a_store_that_is_unavailable_is_asked_once_not_for_each_item():
    asked = []

    def unavailable(batch: Sequence[int]) -> None:
        asked.append(list(batch))
        raise Unavailable("the database is gone")

    sequencer = Book(unavailable).sequencer()
    answers = submit(sequencer, 1, 2, 3)
    sequencer.run()
    assert asked == [[1, 2, 3]]
    assert all(isinstance(answer.exception(0), Unavailable) for answer in answers)


def test_after_a_commit_that_nobody_confirmed_everybody_gets_a_fault_and_nothing_is_tried_again():
    asked = []

    def unknown(batch: Sequence[int]) -> None:
        asked.append(list(batch))
        raise CommitUnknown("no answer")

    book = Book(unknown)
    sequencer = book.sequencer()
    answers = submit(sequencer, 1, 2)
    sequencer.run()
    assert asked == [[1, 2]]
    assert all(isinstance(answer.exception(0), CommitUnknown) for answer in answers)
    assert book.reloads == 0


def test_after_a_commit_that_nobody_confirmed_the_ledger_is_reloaded_before_anything_else():
    book = Book(fails_with(1, CommitUnknown("no answer")))
    sequencer = book.sequencer()
    submit(sequencer, 1)
    sequencer.run()
    answers = submit(sequencer, 2)
    sequencer.run()
    assert (book.reloads, results(answers)) == (1, ["receipt 2"])
    submit(sequencer, 3)
    sequencer.run()
    assert book.reloads == 1


@pytest.mark.parametrize("error", [Unavailable("down"), Fault("down"), CommitUnknown("no match"), OSError("down")])
def test_nothing_is_recorded_until_a_reload_succeeded(error: Exception):
    book = Book(fails_with(1, CommitUnknown("no answer")))
    sequencer = book.sequencer()
    submit(sequencer, 1)
    sequencer.run()
    book.reload_error = error
    refused = submit(sequencer, 2, 3)
    sequencer.run()
    assert book.batches == []
    assert all(isinstance(answer.exception(0), Fault) for answer in refused)
    book.reload_error = None
    answers = submit(sequencer, 4)
    sequencer.run()
    assert results(answers) == ["receipt 4"]


def test_too_much_that_waits_is_refused_before_it_is_taken_on():
    book = Book()
    sequencer = book.sequencer(max_waiting=2)
    answers = submit(sequencer, 1, 2)
    with pytest.raises(Overloaded):
        submit(sequencer, 3)
    sequencer.run()
    assert (book.batches, results(answers)) == ([[1, 2]], ["receipt 1", "receipt 2"])
    assert results(submit(sequencer, 4)[:0]) == []
    sequencer.run()
    assert book.batches[-1] == [4]


def test_what_was_asked_by_somebody_who_went_away_is_recorded_all_the_same():
    book = Book()
    sequencer = book.sequencer()
    gone, here = submit(sequencer, 1, 2)
    gone.cancel()
    sequencer.run()
    assert (book.batches, results([here])) == ([[1, 2]], ["receipt 2"])


def test_whoever_goes_away_in_the_moment_of_the_answer_does_not_cost_the_others_theirs():
    class Vanishing(Future[str]):
        def done(self) -> bool:
            found = super().done()
            self.cancel()
            return found

    book = Book()
    sequencer = book.sequencer()
    sequencer.submit(1, Vanishing())
    (here,) = submit(sequencer, 2)
    sequencer.run()
    assert results([here]) == ["receipt 2"]


def test_an_event_loop_drives_it_between_two_callbacks():
    async def post() -> list[str]:
        loop = asyncio.get_running_loop()
        sequencer: Sequencer[int, str] = Sequencer(
            book.record, book.reload, lambda: loop.call_soon(sequencer.run) and None, 100
        )

        async def one(item: int) -> str:
            answer: asyncio.Future[str] = loop.create_future()
            sequencer.submit(item, answer)
            return await answer

        return await asyncio.gather(*(one(item) for item in range(5)))

    book = Book()
    assert asyncio.run(post()) == [f"receipt {item}" for item in range(5)]
    assert book.batches == [[0, 1, 2, 3, 4]]
