"""How submissions come to share a commit: by what the loop still has to do, never by a timer."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from edi_gateway.api.doorway import GATHERED, Doorway


class Commits:
    """A recorder that notes how many it was given at a time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def record(self, batch: Sequence[object]) -> Sequence[object]:
        self.sizes.append(len(batch))
        return batch

    def reload(self) -> None:
        raise AssertionError("nothing was in doubt")


def opened(commits: Commits, max_waiting: int = 1000) -> Doorway:
    gateway: Any = SimpleNamespace(
        recorder=commits,
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
