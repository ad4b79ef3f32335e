"""What the commands of `arco policy` share: how they take an input, how they print, and their exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arco.policy.case import Case
    from arco.policy.deployment import Deployment

__all__ = ["EXIT", "INPUT", "add_options", "colour", "command", "load_input", "named", "named_once", "opened"]

INPUT = "plan in JSON (terraform show -json PLAN; - reads it from stdin), or a root module's directory"
EXIT = "exit codes: 0 clean, 1 findings, 2 could not run, 3 nothing to check"
_STDIN = "-"


def command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, run: object
) -> argparse.ArgumentParser:
    """Add a command; `run` takes its arguments, and gives the text of stdout and the exit code."""
    description = summary[0].upper() + summary[1:] + "."
    parser = commands.add_parser(name, help=summary, description=description, epilog=EXIT, allow_abbrev=False)
    parser.set_defaults(run=run)
    return parser


def named(path: str) -> str:
    """Refuse an empty name: `--matrix "$MATRIX"` with a variable that is not set would ask less and pass."""
    if not path:
        message = "is empty: is a variable not set?"
        raise argparse.ArgumentTypeError(message)
    return path


def named_once() -> Callable[[str], str]:
    """Refuse a second name as well: it would win in silence. Each command line has a parser of its own."""
    names: list[str] = []

    def take(path: str) -> str:
        if names:
            message = "is given twice"
            raise argparse.ArgumentTypeError(message)
        names.append(named(path))
        return path

    return take


def add_options(parser: argparse.ArgumentParser, formats: Sequence[str] = ("plain", "json")) -> None:
    """Add the options of every command that reads one input, and can print its answer in `formats`."""
    option = "--var-file"
    parser.add_argument(option, metavar="FILE", type=named, action="append", default=[], help="tfvars (repeatable)")
    parser.add_argument("--format", choices=formats, default="plain", help="how to print (default: plain)")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="same as --format json")


def load_input(source: str, var_files: Sequence[str]) -> Deployment:
    """Load a plan, a directory, or, for `-`, the plan on stdin. Raises InputError and UsageError as `load` does."""
    # Imported here: `arco --help` needs none of it, and every millisecond of a check is counted.
    from arco.policy.terraform import load, load_bytes

    if source != _STDIN:
        return load(source, var_files)
    # Read only if it is a plan at all: a terminal would wait.
    data = b"" if var_files else sys.stdin.buffer.read()
    return load_bytes(data, "stdin", var_files)


def opened(arguments: argparse.Namespace) -> Case:
    """Prepare the input of `arguments` for judgement, under its matrix if it names one."""
    from arco.policy.case import open_case
    from arco.policy.matrix import read_matrix

    matrix = read_matrix(arguments.matrix) if arguments.matrix else None
    return open_case(load_input(arguments.input, arguments.var_file), matrix)


def colour() -> bool:
    """Whether ANSI escapes are wanted: on a terminal, unless NO_COLOR is set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
