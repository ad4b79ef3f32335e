"""Where a folder keeps what: paths that strangers read, a file for each version, and nothing outside."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from arco.errors import CorruptionError
from arco.storage.bucket import ABSENT
from arco.storage.folder import open_folder
from arco.storage.folder._opening import DATABASE
from tests.contract.asking import create, described, found, written
from tests.fakes.manual_clock import ManualClock
from tests.unit.storage.folder.story import DELTA, LOCK, SEGMENT, kept_files


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_duckdb_reads_the_layout_from_the_folder(tmp_path: Path) -> None:
    """A program that knows nothing of buckets reads a Parquet file by the path that the layout gives it."""
    source, folder = tmp_path / "source.parquet", tmp_path / "folder"
    with duckdb.connect() as database:
        database.sql("SELECT range AS n, 'x' || range AS name FROM range(1000)").write_parquet(str(source))
        async with open_folder(folder, ManualClock()) as bucket:
            await create(bucket, DELTA, source.read_bytes())
            files = f"{folder}/objects/tenant=*/workspace=*/l0/catalog/*/tables.parquet"
            query = "SELECT count(*), sum(n), any_value(tenant), any_value(workspace) FROM read_parquet(?)"
            row = database.execute(query, [files]).fetchone()

    assert (folder / "objects" / DELTA).is_file()
    assert row == (1000, 499500, "acme", "prod")


async def test_each_version_of_a_lock_has_a_file_of_its_own(tmp_path: Path) -> None:
    """A swap leaves the old file alone until its row is gone, and then removes it."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        first = await create(bucket, LOCK, b"one")
        (old,) = kept_files(tmp_path)
        written(await bucket.put(LOCK, b"two", first))
        (new,) = kept_files(tmp_path)

    assert old != new
    assert (old.exists(), new.read_bytes()) == (False, b"two")


async def test_overwriting_what_is_created_once_does_not_touch_its_file(tmp_path: Path) -> None:
    """A path of the layout holds what was created, or nothing: never the half of something else."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        first = await create(bucket, SEGMENT, b"one")
        second = written(await bucket.put(SEGMENT, b"two", first))

        assert not (tmp_path / "objects" / SEGMENT).exists()
        assert (await found(bucket, SEGMENT)).data == b"two"
        written(await bucket.delete(SEGMENT, second))
        assert not kept_files(tmp_path)
        await create(bucket, SEGMENT, b"three")
        assert (tmp_path / "objects" / SEGMENT).read_bytes() == b"three"


async def test_path_that_was_taken_again_is_not_removed(tmp_path: Path) -> None:
    """Whoever deleted an object and comes late to remove its file finds that another has created it anew."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, SEGMENT, b"anew")
        bucket._discard(f"objects/{SEGMENT}")  # noqa: SLF001 the end of a delete, at the worst moment

        assert (await found(bucket, SEGMENT)).data == b"anew"


@pytest.mark.parametrize("name", [SEGMENT, LOCK, "odd//name"])
@pytest.mark.parametrize(
    ("damage", "message"), [(b"nope", "checksum"), (b"dat", "size"), (b"datas", "size"), (None, "gone")]
)
async def test_damaged_file_is_corruption(tmp_path: Path, name: str, damage: bytes | None, message: str) -> None:
    """A file that is not what was written is never read as an object, and never as absence."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, name, b"data")
        (file,) = kept_files(tmp_path)
        if damage is None:
            file.unlink()
        else:
            file.write_bytes(damage)

        with pytest.raises(CorruptionError, match=message) as caught:
            await bucket.get(name)
        assert caught.value.name == name


@pytest.mark.parametrize("damage", [b"dat", None])
async def test_description_and_range_see_a_wrong_size(tmp_path: Path, damage: bytes | None) -> None:
    """A publisher that asks for the size of an artifact learns that its file is short, or gone."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, DELTA, b"data")

        assert (await described(bucket, DELTA)).size == 4
        (tmp_path / "objects" / DELTA).unlink()
        if damage is not None:
            (tmp_path / "objects" / DELTA).write_bytes(damage)
        with pytest.raises(CorruptionError):
            await bucket.head(DELTA)
        with pytest.raises(CorruptionError):
            await bucket.get_range(DELTA, 0, 1)


@pytest.mark.parametrize("name", [SEGMENT, "odd//name"])
@pytest.mark.parametrize("depth", [1, 2])
async def test_link_leads_nowhere(tmp_path: Path, name: str, depth: int) -> None:
    """A directory that somebody replaced by a link is an error: nothing is written or read behind it."""
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    async with open_folder(folder, ManualClock()) as bucket:
        root = "objects" if name == SEGMENT else "encoded"
        parts = [root, *("tenant=acme",)[: depth - 1]] if name == SEGMENT else [root, *("+odd%2f%2fname",)[: depth - 1]]
        place = folder.joinpath(*parts)
        if place.exists():
            place.rmdir()
        place.symlink_to(outside)

        with pytest.raises(CorruptionError):
            await bucket.put(name, b"data", ABSENT)
        assert await bucket.get(name) is ABSENT
    assert not _names(outside)


async def test_file_that_became_a_link_is_corruption(tmp_path: Path) -> None:
    """A link in the place of an object's file is not followed, whatever it leads to."""
    secret, folder = tmp_path / "secret", tmp_path / "folder"
    secret.write_bytes(b"data")
    async with open_folder(folder, ManualClock()) as bucket:
        await create(bucket, SEGMENT, b"data")
        file = folder / "objects" / SEGMENT
        file.unlink()
        file.symlink_to(secret)

        with pytest.raises(CorruptionError):
            await bucket.get(SEGMENT)


async def test_nothing_else_is_in_the_folder(tmp_path: Path) -> None:
    """The whole folder is a database and three directories: to copy it, close it and copy it."""
    async with open_folder(tmp_path, ManualClock()) as bucket:
        await create(bucket, SEGMENT)

    assert _names(tmp_path) == {DATABASE, "objects", "encoded", "tmp"}
