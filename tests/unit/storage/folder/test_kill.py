"""Processes that are killed while they write, with a real disk: what they said was answered is there."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from arco.storage.folder import open_folder
from tests.contract.asking import found
from tests.fakes.manual_clock import ManualClock
from tests.tree import ROOT
from tests.unit.storage.folder.story import kept_files
from tests.unit.storage.folder.writer import lock

WRITERS = ("a", "b")
LINES = (1, 7, 20)


def _killed(folder: Path, lines: int) -> list[str]:
    """Let two processes write until the first has said `lines` lines, kill both, and give all that they said."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.unit.storage.folder.writer", str(folder), writer],
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for writer in WRITERS
        ]
        pipes = [process.stdout for process in started]
        said = [line for pipe in pipes[:1] if pipe is not None for _ in range(lines) if (line := pipe.readline())]
        for process in started:
            process.kill()
        return said + [line for pipe in pipes if pipe is not None for line in pipe if line.endswith("\n")]


async def test_what_killed_writers_were_answered_is_there(tmp_path: Path) -> None:
    """After each of several kills the folder opens, holds every answered write, and no file too many."""
    truth: dict[str, tuple[str, str]] = {}
    for lines in LINES:
        said = _killed(tmp_path / "folder", lines)
        assert len(said) >= lines
        answered = [line.split() for line in said]
        truth |= {name: (version, text) for name, version, text in answered}
        async with open_folder(tmp_path / "folder", ManualClock()) as bucket:
            names = (await bucket.list_page("", "", 1000)).names
            for name, (version, text) in truth.items():
                stored = await found(bucket, name)
                # The last swap of a lock may have taken place without being answered.
                ahead = name in {lock(writer) for writer in WRITERS} and int(stored.data) > int(text)
                assert ahead or (stored.version, stored.data.decode()) == (version, text)
            for name in names:
                await found(bucket, name)
        assert len(kept_files(tmp_path / "folder")) == len(names)
