"""Writes to a folder until it is killed, and says what was answered, one line each: name, version, text.

python -m tests.unit.storage.folder.writer FOLDER WRITER
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from arco.storage.bucket import ABSENT, Absent, Version, Written
from arco.storage.folder import open_folder
from tests.fakes.manual_clock import ManualClock
from tests.unit.storage.folder.story import SCOPE

__all__ = ["lock", "segment"]


def segment(writer: str, number: int) -> str:
    """Name a segment of a writer's own workspace."""
    return f"{SCOPE.replace('prod', f'w{writer}')}ledger/catalog/{number:020d}.json"


def lock(writer: str) -> str:
    """Name a writer's lock."""
    return f"{SCOPE.replace('prod', f'w{writer}')}locks/catalog.lock.json"


async def _write(folder: Path, writer: str) -> None:
    async with open_folder(folder, ManualClock()) as bucket:
        found = await bucket.get(lock(writer))
        version: Version | Absent = ABSENT if found is ABSENT else found.version
        for number in itertools.count(1):
            if await bucket.head(segment(writer, number)) is not ABSENT:
                continue
            for name, expected in ((segment(writer, number), ABSENT), (lock(writer), version)):
                answer = await bucket.put(name, str(number).encode(), expected)
                assert isinstance(answer, Written), answer
                sys.stdout.write(f"{name} {answer.version} {number}\n")
                sys.stdout.flush()
                version = answer.version


if __name__ == "__main__":
    asyncio.run(_write(Path(sys.argv[1]), sys.argv[2]))
