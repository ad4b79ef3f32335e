"""The power fails, or a process is killed, at any moment: what was answered is there, the rest whole or absent.

The disk is simulated at its worst (`tests/fakes/unsynced_disk.py`), SQLite's commit taken to be atomic and durable.
A failure names the moment, and what survived.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from arco.storage.bucket import ABSENT, Written
from arco.storage.folder._opening import DATABASE
from tests.fakes.unsynced_disk import DeathError, Disk
from tests.unit.storage.folder.story import (
    DELTA,
    LOCK,
    SEGMENT,
    STORY,
    Told,
    Write,
    dies_somewhere,
    live_through,
    open_on,
    truth_holds,
)

MOMENTS_MIN = 90


def _power_cut(directory: Path, disk: Disk) -> Iterator[tuple[str, Path, Disk]]:
    """Give each folder that a power cut may leave, once: a copy of the database, and a disk."""
    seen: list[tuple[bool, dict[str, bytes], set[str]]] = []
    for number, (words, after) in enumerate(disk.outcomes()):
        looks = ("" in after.live, after.files(), set(after.live))
        if looks in seen:
            continue
        seen.append(looks)
        copy = directory.parent / f"after-{number}"
        copy.mkdir()
        if "" in after.live and (directory / DATABASE).exists():
            shutil.copyfile(directory / DATABASE, copy / DATABASE)
        yield words, copy, after
        shutil.rmtree(copy)


async def _recovers(words: str, directory: Path, disk: Disk, told: Told, *, writes: bool) -> None:
    """Open what is left, hold the truth, and, if told to, go on writing."""
    try:
        bucket, _ = open_on(directory, disk)
        try:
            await truth_holds(bucket, disk, told)
            if writes:
                answer = await bucket.put("the next", b"data", ABSENT)
                assert isinstance(answer, Written)
                assert answer.version not in told.versions
        finally:
            await bucket.close()
    except Exception as error:
        error.add_note(words)
        raise


async def test_story_ends_well_without_a_death(tmp_path: Path) -> None:
    """The story is long enough to be worth dying in, and true at its end."""
    disk, told = Disk(), Told()
    bucket, files = open_on(tmp_path, disk)
    await live_through(bucket, STORY, told)
    await truth_holds(bucket, disk, told)
    await bucket.close()

    assert files.moments > MOMENTS_MIN


async def test_power_cut_at_any_moment_loses_nothing_answered(tmp_path: Path) -> None:
    """Whichever of the steps that were not synced survive, recovery finds the truth."""
    moment = 0
    while True:
        directory, disk, told = tmp_path / f"{moment}" / "folder", Disk(), Told()
        directory.mkdir(parents=True)
        died = await dies_somewhere(directory, disk, moment, told)
        for number, (words, copy, after) in enumerate(_power_cut(directory, disk)):
            await _recovers(f"power cut at moment={moment} {words}", copy, after, told, writes=number == 0)
        shutil.rmtree(directory.parent)
        if not died:
            break
        moment += 1

    assert moment > MOMENTS_MIN


@pytest.mark.parametrize("open_before", [True, False], ids=["neighbour", "successor"])
async def test_killed_process_leaves_nothing_that_others_build_on(tmp_path: Path, *, open_before: bool) -> None:
    """One process is killed at any moment, another goes on in the same directories, and then the power fails.

    What the first made and never synced is there for the second to see, and not on the platter.
    """
    more = [Write(name.replace("catalog", "lineage"), b"of the other") for name in (SEGMENT, LOCK, DELTA)]
    more += [
        Write(DELTA.replace("tables", "columns"), b"same attempt"),
        Write(SEGMENT.replace("1.json", "3.json"), b"3"),
    ]
    moment = 0
    while True:
        directory, disk, told = tmp_path / f"{moment}" / "folder", Disk(), Told()
        directory.mkdir(parents=True)
        other = open_on(directory, disk)[0] if open_before else None
        died = await dies_somewhere(directory, disk, moment, told)
        unanswered = told.unanswered
        other = other or open_on(directory, disk)[0]
        await live_through(other, more, told)
        await other.close()
        told.unanswered = unanswered
        for words, copy, after in _power_cut(directory, disk):
            await _recovers(f"killed at moment={moment}, then power cut {words}", copy, after, told, writes=False)
        shutil.rmtree(directory.parent)
        if not died:
            break
        moment += 1

    assert moment > MOMENTS_MIN


async def test_death_in_recovery_is_recovered_from(tmp_path: Path) -> None:
    """A recovery that is cut short is done again, whichever moment it had reached."""
    recoveries, moment, died = 0, 0, True
    while died:
        directory, disk, told = tmp_path / f"{moment}" / "folder", Disk(), Told()
        directory.mkdir(parents=True)
        died = await dies_somewhere(directory, disk, moment, told)
        for again in range(MOMENTS_MIN):
            try:
                bucket, _ = open_on(directory, disk, again)
            except DeathError:
                recoveries += 1
            else:
                await bucket.close()
                break
        await _recovers(f"died at moment={moment}, then while recovering", directory, disk, told, writes=False)
        shutil.rmtree(directory.parent)
        moment += 1

    assert recoveries > moment > MOMENTS_MIN
