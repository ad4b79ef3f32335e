"""A story of writes that a bucket lives through, and what must be true however it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from arco.storage.bucket import ABSENT, Absent, Bucket, Stored, Version, Written
from arco.storage.folder import Files, FolderBucket
from tests.fakes.manual_clock import ManualClock
from tests.fakes.unsynced_disk import DeathError, Disk, MortalFiles

__all__ = [
    "DELTA",
    "LOCK",
    "SEGMENT",
    "STORY",
    "Told",
    "Write",
    "dies_somewhere",
    "kept_files",
    "live_through",
    "open_on",
    "truth_holds",
]

SCOPE = "tenant=acme/workspace=prod/"
SEGMENT = f"{SCOPE}ledger/catalog/{1:020d}.json"
SECOND = f"{SCOPE}ledger/catalog/{2:020d}.json"
DELTA = f"{SCOPE}l0/catalog/{7:020d}-0123456789abcdef/tables.parquet"
LOCK = f"{SCOPE}locks/catalog.lock.json"
LONG = "//../" + "\u00e9" * 40


@dataclass(frozen=True, slots=True)
class Write:
    """A write of `data` under `name` at whatever stands there; a delete without data."""

    name: str
    data: bytes | None


STORY = (
    Write(SEGMENT, b"first segment"),
    Write(LOCK, b"lock 1"),
    Write(LOCK, b"lock 2, longer"),
    Write(LOCK, b"lock 3"),
    Write(DELTA, b"delta"),
    Write(SECOND, b"second segment"),
    Write(SECOND, b"overwritten, though nobody should"),
    Write(DELTA, None),
    Write(DELTA, b"delta again"),
    Write(LONG, b"long"),
    Write(LOCK, None),
    Write(LOCK, b"lock 4"),
)


@dataclass(slots=True)
class Told:
    """What the bucket has answered: the truth of each name, all versions, and the write that it did not answer."""

    truth: dict[str, tuple[Version, bytes]] = field(default_factory=dict[str, tuple[Version, bytes]])
    versions: set[Version] = field(default_factory=set[Version])
    unanswered: Write | None = None


async def live_through(bucket: Bucket, story: Sequence[Write], told: Told) -> None:
    """Write one after the other and note each answer."""
    for write in story:
        told.unanswered = write
        before = told.truth.get(write.name)
        version: Version | Absent = ABSENT if before is None else before[0]
        if write.data is None:
            assert version is not ABSENT
            assert isinstance(await bucket.delete(write.name, version), Written)
            del told.truth[write.name]
        else:
            answer = await bucket.put(write.name, write.data, version)
            assert isinstance(answer, Written), answer
            told.truth[write.name] = (answer.version, write.data)
            told.versions.add(answer.version)
        told.unanswered = None


def open_on(directory: Path, disk: Disk, dies_at: int | None = None) -> tuple[FolderBucket, MortalFiles]:
    """Open a bucket whose files are on a simulated disk, and whose database is in a real directory."""
    files = MortalFiles(disk, dies_at)
    factory: Callable[[Path], Files] = lambda _: files  # noqa: E731 a factory of one
    return FolderBucket(directory, ManualClock(), factory), files


async def truth_holds(bucket: Bucket, disk: Disk, told: Told) -> None:
    """Hold that all that was answered is there, that the rest is whole or absent, and that no file is left over."""
    seen: set[str] = set()
    for name in {*told.truth, *(write.name for write in STORY)}:
        found = await bucket.get(name)
        content = found.data if isinstance(found, Stored) else None
        seen |= {name} if content is not None else set()
        truth = told.truth.get(name)
        if told.unanswered is not None and name == told.unanswered.name and content == told.unanswered.data:
            continue
        assert content == (None if truth is None else truth[1]), f"{name}: {content!r} instead of {truth}"
        assert not isinstance(found, Stored) or truth is None or found.version == truth[0]
    assert set((await bucket.list_page("", "", 1000)).names) == seen
    assert len(disk.files()) == len(seen), f"files={sorted(disk.files())} objects={sorted(seen)}"


def kept_files(folder: Path) -> list[Path]:
    """Give every file of the folder that is not the database's."""
    return sorted(path for path in folder.rglob("*/*") if not path.is_dir())


async def dies_somewhere(directory: Path, disk: Disk, moment: int, told: Told) -> bool:
    """Open, and live through the story until the process dies at `moment`; tell whether it did."""
    try:
        bucket, _ = open_on(directory, disk, moment)
    except DeathError:
        return True
    try:
        await live_through(bucket, STORY, told)
    except DeathError:
        return True
    finally:
        await bucket.close()
    return False
