"""A process that contends for a domain of a workspace in a folder, and does what it is told by lines on its input.

    python -m tests.fakes.publishing_process FOLDER SEED

Each line is a command; each answer is one line of JSON. Its clock stands still until it is told to advance.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arco.errors import ArcoError
from arco.fencing import PublishPermit, VerifiedLease, force_break
from arco.manifests import Newest, Uninitialised, Visible
from arco.storage.folder import open_folder
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor
from tests.fakes.manual_clock import ManualClock
from tests.tree import ROOT

__all__ = ["Contender", "started"]


class _Process:
    def __init__(self, maker: Compactor) -> None:
        self.maker = maker
        self.newest: Newest | Uninitialised = Uninitialised(DOMAIN)
        self.kept: PublishPermit | None = None

    async def do(self, command: str, *words: str) -> object:
        """Do one command, and give what it tells."""
        try:
            found: object = await getattr(self, f"do_{command}")(*words)
        except ArcoError as error:
            return {"error": type(error).__name__, **vars(error)}
        return found

    async def do_acquire(self) -> int:
        return (await self.maker.lease()).token.value

    async def do_advance(self, seconds: str) -> None:
        self.maker.clock.advance(float(seconds))

    async def do_break(self) -> None:
        await force_break(self.maker.replica, DOMAIN)

    async def do_read(self) -> list[object]:
        self.newest = await self.maker.chain.newest(DOMAIN)
        token = self.newest.manifest.fencing_token if isinstance(self.newest, Newest) else 0
        return [self.newest.manifest_id, token, self.newest.manifest_hash]

    async def do_permit(self) -> None:
        self.kept = await self.maker.permit(self.newest)

    async def do_publish(self) -> list[object]:
        permit, self.kept = self.kept or await self.maker.permit(self.newest), None
        answer = await self.maker.publisher.publish(permit, self.newest, await self.maker.draft(self.newest))
        if isinstance(answer, Visible):
            self.newest = answer.newest
            self.maker.chain.published(answer.newest)
            return ["visible", answer.newest.manifest_id]
        return ["not visible", answer.manifest_id]

    async def do_renew(self) -> None:
        await (await self.maker.lease()).renew()

    async def do_verify(self) -> int:
        claim = (await self.maker.lease()).claim()
        return (await VerifiedLease.verify(self.maker.replica, DOMAIN, [claim])).token.value


class Contender:
    """The other end of the pipes: sends a command, and waits for its answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Talk to a process that has been started."""
        self.process = process

    def tell(self, command: str) -> Any:  # noqa: ANN401 JSON
        """Have a command done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def started(folder: Path, seed: int) -> Iterator[Contender]:
    """Start a process; it ends when its input does."""
    words = [sys.executable, "-m", "tests.fakes.publishing_process", str(folder), str(seed)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Contender(process)


async def _main(folder: str, seed: str) -> None:
    clock = ManualClock()
    async with open_folder(Path(folder), clock) as bucket:
        process = _Process(ChainBench(bucket, clock, seed=int(seed)).compactor())
        for line in sys.stdin:
            sys.stdout.write(json.dumps(await process.do(*line.split())) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
