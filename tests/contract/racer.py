"""Racers: threads that each run an event loop with a handle of its own, in this process or in several.

    python -m tests.contract.racer KIND ADDRESS RACERS RUNNER ROUNDS VERSION...

says `ready`, waits for a line, and prints a list: for each racer of the process, its answer in each round.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from arco.storage.bucket import ABSENT, Absent, Version, Written
from tests.contract.registry import Kind, kind_named
from tests.tree import ROOT

__all__ = ["contest", "race_in_processes", "race_in_threads"]

SECONDS_MAX = 120


def contest(number: int) -> str:
    """Name the object of a round."""
    return f"contest/{number:03d}"


def race_in_threads(
    kind: Kind, address: str, racers: range, versions: list[Version | Absent], start: threading.Barrier | None = None
) -> list[list[bool]]:
    """Let each racer put its number under each round's name, at that round's version; tell who won what."""
    gate = start or threading.Barrier(len(racers))

    async def race(racer: int) -> list[bool]:
        async with kind.open(address) as bucket:
            await bucket.get(contest(0))  # connections are made before the start, not in the race
            gate.wait(SECONDS_MAX)
            answers = [
                await bucket.put(contest(number), str(racer).encode(), version)
                for number, version in enumerate(versions)
            ]
        return [isinstance(answer, Written) for answer in answers]

    with ThreadPoolExecutor(len(racers)) as pool:
        return list(pool.map(lambda racer: asyncio.run(race(racer)), racers))


def race_in_processes(
    kind: Kind, address: str, processes: int, each: int, versions: list[Version | Absent]
) -> list[list[bool]]:
    """Race as above with `each` racers in each of `processes` processes, all started at once."""
    asked = ["" if version is ABSENT else version for version in versions]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "tests.contract.racer",
                        kind.name,
                        address,
                        str(number * each),
                        str(each),
                        *asked,
                    ],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number in range(processes)
        ]
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=SECONDS_MAX)[0] for process in started]
    return [won for output in outputs for won in json.loads(output)]


def main(kind: str, address: str, first: str, each: str, *asked: str) -> None:
    """Race in this process when the line comes."""
    racers = range(int(first), int(first) + int(each))

    def wait_for_the_line() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()

    start = threading.Barrier(len(racers), action=wait_for_the_line)
    versions: list[Version | Absent] = [Version(text) if text else ABSENT for text in asked]
    json.dump(race_in_threads(kind_named(kind), address, racers, versions, start), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
