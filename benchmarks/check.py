"""Time a whole check of this repository's Terraform, as new processes on changed input, beside a rival.

Prints the median, minimum and maximum of both, and the ratio of the medians. The rival, Checkov, reads the same files
with its own rules; it does not decide conditions, so that the figures compare waiting times, not answers.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_ENVIRONMENT = "infra/environments/dev.tfvars"


@dataclass(frozen=True, slots=True)
class Contender:
    """A command that is run in a changed copy of the repository; `codes` are exit codes that mean it ran."""

    name: str
    command: Sequence[str]
    codes: frozenset[int]


def _contenders(peers: Path) -> list[Contender]:
    check = ["policy", "check", "infra/terraform", "--var-file", _ENVIRONMENT, "--matrix", "infra/access_matrix.txt"]
    found = [Contender("arco policy check", [str(Path(sys.executable).with_name("arco")), *check], frozenset({0}))]
    checkov = peers / "bin" / "checkov"
    if checkov.exists():
        options = ["--quiet", "--compact", "--skip-download", "--framework", "terraform"]
        scan = [str(checkov), "--directory", "infra/terraform", "--var-file", _ENVIRONMENT, *options]
        found.append(Contender("checkov", scan, frozenset({0, 1})))
    else:
        print(f"not measured: checkov, for want of {peers} (make bench installs it)")
    return found


def _once(contender: Contender, number: int) -> float:
    """Give the seconds of one new process in a copy of infra/ in which one workspace has another name."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(_ROOT / "infra", Path(folder) / "infra")
        variables = Path(folder) / _ENVIRONMENT
        variables.write_text(variables.read_text().replace('"lab"', f'"lab-{number}"'))
        # Users keep compiled modules; an environment that forbids them would measure the compiler.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        start = time.perf_counter()
        done = subprocess.run(
            contender.command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
    if done.returncode not in contender.codes:
        sys.exit(f"{contender.name} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds


def main() -> None:
    """Run every contender in turn, A B A B …, after one run that does not count."""
    parser = argparse.ArgumentParser(
        description="Time a whole check beside a rival, as new processes on changed input."
    )
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each (default: 5)")
    parser.add_argument("--peers", type=Path, default=_ROOT / ".venv-peers", help="environment of the rival")
    arguments = parser.parse_args()
    contenders = _contenders(arguments.peers)
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(arguments.runs + 1):
        for contender in contenders:
            print(f"run {number} of {arguments.runs}: {contender.name}", file=sys.stderr)
            elapsed = _once(contender, number)
            if number:
                seconds[contender.name].append(elapsed)
    print(f"{'seconds, new processes':24}  median     min     max")
    for name, values in seconds.items():
        print(f"{name:24}  {statistics.median(values):6.3f}  {min(values):6.3f}  {max(values):6.3f}")
    medians = [statistics.median(values) for values in seconds.values()]
    if len(medians) > 1:
        print(f"ratio of the medians: {medians[1] / medians[0]:.1f}")


if __name__ == "__main__":
    main()
