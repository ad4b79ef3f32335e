"""The event loop never waits for the disk, readers never for a writer, and what they read is one version's."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from arco.storage.bucket import ABSENT, Bucket, Stored, Version
from arco.storage.folder import open_folder
from arco.storage.folder._database import Database, Row
from arco.storage.folder._opening import DATABASE, open_database
from arco.storage.folder.files import SystemFiles
from tests.contract.asking import create, found, written
from tests.fakes.manual_clock import ManualClock
from tests.fakes.watched_files import watched
from tests.unit.storage.folder.story import LOCK, SEGMENT

SECONDS_MAX = 5
# Two hundred such commits make several times as much.
LOG_BYTES_MAX = 500_000


async def test_neither_loop_nor_reader_waits_for_a_sync(tmp_path: Path) -> None:
    """While one write stands in its sync, other tasks run, and other objects are read."""
    syncing, may_go_on = threading.Event(), threading.Event()

    def before(step: str, path: str) -> None:
        if step == "fsync" and path == "tmp/2":
            syncing.set()
            assert may_go_on.wait(SECONDS_MAX), "the loop stood still"

    async with open_folder(tmp_path, ManualClock(), watched(before)) as bucket:
        await create(bucket, SEGMENT, b"data")
        write = asyncio.create_task(create(bucket, LOCK, b"lock"))
        await asyncio.to_thread(syncing.wait, SECONDS_MAX)
        during, lock = await found(bucket, SEGMENT), await bucket.get(LOCK)
        may_go_on.set()
        await write

    assert during.data == b"data"
    assert lock is ABSENT


async def test_cancelled_write_takes_place_or_not(tmp_path: Path) -> None:
    """A write that its caller no longer waits for leaves the bucket whole."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        tasks = [asyncio.create_task(create(bucket, f"n/{number}", b"data")) for number in range(8)]
        await asyncio.sleep(0.005)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with open_folder(tmp_path, ManualClock()) as bucket:
        for name in (await bucket.list_page("", "", 10)).names:
            assert (await found(bucket, name)).data == b"data"


@pytest.mark.parametrize("name", [SEGMENT, LOCK])
async def test_reader_sees_one_version_whole_while_it_is_replaced(tmp_path: Path, name: str) -> None:
    """Between row and file the object may be swapped, deleted and created again at the same path: still one version."""
    content: dict[Version, bytes] = {}
    done = asyncio.Event()

    async def write(bucket: Bucket) -> None:
        for number in range(40):
            data = bytes([number]) * 5000
            version = await create(bucket, name, data)
            content[version] = data
            if number % 3 == 0:
                version = written(await bucket.put(name, data, version))
                content[version] = data
            written(await bucket.delete(name, version))
        done.set()

    async def read(bucket: Bucket) -> list[Stored]:
        seen: list[Stored] = []
        while not done.is_set():
            stored = await bucket.get(name)
            seen += [] if stored is ABSENT else [stored]
            part = await bucket.get_range(name, 100, 4900)
            assert part is ABSENT or (len(part), len(set(part))) == (4800, 1)
        return seen

    async with open_folder(tmp_path, ManualClock()) as writer, open_folder(tmp_path, ManualClock()) as reader:
        _, *readers = await asyncio.gather(write(writer), read(reader), read(writer))

    assert all(readers)
    assert all(stored.data == content[stored.version] for seen in readers for stored in seen)


def test_log_is_moved_into_the_database_under_the_write_lock(tmp_path: Path) -> None:
    """The log stays small without SQLite's automatic checkpoints, which may meet another's commit."""
    open_database(tmp_path, SystemFiles(tmp_path), 1.0).close()
    database = Database(tmp_path / DATABASE, 1.0, checkpoint_versions=8)
    sizes: list[int] = []
    for number in range(1, 201):
        with database.writing("put", "x") as transaction:
            transaction.record(Row(b"x" * 900 + str(number).encode(), number, 1, 1, 1, f"encoded/@{number}"))
            transaction.commit()
        database.checkpoint_after(number)
        sizes.append((tmp_path / f"{DATABASE}-wal").stat().st_size)
    with database.reading("get", "x") as connection:
        automatic = connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
        synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    database.close()

    assert max(sizes) < LOG_BYTES_MAX
    assert (automatic, synchronous) == (0, 2)


def test_log_is_not_moved_while_another_could_commit(tmp_path: Path) -> None:
    """A checkpoint waits for the write lock, and lets it be if it does not get it."""
    open_database(tmp_path, SystemFiles(tmp_path), 1.0).close()
    database = Database(tmp_path / DATABASE, 0.05, checkpoint_versions=1)
    with database.writing("put", "x") as transaction:
        transaction.record(Row(b"x", 1, 1, 1, 1, "encoded/@1"))
        transaction.commit()
    before = (tmp_path / DATABASE).read_bytes()
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as neighbour:
        neighbour.execute("BEGIN IMMEDIATE")
        database.checkpoint_after(1)
        during = (tmp_path / DATABASE).read_bytes()
        neighbour.execute("ROLLBACK")
        database.checkpoint_after(1)
        after = (tmp_path / DATABASE).read_bytes()
    database.close()

    assert during == before
    assert after != before


def test_version_of_a_write_that_was_undone_may_come_again_but_no_other(tmp_path: Path) -> None:
    """The counter moves with the commit: numbers go up, whatever is deleted in between."""
    database = open_database(tmp_path, SystemFiles(tmp_path), 1.0)
    taken: list[int] = []
    for commits in (True, False, True, True):
        with database.writing("put", "x") as transaction:
            number = transaction.next_number()
            if commits:
                transaction.commit()
                taken.append(number)
    database.close()

    assert taken == [1, 2, 3]
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("SELECT last FROM counter").fetchall() == [(3,)]
