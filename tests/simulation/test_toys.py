"""The explorer finds what is planted: toy actors with known faults, each by the invariant that it breaks.

And it takes every decision: what it can be told, and what can stand there, is counted by hand.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from arco.errors import OutcomeUnknownError
from arco.fencing import PermitIssuer
from arco.layout import LockKey, ManifestKey
from arco.manifests import Newest, compute_manifest_hash
from arco.storage.bucket import ABSENT, Stored, Written
from tests.simulation.explore import explore, replay
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios.acting import acquired, chain, desk, draft, genesis, publish
from tests.simulation.scheduler import Bounds
from tests.simulation.seat import DOMAIN, SCOPE, Actor, Found, ParkingBucket, Role, Seat, Told

FIRST = SCOPE.prefix + ManifestKey(DOMAIN, 1).path
SECOND = SCOPE.prefix + ManifestKey(DOMAIN, 2).path
THIRD = SCOPE.prefix + ManifestKey(DOMAIN, 3).path
LOCK = SCOPE.prefix + LockKey(DOMAIN).path

Change = Callable[[dict[str, Any]], None]


def _broken_by(
    *actors: Actor, bounds: Bounds | None = None, before: Actor = genesis, jumps: tuple[int, ...] = ()
) -> str:
    """Explore toys until an invariant is broken, and give the report."""
    roles = tuple(Role(f"toy{number}", actor) for number, actor in enumerate(actors))
    scenario = Scenario("toys", roles, bounds or Bounds(), 0, before=before, jumps=jumps)
    with pytest.raises(AssertionError) as caught:
        explore(scenario)
    return str(caught.value)


async def _read_json(bucket: ParkingBucket, name: str) -> tuple[Stored, dict[str, Any]]:
    stored = await bucket.get(name)
    assert isinstance(stored, Stored)
    return stored, json.loads(stored.data)


def _rewriting(name: str, change: Change) -> Actor:
    """Give an actor that overwrites an object, as if nothing forbade it."""

    async def act(seat: Seat) -> None:
        bucket = ParkingBucket(seat.parking)
        stored, document = await _read_json(bucket, name)
        change(document)
        await bucket.put(name, json.dumps(document).encode(), stored.version)

    return act


def _creating(name: str, change: Change) -> Actor:
    """Give an actor that creates a changed copy of a right second manifest under a name of its choice."""

    async def act(seat: Seat) -> None:
        links = chain(seat)
        lease = await acquired(seat, links)
        newest = await links.newest(DOMAIN)
        if lease is None:
            return
        document = json.loads(draft(seat, newest, lease.token).render())
        change(document)
        await ParkingBucket(seat.parking).put(name, json.dumps(document).encode(), ABSENT)

    return act


def _clear(document: dict[str, Any]) -> None:
    document.clear()


def _keep(document: dict[str, Any]) -> None:
    """Change the bytes alone: they are no longer canonical."""
    assert document


FLUSHED = {
    "n": 1,
    "attempt": "0" * 26,
    "from_position": 1,
    "to_position": 1,
    "files": {
        "tables": {"byte_size": 1, "crc32c": 0, "sha256": "0" * 64, "rows": 1, "key_range": {"from": "", "to": ""}}
    },
}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (THIRD, {}, "I2: ids have a gap"),
        (SECOND, {"manifest_id": 3}, "I6: 2 says that it is 3"),
        (SECOND, {"parent_hash": "sha256:" + "0" * 64}, "I6: parent_hash"),
        (SECOND, {"commit_ulid": "0" * 26}, "I6: commit_ulid"),
        (SECOND, {"fencing_token": 0, "ledger_token": 0}, "I7: fencing_token goes down from 1 to 0"),
        (SECOND, {"fold_version": 0}, "I6: fold_version goes down"),
        (SECOND, {"snapshot_version": 2}, "I6: snapshot_version goes up by more"),
        (SECOND, {"ledger_token": 9}, "I6: ledger_token above fencing_token"),
        (SECOND, {"applied_sha256": "0" * 64}, "I6: applied_sha256"),
        (SECOND, {"parquet_position": 1}, "I6: files reach 0"),
        (SECOND, {"applied_position": 0, "applied_sha256": "0" * 64}, "I6: a row of the tail"),
        (
            SECOND,
            {"l0": [FLUSHED], "parquet_position": 1, "tail": {"rows": {}}},
            "I5: an artifact is named that is missing",
        ),
        (SECOND, {"format": 2}, "a fresh reader is told"),
    ],
)
def test_wrong_link_is_found(name: str, change: dict[str, Any], words: str) -> None:
    """A manifest that the publisher would have refused is reported by the rule that it breaks."""
    assert words in _broken_by(_creating(name, lambda document: document.update(change)))


def test_rewritten_manifest_is_found() -> None:
    """A manifest that is overwritten, even by what it said before in other bytes, is reported (I1)."""
    assert _broken_by(_rewriting(FIRST, _clear)).startswith("I1: ")
    assert _broken_by(_rewriting(FIRST, _keep)).startswith("I1: ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"holder_id": "z" * 16, "secret_sha256": "1" * 64, "sequence": 1}, "acquired below a published token"),
        ({"holder_id": "z" * 16, "secret_sha256": "1" * 64, "sequence": 2, "released": False}, "had not expired"),
        ({"released": False}, "a lease came back"),
    ],
)
def test_stolen_lock_is_found(change: dict[str, Any], words: str) -> None:
    """A lock that is written as nobody may write it is reported, whenever that happens."""

    async def holder(seat: Seat) -> None:
        lease = await acquired(seat, chain(seat))
        if lease is not None:
            await lease.release()

    def changed(document: dict[str, Any]) -> None:
        wanted = change if change.get("sequence") != 2 else change | {"sequence": document["sequence"] + 1}
        document.update(wanted)

    assert words in _broken_by(holder, _rewriting(LOCK, changed))


def test_two_who_believe_are_found() -> None:
    """A lease that is broken by force, where nobody may, leaves two who believe in theirs."""

    async def holder(seat: Seat) -> None:
        await acquired(seat, chain(seat))

    report = _broken_by(holder, _rewriting(LOCK, lambda document: document.update(released=True)), holder)

    assert report.startswith("two believe to hold the lease tokens=[2, 3]")


def _hasty(*, told: bool) -> Actor:
    """Give a publisher that takes an unknown outcome for a known one."""

    async def act(seat: Seat) -> None:
        links, at = chain(seat), desk(seat)
        lease = await acquired(seat, links)
        if lease is None:
            return
        newest = await links.newest(DOMAIN)
        permit = PermitIssuer.from_lock(lease).issue(newest)
        manifest = draft(seat, newest, permit.fencing_token)
        try:
            await at.publish(permit, newest, manifest)
        except OutcomeUnknownError:
            seat.note(Told(manifest.manifest_id, manifest.attempt, visible=told))
        else:
            seat.note(Told(manifest.manifest_id, manifest.attempt, visible=True))

    return act


@pytest.mark.parametrize("told", [True, False], ids=["visible", "not visible"])
def test_guessed_outcome_is_found(told: bool) -> None:  # noqa: FBT001 as pytest gives it
    """Who says *visible* of a write that never lands, or *not visible* of one that lands later, is reported."""
    report = _broken_by(_hasty(told=told), bounds=Bounds(delayed=2))

    assert f"was told to be {'visible' if told else 'not visible'} as 2" in report
    assert ("the world: put" in report) != told


def test_more_after_the_commit_is_found() -> None:
    """A publisher that asks for anything between the create and its answer is reported (I4)."""

    async def act(seat: Seat) -> None:
        links = chain(seat)
        lease = await acquired(seat, links)
        newest = await links.newest(DOMAIN)
        if lease is None:
            return
        manifest = draft(seat, newest, lease.token)
        bucket = ParkingBucket(seat.parking)
        assert isinstance(await bucket.put(SECOND, manifest.render(), ABSENT), Written)
        await bucket.get(SECOND)
        seat.note(Told(2, manifest.attempt, visible=True))

    assert "its publisher asks for more before it says so" in _broken_by(act)


def test_reader_that_goes_back_is_found() -> None:
    """A reader that forgets how far it was is reported."""

    async def reader(seat: Seat) -> None:
        newest = await chain(seat).newest(DOMAIN)
        assert isinstance(newest, Newest)
        seat.note(Found(newest.manifest_id, newest.manifest_hash))
        stored, _ = await _read_json(ParkingBucket(seat.parking), FIRST)
        seat.note(Found(1, compute_manifest_hash(stored.data)))

    async def writer(seat: Seat) -> None:
        links = chain(seat)
        lease = await acquired(seat, links)
        if lease is not None:
            await publish(seat, lease, desk(seat), links)

    assert "toy0 went back from 2 to 1" in _broken_by(reader, writer)


def test_error_that_nobody_expects_is_found() -> None:
    """An actor that ends with an error, and one that waits for nothing that could happen, are reported."""

    async def fails(seat: Seat) -> None:
        await seat.clock.sleep(1)
        message = "surprise"
        raise ValueError(message)

    async def hangs(seat: Seat) -> None:
        await seat.clock.sleep(1)
        await asyncio.get_running_loop().create_future()

    assert "toy0 ended with ValueError: surprise" in _broken_by(fails)
    assert "toy0 ended with waits for nothing" in _broken_by(hangs)


def test_report_can_be_replayed() -> None:
    """A report ends with the decisions that led there, and taking them again tells the same."""
    report = _broken_by(_rewriting(FIRST, _clear))
    scenario = Scenario("toys", (Role("toy0", _rewriting(FIRST, _clear)),), Bounds(), 0, before=genesis)
    choices = report.rpartition("--choices ")[2]
    told = replay(scenario, [int(choice) for choice in choices.split(".")])

    assert told[-1].startswith("broken: I1: ")
    assert "\n".join(told) in report


async def _two_reads(seat: Seat) -> None:
    bucket = ParkingBucket(seat.parking)
    await bucket.get("a")
    await bucket.get("a")


async def _one_write(seat: Seat) -> None:
    bucket = ParkingBucket(seat.parking)
    try:
        await bucket.put("b", b"data", ABSENT)
    except OutcomeUnknownError:
        seat.note(Told(0, "unknown", visible=False))


def _counted(*actors: Actor, bounds: Bounds | None = None) -> tuple[int, int, int]:
    roles = tuple(Role(f"toy{number}", actor) for number, actor in enumerate(actors))
    counts = explore(Scenario("toys", roles, bounds or Bounds(), 0))
    return counts.states, counts.moments, counts.transitions


def test_every_interleaving_is_taken() -> None:
    """Two actors of four places each, and of two reads each, make a grid, whose every edge is walked."""
    assert _counted(_two_reads) == (4, 4, 3)
    assert _counted(_two_reads, _two_reads) == (16, 16, 24)
    assert _counted(_two_reads, _two_reads, _two_reads) == (64, 64, 144)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        # Not started, waiting, done.
        (Bounds(), (3, 3, 2)),
        # And: crashed before it was sent, crashed with its write on its way, crashed after that landed.
        (Bounds(crashes=1), (5, 5, 4)),
        # And: done, told that nobody knows.
        (Bounds(lost=1), (4, 4, 3)),
        # And: not done, told that nobody knows; done later.
        (Bounds(delayed=1), (5, 5, 4)),
        # And: done, not answered yet, which differs from waiting in the content.
        (Bounds(held=1), (4, 4, 4)),
        # And: turned away; the actor gives up.
        (Bounds(refused=1), (4, 4, 3)),
    ],
    ids=str,
)
def test_every_fate_is_taken(bounds: Bounds, expected: tuple[int, int, int]) -> None:
    """One write meets every fault that the bounds allow, and no other."""
    assert _counted(_one_write, bounds=bounds) == expected


def test_state_met_again_with_more_left_is_gone_on_from() -> None:
    """A fault that is spent on the way to a state does not keep another way to it from spending it there."""

    async def write_and_read(bucket: ParkingBucket) -> None:
        try:
            await bucket.put("a", b"data", ABSENT)
            await bucket.get("a")
        except OutcomeUnknownError:
            return

    async def two_writes(seat: Seat) -> None:
        # With a lost reply the way to the second write is shorter: it is met first, and then nothing is left.
        await write_and_read(ParkingBucket(seat.parking))
        await _one_write(seat)

    # Not started, two writes and a read to wait for, done, and told that nobody knows of the second.
    assert _counted(two_writes, bounds=Bounds(lost=1))[0] == 6
