"""How submissions come to share a commit: by what the loop still has to do, never by a timer."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from edi_gateway.api.doorway import GATHERED, TOGETHER, Doorway
from edi_gateway.errors import Rejection


class Commits:
    """A recorder that notes how many it was given at a time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def record(self, batch: Sequence[object]) -> Sequence[object]:
        self.sizes.append(len(batch))
        return batch

    def reload(self) -> None:
        raise AssertionError("nothing was in doubt")


def opened(commits: Commits, max_waiting: int = 1000, examine: Any = None) -> Doorway:
    gateway: Any = SimpleNamespace(
        recorder=commits,
        examine_together=examine,
        settings=SimpleNamespace(max_waiting=max_waiting, reads_per_minute=60, address_reads_per_minute=60),
    )
    return Doorway(gateway)


def test_what_arrives_while_others_are_examined_shares_their_commit() -> None:
    commits = Commits()

    async def arrive(door: Doorway, turns: int) -> object:
        for _ in range(turns):
            await asyncio.sleep(0)  # one turn of the loop
        submission: Any = turns
        return await door.record(submission)

    async def run() -> list[object]:
        door = opened(commits)
        return await asyncio.gather(*(arrive(door, turns) for turns in range(6)))

    assert asyncio.run(run()) == list(range(6))
    assert commits.sizes == [6]


def test_a_submission_alone_waits_for_a_few_turns_only() -> None:
    commits = Commits()

    async def run() -> None:
        submission: Any = "alone"
        answer = asyncio.ensure_future(opened(commits).record(submission))
        for _ in range(8):
            await asyncio.sleep(0)
        assert answer.done()

    asyncio.run(run())
    assert commits.sizes == [1]


def test_a_stream_that_never_pauses_is_committed_all_the_same() -> None:
    commits = Commits()

    async def run() -> None:
        door = opened(commits)
        waiting = []
        for number in range(2 * GATHERED):
            submission: Any = number
            waiting.append(asyncio.ensure_future(door.record(submission)))
            await asyncio.sleep(0)
        assert commits.sizes[0] <= GATHERED + 1
        await asyncio.gather(*waiting)

    asyncio.run(run())
    assert sum(commits.sizes) == 2 * GATHERED


def test_what_arrives_in_one_turn_is_examined_side_by_side_and_shares_a_commit() -> None:
    commits, groups = Commits(), []

    def examine(several: list[object]) -> list[object]:
        groups.append(len(several))
        return several

    async def run() -> list[object]:
        door = opened(commits, examine=examine)
        arrived: list[Any] = list(range(2 * TOGETHER + 1))
        return await asyncio.gather(*map(door.take_in, arrived))

    assert asyncio.run(run()) == list(range(2 * TOGETHER + 1))
    assert groups == [TOGETHER, TOGETHER, 1]
    assert commits.sizes == [2 * TOGETHER + 1]


def test_who_is_turned_away_keeps_nobody_else_from_a_receipt() -> None:
    commits = Commits()

    def examine(several: list[object]) -> list[object]:
        return [Rejection("unsigned") if one == 1 else one for one in several]

    async def run() -> list[object]:
        door = opened(commits, examine=examine)
        arrived: list[Any] = [0, 1, 2]
        return await asyncio.gather(*map(door.take_in, arrived), return_exceptions=True)

    first, second, third = asyncio.run(run())
    assert (first, third) == (0, 2)
    assert isinstance(second, Rejection)


def test_a_bug_in_examining_leaves_nobody_without_an_answer() -> None:
    def examine(_: list[object]) -> list[object]:
        raise ZeroDivisionError

    async def run() -> list[object]:
        door = opened(Commits(), examine=examine)
        arrived: list[Any] = [0, 1]
        return await asyncio.gather(*map(door.take_in, arrived), return_exceptions=True)

    assert [type(one) for one in asyncio.run(run())] == [ZeroDivisionError] * 2


def test_who_goes_away_while_examined_disturbs_nobody() -> None:
    async def run() -> object:
        door = opened(Commits(), examine=lambda several: [Rejection("unsigned"), *several[1:]])
        arrived: list[Any] = [0, 1]
        gone, there = (asyncio.ensure_future(door.take_in(one)) for one in arrived)
        await asyncio.sleep(0)
        gone.cancel()
        return await there

    assert asyncio.run(run()) == 1
