"""The entry point: parse arguments, run one command, turn errors into messages and exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from arco import __version__
from arco.cli import policy
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
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 clean, 1 findings, 2 could not run, 3 nothing to check. A crash is never 0."""
    try:
        arguments = build_parser().parse_args(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except EmptyInputError as error:
        return _fail(error, NOTHING_TO_CHECK)
    except (InputError, UsageError) as error:
        return _fail(error, COULD_NOT_RUN)
    except BrokenPipeError:
        # Whoever read our output has left; say nothing more, and do not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_RUN
    except OSError as error:
        # Inputs that cannot be read are InputErrors; what is left is our own output.
        return _fail(UsageError(f"cannot write the output: {error.strerror}"), COULD_NOT_RUN)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001 (the boundary: a crash must never look like findings, let alone like 0)
        traceback.print_exc()
        print("error: this is a bug in arco, not in your input; please report it with the lines above", file=sys.stderr)
        return COULD_NOT_RUN
    return code


def _fail(error: Exception, code: int) -> int:
    from arco.policy.report import one_line

    print(f"error: {one_line(str(error))}", file=sys.stderr)
    return code
