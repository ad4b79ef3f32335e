"""Whose a folder is, which format it has, and what is cleared away in it when it is opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from arco.errors import InputError
from arco.storage.folder import FolderBucket, open_folder
from arco.storage.folder._opening import DATABASE
from tests.contract.asking import create, found
from tests.fakes.manual_clock import ManualClock
from tests.unit.storage.folder.story import LOCK, SEGMENT


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def _refused(folder: Path) -> str:
    before = _files(folder)
    with pytest.raises(InputError) as caught:
        FolderBucket(folder, ManualClock())
    assert _files(folder) - {f"{DATABASE}-wal", f"{DATABASE}-shm"} == before
    return str(caught.value)


async def test_folder_is_made_and_found_again(tmp_path: Path) -> None:
    """What one handle has written is there for the next, after the first is closed."""
    async with open_folder(tmp_path / "new", ManualClock()) as bucket:
        version = await create(bucket, SEGMENT, b"data")

    async with open_folder(tmp_path / "new", ManualClock()) as bucket:
        stored = await found(bucket, SEGMENT)

    assert (stored.data, stored.version) == (b"data", version)


async def test_folder_of_another_format_is_refused(tmp_path: Path) -> None:
    """The message names the folder, the format that was found, and the one that is wanted."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, SEGMENT)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 7")
    message = _refused(tmp_path)

    assert message.startswith(f"{tmp_path}: ")
    assert message.endswith("found=7 wanted=1")


def test_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    """Somebody's folder is left as it is, without a file of ours in it."""
    (tmp_path / "holiday.jpg").write_bytes(b"beach")
    message = _refused(tmp_path)

    assert "not empty" in message
    assert "found='holiday.jpg'" in message


def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """A database that has our database's name, and other tables, is not ours."""
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")

    assert "no bucket of ours" in _refused(tmp_path)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file that has our database's name is not overwritten."""
    (tmp_path / DATABASE).write_bytes(b"this is no database\n" * 99)

    assert "no bucket of ours" in _refused(tmp_path)


def test_empty_database_among_other_files_is_refused(tmp_path: Path) -> None:
    """An empty database is ours only where nothing else is."""
    (tmp_path / DATABASE).touch()
    (tmp_path / "holiday.jpg").write_bytes(b"beach")

    assert "no bucket of ours" in _refused(tmp_path)


@pytest.mark.parametrize("place", ["file", "absent/folder", "file/folder"])
def test_place_that_can_hold_no_folder_is_refused(tmp_path: Path, place: str) -> None:
    """One folder is made, in a directory that is there; nothing above it is."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(InputError, match="no folder can be made here"):
        FolderBucket(tmp_path / place, ManualClock())
    assert _files(tmp_path) == {"file"}


async def test_first_open_that_was_cut_short_is_done_again(tmp_path: Path) -> None:
    """A database that was made and never became ours, beside directories that were, is no stranger's."""
    (tmp_path / DATABASE).touch()
    (tmp_path / "objects").mkdir()
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, SEGMENT, b"data")

        assert (await found(bucket, SEGMENT)).data == b"data"


async def test_what_no_row_names_is_removed(tmp_path: Path) -> None:
    """Files of writes that never became true go when the folder is opened; those of objects stay."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, SEGMENT, b"segment")
        await create(bucket, LOCK, b"lock")
    kept = _files(tmp_path)
    for path in ("tmp/17", "encoded/+abc/@16", "objects/tenant=acme/workspace=prod/ledger/stray.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"left over")
    (tmp_path / "objects" / "link").symlink_to("/")
    async with open_folder(tmp_path, ManualClock()) as bucket:
        segment, lock = await found(bucket, SEGMENT), await found(bucket, LOCK)

    assert _files(tmp_path) == kept
    assert (segment.data, lock.data) == (b"segment", b"lock")
