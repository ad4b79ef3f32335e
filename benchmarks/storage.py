"""Measure small puts, gets and swaps of every bucket, one after the other, beside a raw durable file.

The floor is what any durable write costs on this disk: write, sync, rename, sync of the directory. It is measured in
the same run, in turns with the buckets, so that ratios mean something on whatever machine this is. Buckets are those
that keep the contract (`tests/contract/`), without the decorators; Cloud Storage is an emulator on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arco.layout import Domain, LedgerKey, LockKey, Scope
from arco.storage.bucket import ABSENT, Absent, Bucket, Stored, Version, Written

_ROOT = Path(__file__).resolve().parents[1]
_DATA = b"x" * 500
_SCOPE = Scope("acme", "prod")
_LOCK = _SCOPE.prefix + LockKey(Domain.CATALOG).path
_FLOOR = "raw durable file"

Operation = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Contender:
    """Something that is measured: its operations, and for each the rates of all rounds, in operations a second."""

    name: str
    operations: dict[str, Operation]
    rates: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def rate(self, operation: str) -> float | None:
        """Give the median of the rounds, or None if there is no such operation."""
        return statistics.median(self.rates[operation]) if operation in self.rates else None


class _Segments:
    """Names of segments that nobody has used."""

    def __init__(self) -> None:
        self._position = 0

    def next(self) -> str:
        self._position += 1
        return _SCOPE.prefix + LedgerKey(Domain.CATALOG, self._position).path


def _raw(folder: Path) -> Contender:
    """Give the floor: a new file for each put, one that is replaced for each swap."""
    segments = _Segments()

    async def put() -> None:
        _durable(folder, segments.next().replace("/", "-"))

    async def swap() -> None:
        _durable(folder, "lock")

    async def get() -> None:
        (folder / "lock").read_bytes()

    return Contender(_FLOOR, {"put": put, "swap": swap, "get": get})


def _durable(folder: Path, name: str) -> None:
    with (folder / "temporary").open("wb", buffering=0) as file:
        file.write(_DATA)
        os.fsync(file.fileno())
    (folder / "temporary").rename(folder / name)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _of(name: str, bucket: Bucket) -> Contender:
    """Give a bucket's operations: create a segment, swap a lock, read the lock."""
    segments = _Segments()
    version: list[Version | Absent] = [ABSENT]

    async def put() -> None:
        _must(isinstance(await bucket.put(segments.next(), _DATA, ABSENT), Written), "put")

    async def swap() -> None:
        answer = await bucket.put(_LOCK, _DATA, version[0])
        if isinstance(answer, Written):
            version[0] = answer.version
        _must(isinstance(answer, Written), "swap")

    async def get() -> None:
        _must(isinstance(await bucket.get(_LOCK), Stored), "get")

    return Contender(name, {"put": put, "swap": swap, "get": get})


def _must(done: object, operation: str) -> None:
    if not done:
        sys.exit(f"the bucket refused a {operation}: nothing was measured")


async def _contenders(stack: AsyncExitStack, folder: Path) -> list[Contender]:
    sys.path.insert(0, str(_ROOT))
    kinds: Sequence[Any] = importlib.import_module("tests.contract.registry").kinds()
    found: list[Contender] = []
    # Decorated buckets have a comma in their names; a live one is not measured by accident.
    for number, kind in enumerate(kind for kind in kinds if "," not in kind.name and "live" not in kind.name):
        place = folder / str(number)
        place.mkdir()
        try:
            address = stack.enter_context(kind.store(place))
            found.append(_of(kind.name, await stack.enter_async_context(kind.open(address))))
        except (ImportError, OSError) as error:
            print(f"not measured: {kind.name}, for want of {error}")
    raw = folder / "raw"
    raw.mkdir()
    return [_raw(raw), *found]


async def _round(operation: Operation, seconds: float) -> float:
    """Give operations a second, after one that does not count."""
    await operation()
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        await operation()
        count += 1
    return count / elapsed


async def _measure(seconds: float, rounds: int) -> list[Contender]:
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            contenders = await _contenders(stack, Path(folder))
            for number in range(1, rounds + 1):
                for contender in contenders:
                    print(f"round {number} of {rounds}: {contender.name}", file=sys.stderr)
                    for name, operation in contender.operations.items():
                        rate = await _round(operation, seconds / rounds)
                        contender.rates.setdefault(name, []).append(rate)
    return contenders


def _table(contenders: Sequence[Contender]) -> None:
    operations = ("put", "swap", "get")
    floor = {operation: contenders[0].rate(operation) or 0.0 for operation in operations}
    print("  ".join([f"{'operations a second':24}", *(f"{operation:>8} of floor" for operation in operations)]))
    for contender in contenders:
        cells = [f"{contender.name:24}"]
        for operation in operations:
            rate = contender.rate(operation) or 0.0
            cells.append(f"{rate:8.0f} {rate / floor[operation]:8.2f}")
        print("  ".join(cells))


def main() -> None:
    """Measure every contender in turn, round by round, and print the medians beside the floor."""
    parser = argparse.ArgumentParser(description="Measure small puts, swaps and gets of every bucket.")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each operation of each bucket (default: 3)")
    parser.add_argument("--rounds", type=int, default=3, help="turns in which they are spent (default: 3)")
    arguments = parser.parse_args()
    _table(asyncio.run(_measure(arguments.seconds, arguments.rounds)))


if __name__ == "__main__":
    main()
