"""One of sixteen racers wins, whether they are tasks, threads with an event loop each, or processes."""

from __future__ import annotations

import asyncio

import pytest

from arco.storage.bucket import ABSENT, Absent, Bucket, Version, Written
from tests.contract.asking import create, found
from tests.contract.racer import contest, race_in_processes, race_in_threads
from tests.contract.registry import Kind

RACERS = 16
ROUNDS = 8

Won = list[list[bool]]


async def _prepared(bucket: Bucket, precondition: str) -> list[Version | Absent]:
    """Give the version of each round's object: absent to race for the create, of an object to race for its swap."""
    if precondition == "absent":
        return [ABSENT] * ROUNDS
    return [await create(bucket, contest(number), b"before") for number in range(ROUNDS)]


async def _one_winner_each(bucket: Bucket, won: Won) -> None:
    """Hold that each round has one winner, and that what stands there is the winner's."""
    assert len(won) == RACERS
    for number in range(ROUNDS):
        winners = [racer for racer in range(RACERS) if won[racer][number]]
        assert len(winners) == 1, f"round {number} was won by {winners}"
        assert (await found(bucket, contest(number))).data == str(winners[0]).encode()


@pytest.mark.parametrize("precondition", ["absent", "version"])
async def test_one_task_wins(bucket: Bucket, precondition: str) -> None:
    """Sixteen tasks on one handle: one write takes place, the others are refused."""
    versions = await _prepared(bucket, precondition)

    async def race(racer: int) -> list[bool]:
        answers = [await bucket.put(contest(n), str(racer).encode(), version) for n, version in enumerate(versions)]
        return [isinstance(answer, Written) for answer in answers]

    await _one_winner_each(bucket, list(await asyncio.gather(*map(race, range(RACERS)))))


@pytest.mark.parametrize("precondition", ["absent", "version"])
async def test_one_thread_wins(kind: Kind, address: str, bucket: Bucket, precondition: str) -> None:
    """Sixteen threads, each with an event loop and a handle: one write takes place, the others are refused."""
    versions = await _prepared(bucket, precondition)
    won = await asyncio.to_thread(race_in_threads, kind, address, range(RACERS), versions)

    await _one_winner_each(bucket, won)


@pytest.mark.processes
@pytest.mark.parametrize("precondition", ["absent", "version"])
async def test_one_process_wins(kind: Kind, address: str, bucket: Bucket, precondition: str) -> None:
    """Four racers in each of four processes: one write takes place, the others are refused."""
    versions = await _prepared(bucket, precondition)
    won = await asyncio.to_thread(race_in_processes, kind, address, 4, 4, versions)

    await _one_winner_each(bucket, won)


async def test_of_racing_deletes_one_takes_place(bucket: Bucket) -> None:
    """Sixteen deletes of one version: one deletes, the others find nothing."""
    version = await create(bucket, "contested")
    answers = await asyncio.gather(*(bucket.delete("contested", version) for _ in range(RACERS)))

    assert sum(isinstance(answer, Written) for answer in answers) == 1
    assert sum(answer is ABSENT for answer in answers) == RACERS - 1


async def test_delete_and_swap_do_not_both_take_place(bucket: Bucket) -> None:
    """Of a delete and a swap of one version exactly one is done, and what is left is what it left."""
    for number in range(ROUNDS):
        version = await create(bucket, contest(number))
        swap, delete = await asyncio.gather(
            bucket.put(contest(number), b"after", version), bucket.delete(contest(number), version)
        )
        left = await bucket.get(contest(number))

        assert isinstance(swap, Written) != isinstance(delete, Written)
        assert (left is ABSENT) == isinstance(delete, Written)
