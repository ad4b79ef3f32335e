"""`arco policy lint`: conditions alone, from a file, an argument, stdin, or a whole input."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from arco.cli.options import add_options, colour, command, load_input, named_once
from arco.errors import InputError, UsageError

if TYPE_CHECKING:
    from arco.policy.lint import Lint
    from arco.policy.values import Text

__all__ = ["add_to"]

_INPUT = "file that holds one condition, or an input of check; - reads either from stdin"
_STDIN = "-"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `lint`."""
    lint = command(commands, "lint", "judge conditions alone, and say what each means", _lint)
    lint.add_argument("input", metavar="INPUT", nargs="?", help=_INPUT)
    lint.add_argument("--expression", metavar="TEXT", type=named_once(), help="the condition itself, in place of INPUT")
    lint.add_argument("--bucket", metavar="NAME", type=named_once(), help="the bucket that the condition is meant for")
    lint.add_argument("--at", metavar="TIME", type=_instant, help="judge as of this time (RFC 3339), not of any time")
    add_options(lint)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"is not a time like 2027-01-31T12:00:00Z: {text!r}"
        raise argparse.ArgumentTypeError(message) from error
    if instant.tzinfo is None:
        message = f"has no time zone: {text!r}"
        raise argparse.ArgumentTypeError(message)
    return instant.astimezone(UTC)


def _lint(arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.policy.report.lint import render_lint, render_lint_json

    if (arguments.input is None) is (arguments.expression is None):
        message = "give either INPUT or --expression TEXT"
        raise UsageError(message)
    start = time.perf_counter()
    source = "expression" if arguments.input is None else "stdin" if arguments.input == _STDIN else arguments.input
    lint = _judged(arguments, source)
    milliseconds = (time.perf_counter() - start) * 1000
    code = 1 if lint.judgement.errors else 0
    if arguments.format == "json":
        return render_lint_json(lint, source, milliseconds), code
    return render_lint(lint, milliseconds, colour=colour(), source=source), code


def _judged(arguments: argparse.Namespace, source: str) -> Lint:
    from arco.policy.case import open_case
    from arco.policy.lint import lint_deployment, lint_text

    if arguments.expression is not None:
        text = _lines(arguments.expression, source)
    elif arguments.input != _STDIN and Path(arguments.input).is_dir():
        _refuse_bucket(arguments)
        return lint_deployment(open_case(load_input(arguments.input, arguments.var_file), None), arguments.at)
    else:
        data = _read(arguments.input)
        # No condition begins with a brace, and every plan does.
        if data.lstrip().startswith(b"{"):
            # Imported here: one condition takes no loader.
            from arco.policy.terraform import load_bytes

            _refuse_bucket(arguments)
            return lint_deployment(open_case(load_bytes(data, source, arguments.var_file), None), arguments.at)
        text = _lines(_decoded(data, source), source)
    if arguments.var_file:
        message = "--var-file goes with a directory: a condition has no variables"
        raise UsageError(message)
    return lint_text(text, source, arguments.bucket, arguments.at)


def _refuse_bucket(arguments: argparse.Namespace) -> None:
    if arguments.bucket is not None:
        message = "--bucket goes with one condition: a plan says what each is attached to"
        raise UsageError(message)


def _read(path: str) -> bytes:
    if path == _STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError((error.strerror or "it cannot be read").lower(), source=path) from error


def _decoded(data: bytes, source: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        message = f"it is not UTF-8 byte={error.start}"
        raise InputError(message, source=source) from error


def _lines(written: str, source: str) -> Text:
    """Give the text with the place of each line."""
    from arco.policy.values import Literal, Origin, Text

    lines = written.rstrip("\r\n").splitlines(keepends=True)
    return Text(tuple(Literal(line, Origin(source, number, 1)) for number, line in enumerate(lines, 1)))
