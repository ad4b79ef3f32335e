"""Replay planted violations, each on a copy of the tree of its own: a check that stays green has a survivor.

    python -m tests.planted.replay [ID ...]

Each check is first run on a clean copy, where it must pass: one that is always red would prove nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.planted.table import TableError, Violation, load
from tests.tree import ROOT

__all__ = ["Failure", "command", "copy_tree", "replay"]

BIN = Path(sys.executable).parent
TOOLS = {
    "ruff": [f"{BIN}/ruff", "check", "--no-cache"],
    "format": [f"{BIN}/ruff", "format", "--check", "--no-cache"],
    "mypy": [f"{BIN}/mypy"],
    "basedpyright": [f"{BIN}/basedpyright", "--pythonpath", sys.executable],
    "imports": [f"{BIN}/lint-imports", "--no-cache"],
}
PYTEST = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
SECONDS_MAX = 300
OUTPUT_LINES = 15


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong with a row, by its id (or with a check, by its name), and the end of the output that shows it."""

    name: str
    reason: str
    output: str = ""

    def __str__(self) -> str:
        """Give the reason, then the output, indented."""
        lines = self.output.rstrip().splitlines()[-OUTPUT_LINES:]
        return "\n".join([f"{self.name}: {self.reason}", *(f"    {line}" for line in lines)])


def command(check: str) -> list[list[str]]:
    """Give the commands of a check; it is red if one of them is. Raises TableError for a check that is none."""
    kind, _, argument = check.partition(":")
    if check in TOOLS:
        return [TOOLS[check]]
    if kind == "pytest" and argument:
        return [[*PYTEST, argument]]
    if kind == "gate" and argument:
        arguments = ["infra/terraform", "--var-file", f"infra/environments/{argument}.tfvars"]
        arguments += ["--matrix", "infra/access_matrix.txt"]
        policy = [sys.executable, "-m", "arco", "policy"]
        return [[*policy, "matrix", *arguments, "--check"], [*policy, "check", *arguments]]
    message = f"no such check check={check!r} known={sorted(TOOLS)} pytest:NODE gate:ENVIRONMENT"
    raise TableError(message)


def copy_tree(target: Path) -> None:
    """Copy what git tracks, and what it would track, to `target`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def run(check: str, root: Path) -> tuple[bool, str]:
    """Run a check in `root`, whose `arco` wins over the installed one: whether it passed, and all that it printed."""
    environment = os.environ | {"CI": "true", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    green, output = True, ""
    for words in command(check):
        # A check that hangs is ended with 124, like any other that is red without the expected words.
        limited = ["timeout", str(SECONDS_MAX), *words]
        done = subprocess.run(
            limited,
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        green = green and done.returncode == 0
        output += done.stdout
    return green, output


def prove_clean(pristine: Path, check: str) -> Failure | None:
    """Run a check on a copy without a violation; it must pass."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(pristine, folder, dirs_exist_ok=True)
        green, output = run(check, Path(folder))
    say(f"{'clean' if green else 'RED WITHOUT A VIOLATION'}  {check}")
    return None if green else Failure(check, "the check fails without a violation, so its rows prove nothing", output)


def prove_red(pristine: Path, row: Violation) -> Failure | None:
    """Plant one violation on a copy and run its check; it must fail, and for the expected reason."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(pristine, folder, dirs_exist_ok=True)
        try:
            row.edit.apply(Path(folder))
        except TableError as error:
            say(f"STALE  {row.id}")
            return Failure(row.id, f"stale: {error}")
        green, output = run(row.check, Path(folder))
    if green:
        say(f"SURVIVED  {row.id}")
        return Failure(row.id, f"survived: {row.check} stays green", output)
    if row.expect not in output:
        say(f"WRONG REASON  {row.id}")
        return Failure(row.id, f"{row.check} fails, but does not say {row.expect!r}", output)
    say(f"caught  {row.id}")
    return None


def replay(rows: Sequence[Violation], *, parallel: int = 2) -> list[Failure]:
    """Replay `rows` and give what is wrong: an empty list says that each violation turns its check red."""
    checks = sorted({row.check for row in rows})
    for check in checks:
        command(check)
    with ExitStack() as stack:
        pristine = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pool = stack.enter_context(ThreadPoolExecutor(parallel))
        copy_tree(pristine)
        clean = list(pool.map(partial(prove_clean, pristine), checks))
        red = list(pool.map(partial(prove_red, pristine), rows))
    return [failure for failure in (*clean, *red) if failure is not None]


def say(text: str) -> None:
    """Show progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Replay the rows with the given ids, or all of them: 0 if none survived, 1 if one did, 2 if the table is wrong."""
    parser = argparse.ArgumentParser(description="Replay planted violations: each must turn its check red.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="replay these only")
    wanted = set(parser.parse_args(argv).ids)
    try:
        rows = load()
        if unknown := sorted(wanted - {row.id for row in rows}):
            message = f"no such rows ids={unknown}"
            raise TableError(message)  # noqa: TRY301 one way out for every error of the table
        rows = [row for row in rows if not wanted or row.id in wanted]
        failures = replay(rows, parallel=os.cpu_count() or 1)
    except TableError as error:
        say(f"error: {error}")
        return 2
    report = "\n".join([*map(str, failures), f"{len(rows)} planted, {len(failures)} failed"])
    sys.stdout.write(f"{report}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
