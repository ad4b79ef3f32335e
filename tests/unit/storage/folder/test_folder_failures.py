"""What a full disk, a missing right, a busy neighbour or a failed commit looks like to the caller."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from arco.errors import (
    AccessDeniedError,
    ArcoError,
    CorruptionError,
    OutcomeUnknownError,
    UnavailableError,
    UsageError,
)
from arco.storage.bucket import ABSENT
from arco.storage.folder import FolderBucket, open_folder
from arco.storage.folder._database import Transaction
from arco.storage.folder._failures import translated
from arco.storage.folder._opening import DATABASE
from tests.contract.asking import create, found, written
from tests.fakes.manual_clock import ManualClock
from tests.fakes.watched_files import watched
from tests.unit.storage.folder.story import LOCK, SEGMENT, kept_files


class _Failing:
    """Fails one kind of step, from when it is told to until it is told again."""

    def __init__(self, step: str, number: int) -> None:
        self.step, self.number, self.armed = step, number, False

    def __call__(self, step: str, path: str) -> None:
        if self.armed and step == self.step:
            raise OSError(self.number, os.strerror(self.number), path)


@pytest.mark.parametrize("step", ["mkdir", "write", "fsync", "rename", "fsync_directory"])
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, UnavailableError),
        (errno.EDQUOT, UnavailableError),
        (errno.EIO, UnavailableError),
        (errno.EACCES, AccessDeniedError),
        (errno.EROFS, AccessDeniedError),
        (errno.ENOTDIR, CorruptionError),
    ],
)
async def test_step_that_fails_writes_nothing(
    tmp_path: Path, step: str, number: int, expected: type[ArcoError]
) -> None:
    """A write whose file could not be made durable did not take place, leaves no file, and can be tried again."""
    failing = _Failing(step, number)
    async with open_folder(tmp_path, ManualClock(), watched(failing)) as bucket:
        failing.armed = True

        with pytest.raises(expected):
            await bucket.put(SEGMENT, b"data", ABSENT)
        assert not kept_files(tmp_path)
        failing.armed = False
        assert await bucket.get(SEGMENT) is ABSENT
        await create(bucket, SEGMENT, b"data")
        assert (await found(bucket, SEGMENT)).data == b"data"


async def test_old_file_that_cannot_be_removed_changes_no_answer(tmp_path: Path) -> None:
    """The swap has been committed: it is answered, and the old file waits for the next opening."""
    failing = _Failing("unlink", errno.EACCES)
    async with open_folder(tmp_path, ManualClock(), watched(failing)) as bucket:
        first = await create(bucket, LOCK, b"one")
        failing.armed = True
        written(await bucket.put(LOCK, b"two", first))

        assert (await found(bucket, LOCK)).data == b"two"
    async with open_folder(tmp_path, ManualClock()) as bucket:
        assert (await found(bucket, LOCK)).data == b"two"
    assert len(kept_files(tmp_path)) == 1


async def test_right_that_is_missing_for_reading_is_denied(tmp_path: Path) -> None:
    """Not being allowed to read is neither absence nor corruption."""
    failing = _Failing("read", errno.EACCES)
    async with open_folder(tmp_path, ManualClock(), watched(failing)) as bucket:
        await create(bucket, SEGMENT)
        failing.armed = True

        with pytest.raises(AccessDeniedError) as caught:
            await bucket.get(SEGMENT)
        assert caught.value.name == SEGMENT


async def test_writer_that_holds_the_folder_makes_others_unavailable(tmp_path: Path) -> None:
    """Whoever waits too long for the write lock is told to try again; reading goes on meanwhile."""
    bucket = FolderBucket(tmp_path, ManualClock(), busy_seconds=0.05)
    version = await create(bucket, SEGMENT, b"data")
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as neighbour:
        neighbour.execute("BEGIN IMMEDIATE")

        with pytest.raises(UnavailableError):
            await bucket.put(LOCK, b"lock", ABSENT)
        with pytest.raises(UnavailableError):
            await bucket.delete(SEGMENT, version)
        assert (await found(bucket, SEGMENT)).data == b"data"
        neighbour.execute("ROLLBACK")
    await create(bucket, LOCK)
    await bucket.close()


def test_commit_that_fails_is_of_unknown_fate() -> None:
    """What SQLite cannot confirm may be on the disk all the same: the caller reads to find out."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("CREATE TABLE a (b REFERENCES a (rowid) DEFERRABLE INITIALLY DEFERRED)")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE c (d PRIMARY KEY)")
        connection.execute("CREATE TABLE e (f REFERENCES c (d) DEFERRABLE INITIALLY DEFERRED)")
        connection.execute("INSERT INTO e VALUES (1)")

        with pytest.raises(OutcomeUnknownError) as caught:
            Transaction(connection, SEGMENT).commit()
    assert caught.value.name == SEGMENT


def test_full_database_is_a_full_disk() -> None:
    """SQLite's own word for a full disk means what the disk's does."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE a (b)")
        connection.execute("PRAGMA max_page_count = 2")

        with pytest.raises(UnavailableError, match="the disk is full"), translated("put", SEGMENT):
            connection.execute("INSERT INTO a VALUES (zeroblob(100000))")


async def test_damaged_database_is_corruption(tmp_path: Path) -> None:
    """Rows that cannot be read are not absent objects."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, SEGMENT)
    with (tmp_path / DATABASE).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 4)

    with pytest.raises(CorruptionError):
        async with open_folder(tmp_path, ManualClock()) as bucket:
            await bucket.get(SEGMENT)


async def test_closed_bucket_is_a_mistake(tmp_path: Path) -> None:
    """After its end a handle does nothing; closing it twice is fine, and others go on."""
    async with open_folder(tmp_path, ManualClock()) as other:
        bucket = FolderBucket(tmp_path, ManualClock())
        await create(bucket, SEGMENT)
        await bucket.close()
        await bucket.close()

        with pytest.raises(UsageError):
            await bucket.get(SEGMENT)
        with pytest.raises(UsageError):
            await bucket.put(LOCK, b"", ABSENT)
        assert (await found(other, SEGMENT)).data == b"content"
