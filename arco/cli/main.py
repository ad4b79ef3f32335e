"""The entry point: parse arguments, run one command, turn errors into messages and exit codes."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from arco import __version__
from arco.cli import emulator, policy
from arco.cli.reports import report_error
from arco.errors import EmptyInputError, InputError, UsageError

__all__ = ["build_parser", "main"]

COULD_NOT_RUN, NOTHING_TO_CHECK, INTERRUPTED = 2, 3, 130


def build_parser() -> argparse.ArgumentParser:
    """Give the whole command line's parser."""
    description = "A file-native lakehouse catalog, and the proof of its IAM."
    parser = argparse.ArgumentParser(prog="arco", description=description, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"arco {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    policy.add_to(commands)
    emulator.add_to(commands)
    return parser


def main(argv: Sequence[str] | None = None, *, wall_seconds: Callable[[], float] = time.time) -> int:
    """Run one command. Exit codes: 0 clean, 1 findings, 2 could not run, 3 nothing to check. A crash is never 0.

    Output goes out whole when the verdict is known. A reader that leaves early (`| head`) changes neither the verdict
    nor its code, and is no error: under `pipefail` it must not look like findings, nor hide them.

    `wall_seconds` is the clock, in seconds since 1970: waivers expire by it.
    """
    arguments = build_parser().parse_args(argv)
    arguments.wall_seconds = wall_seconds
    try:
        with _collector_paused():
            text, code = arguments.run(arguments)
    except EmptyInputError as error:
        return _fail(arguments, error, NOTHING_TO_CHECK)
    except (InputError, UsageError) as error:
        return _fail(arguments, error, COULD_NOT_RUN)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001 (the boundary: a crash must never look like findings, let alone like 0)
        traceback.print_exc()
        bug = UsageError("this is a bug in arco, not in your input; please report it with the lines above")
        return _fail(arguments, bug, COULD_NOT_RUN)
    return _write(text, code)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing that a run makes is garbage before it ends; to look through it again and again takes a fifth of it."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _write(text: str, code: int) -> int:
    """Write to stdout, and give `code`, or that of an output that cannot be written."""
    # A stream of another alphabet gets an escape: a crash here would end with 1, as if there were findings.
    encoding = sys.stdout.encoding or "utf-8"
    spelled = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stdout.write(spelled)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
    except OSError as error:
        _drop_output()
        print(f"error: cannot write the output: {(error.strerror or 'no reason is given').lower()}", file=sys.stderr)
        return COULD_NOT_RUN
    return code


def _drop_output() -> None:
    # What is still buffered would fail once more, at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(arguments: argparse.Namespace, error: Exception, code: int) -> int:
    from arco.policy.report import one_line

    print(f"error: {one_line(str(error))}", file=sys.stderr)
    try:
        return _write(report_error(arguments, error, code), code)
    except UsageError as second:
        print(f"error: {one_line(str(second))}", file=sys.stderr)
        return COULD_NOT_RUN
