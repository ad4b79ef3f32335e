"""Time whole checks of large plans, as new processes: ten times the grants take about ten times as long.

The plans are those of `tests/fakes/large_plan.py`, with a matrix and without one. Each is judged clean, and each with
one slash dropped near its end: that must be found, or the times mean nothing. Seconds of the processor are shown
beside those of the clock, and are what is held to the promise, since other processes disturb them less.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_ARCO = Path(sys.executable).with_name("arco")
_MATRIX = ("--matrix", str(_ROOT / "infra/access_matrix.txt"))
_SECONDS_MAX = 5.0
_RATIO_MAX = 12.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of plan: how its text is made for so many grants, and the options with which it is clean."""

    name: str
    make: Callable[[int], str]
    options: Sequence[str]


def _kinds(plans: Any) -> list[Kind]:  # noqa: ANN401 - a module of the tests
    def catalog(grants: int) -> str:
        return str(plans.catalog_plan(grants // plans.CATALOG_GRANTS))

    return [Kind("catalog, with its matrix", catalog, _MATRIX), Kind("teams, no matrix", plans.teams_plan, ())]


@dataclass(frozen=True, slots=True)
class Run:
    """One new process: seconds by the clock and of the processor, its exit code and its last line."""

    wall: float
    busy: float
    code: int
    last: str


def _run(plan: Path, options: Sequence[str]) -> Run:
    """Check a plan in a new process."""
    # Users keep compiled modules; an environment that forbids them would measure the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [str(_ARCO), "policy", "check", str(plan), *options]
    start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Run(wall, busy, done.returncode, (done.stdout or done.stderr).strip().rpartition("\n")[2])


def _measured(kind: Kind, grants: int, runs: int, folder: Path, faulty: Callable[[str], str]) -> float:
    """Give the median seconds of the processor, once it is sure that the plan is clean and its fault is found."""
    text = kind.make(grants)
    wrong, clean = folder / "wrong.json", folder / "clean.json"
    wrong.write_text(faulty(text))
    clean.write_text(text)
    found = _run(wrong, kind.options)
    if found.code != 1:
        sys.exit(f"{kind.name}, {grants} grants: the fault was not found: exit code {found.code}: {found.last}")
    done = [_run(clean, kind.options) for _ in range(runs)]
    for run in done:
        if run.code != 0:
            sys.exit(f"{kind.name}, {grants} grants: not clean: exit code {run.code}: {run.last}")
    wall, busy = (statistics.median(seconds) for seconds in ([run.wall for run in done], [run.busy for run in done]))
    print(f"{kind.name:26}  {grants:6}  {len(text) / 1e6:5.1f}  {wall:7.2f}  {busy:9.2f}", flush=True)
    return busy


def main() -> None:
    """Print the table, and fail where the promise is not kept."""
    parser = argparse.ArgumentParser(description="Time whole checks of large plans, as new processes.")
    parser.add_argument("--grants", type=int, nargs="+", default=[1_000, 3_000, 10_000], help="sizes to measure")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: 3)")
    arguments = parser.parse_args()
    # What the tests count is what is measured here.
    sys.path.insert(0, str(_ROOT))
    plans = importlib.import_module("tests.fakes.large_plan")
    failed = False
    print(f"{'new processes':26}  {'grants':>6}  {'MB':>5}  {'seconds':>7}  {'processor':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in _kinds(plans):
            sizes = sorted(arguments.grants)
            medians = [_measured(kind, size, arguments.runs, Path(folder), plans.faulty) for size in sizes]
            ratio = medians[-1] / medians[0]
            print(f"{kind.name:26}  {sizes[-1] / sizes[0]:.0f} times the grants, {ratio:.1f} times the time")
            failed |= medians[-1] > _SECONDS_MAX or ratio > _RATIO_MAX * sizes[-1] / sizes[0] / 10
    if failed:
        sys.exit(f"not kept: at most {_SECONDS_MAX} s of the processor, and linear")


if __name__ == "__main__":
    main()
