"""`arco emulator`: serve Cloud Storage's JSON API under the IAM of a Terraform input."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from arco.emulator.service import Emulator, OpenBucket
    from arco.storage.bucket import Bucket

__all__ = ["add_to"]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `emulator`."""
    summary = "serve Cloud Storage's JSON API, enforcing the IAM of a Terraform input"
    parser = commands.add_parser("emulator", help=summary, allow_abbrev=False)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--plan", metavar="FILE", help="plan in JSON (terraform show -json PLAN)")
    source.add_argument("--terraform", metavar="DIR", help="root module's directory")
    parser.add_argument("--var-file", metavar="FILE", action="append", default=[], help="tfvars (repeatable)")
    parser.add_argument("--data", metavar="DIR", help="keep objects in this folder (default: in memory, until the end)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", metavar="N", type=int, default=4443, help="0 takes a free one (default: %(default)s)")
    parser.add_argument(
        "--tokens-out", metavar="FILE", help="write endpoint and one token per service account, as JSON"
    )
    parser.set_defaults(run=_run, format="plain")


def _run(arguments: argparse.Namespace) -> tuple[str, int]:
    return asyncio.run(_serve(arguments))


async def _serve(arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.emulator.service import Options, open_emulator
    from arco.policy.grants import collect
    from arco.policy.terraform import load
    from arco.runtime import SystemClock, SystemRandomness

    grants = collect(load(arguments.plan or arguments.terraform, arguments.var_file))
    options = Options(host=arguments.host, port=arguments.port)
    opening = _opener(arguments.data)
    async with open_emulator(
        grants, opening, clock=SystemClock(), randomness=SystemRandomness(), options=options
    ) as emulator:
        if arguments.tokens_out:
            _write_tokens(arguments.tokens_out, emulator)
        print(f"serving {len(emulator.desk.stores)} buckets on {emulator.endpoint}", file=sys.stderr, flush=True)
        await _stopped()
    return "", 0


def _opener(data: str | None) -> OpenBucket:
    from contextlib import asynccontextmanager
    from pathlib import Path

    from arco.runtime import SystemClock
    from arco.storage.folder import open_folder
    from arco.storage.memory import MemoryBucket

    def opened(bucket: str, part: str) -> AbstractAsyncContextManager[Bucket]:
        if data is not None:
            folder = Path(data) / bucket / part
            folder.mkdir(parents=True, exist_ok=True)
            return open_folder(folder, SystemClock())

        @asynccontextmanager
        async def in_memory() -> AsyncIterator[Bucket]:
            yield MemoryBucket(SystemClock())

        return in_memory()

    return opened


def _write_tokens(path: str, emulator: Emulator) -> None:
    """Write the credentials where nobody else can read them, and only whole."""
    issued = emulator.issue_tokens().values()
    tokens = [{"member": one.member, "token": one.token, "expires_at": one.expires_at} for one in issued]
    text = json.dumps({"endpoint": emulator.endpoint, "tokens": tokens}, indent=2) + "\n"
    draft = f"{path}.{os.getpid()}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
    os.replace(draft, path)  # noqa: PTH105


async def _stopped() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
