"""`arco policy`: decide what a Terraform input lets each account do."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from arco.policy.case import Case
    from arco.policy.judge import Judgement

__all__ = ["add_to"]

_INPUT = "plan in JSON (terraform show -json PLAN; - reads it from stdin), or a root module's directory"
_STDIN = "-"
_EXIT = "exit codes: 0 clean, 1 findings, 2 could not run, 3 nothing to check"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy` and its commands."""
    summary = "decide what a Terraform input lets each account do"
    parser = commands.add_parser("policy", help=summary, epilog=_EXIT, allow_abbrev=False)
    policy = parser.add_subparsers(dest="policy_command", required=True, metavar="COMMAND")

    check = _command(policy, "check", "ask the rules, for all object names", _check)
    check.add_argument("input", metavar="INPUT", help=_INPUT)
    check.add_argument(
        "--matrix", metavar="FILE", type=_named_once(), help="access matrix; without it, its rules are not asked"
    )
    check.add_argument("--rule", metavar="ID", action="append", default=[], help="ask this rule only (repeatable)")
    _common(check)

    matrix = _command(policy, "matrix", "compute the access matrix of an input", _matrix)
    matrix.add_argument("input", metavar="INPUT", help=_INPUT)
    matrix.add_argument(
        "--matrix",
        metavar="FILE",
        type=_named_once(),
        required=True,
        help="access matrix: its header declares the layout",
    )
    matrix.add_argument("--check", action="store_true", help="compare with FILE byte for byte, and ask every rule")
    _common(matrix)

    explain = _command(policy, "explain", "say whether somebody may do something, by which grant, or why not", _explain)
    explain.add_argument("who", metavar="WHO", help="member or e-mail; with --matrix also ROLE[@TENANT/WORKSPACE]")
    explain.add_argument("permission", metavar="PERMISSION", help="for example storage.objects.create")
    explain.add_argument("name", metavar="NAME", help="object name, or gs://BUCKET/NAME")
    explain.add_argument("input", metavar="INPUT", help=_INPUT)
    explain.add_argument(
        "--matrix", metavar="FILE", type=_named_once(), help="access matrix: names roles and workspaces"
    )
    explain.add_argument("--bucket", action="store_true", help="ask about the bucket (or workspace) NAME itself")
    _common(explain)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, run: object
) -> argparse.ArgumentParser:
    description = summary[0].upper() + summary[1:] + "."
    parser = commands.add_parser(name, help=summary, description=description, epilog=_EXIT, allow_abbrev=False)
    parser.set_defaults(run=run)
    return parser


def _named(path: str) -> str:
    """Refuse an empty name: `--matrix "$MATRIX"` with a variable that is not set would ask less and pass."""
    if not path:
        message = "is empty: is a variable not set?"
        raise argparse.ArgumentTypeError(message)
    return path


def _named_once() -> Callable[[str], str]:
    """Refuse a second name as well: it would win in silence. Each command line has a parser of its own."""
    names: list[str] = []

    def take(path: str) -> str:
        if names:
            message = "is given twice"
            raise argparse.ArgumentTypeError(message)
        names.append(_named(path))
        return path

    return take


def _common(parser: argparse.ArgumentParser) -> None:
    option = "--var-file"
    parser.add_argument(option, metavar="FILE", type=_named, action="append", default=[], help="tfvars (repeatable)")
    parser.add_argument("--format", choices=("plain", "json"), default="plain", help="how to print (default: plain)")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="same as --format json")


def _open(arguments: argparse.Namespace) -> Case:
    # Imported here: `arco --help` needs none of it, and every millisecond of a check is counted.
    from arco.policy.case import open_case
    from arco.policy.matrix import read_matrix
    from arco.policy.terraform import load, load_bytes

    matrix = read_matrix(arguments.matrix) if arguments.matrix else None
    if arguments.input != _STDIN:
        return open_case(load(arguments.input, arguments.var_file), matrix)
    # Read only if it is a plan at all: a terminal would wait.
    data = b"" if arguments.var_file else sys.stdin.buffer.read()
    return open_case(load_bytes(data, "stdin", arguments.var_file), matrix)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _check(arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.policy.judge import judge
    from arco.policy.report import render_findings, render_json, render_summary

    start = time.perf_counter()
    case = _open(arguments)
    judgement = judge(case, arguments.rule)
    milliseconds = (time.perf_counter() - start) * 1000
    if arguments.format == "json":
        return render_json(judgement, arguments.input, milliseconds), _exit_code(judgement)
    findings = render_findings(judgement, colour=_colour(), source=case.deployment.source)
    return findings + ("\n" if findings else "") + render_summary(judgement, milliseconds), _exit_code(judgement)


def _exit_code(judgement: Judgement) -> int:
    return 1 if judgement.errors else 0


def _matrix(arguments: argparse.Namespace) -> tuple[str, int]:
    import difflib

    from arco.policy.judge import judge
    from arco.policy.matrix import read_matrix, render_body
    from arco.policy.report import one_line, render_findings, render_json, render_summary

    start = time.perf_counter()
    case = _open(arguments)
    matrix = case.declared.matrix if case.declared is not None else read_matrix(arguments.matrix)
    judgement = judge(case, [] if arguments.check else ["unknown"])
    computed = render_body(matrix.layout, case.rows)
    milliseconds = (time.perf_counter() - start) * 1000
    if arguments.format == "json":
        return render_json(judgement, arguments.input, milliseconds, case.rows), _exit_code(judgement)
    text = computed
    if arguments.check and computed != matrix.body:
        wanted, got = matrix.body.splitlines(), computed.splitlines()
        lines = difflib.unified_diff(wanted, got, arguments.matrix, "computed", lineterm="", n=0)
        text += "\nthe matrix is not what the input grants:\n" + "\n".join(map(one_line, lines)) + "\n\n"
    findings = render_findings(judgement, colour=_colour(), source=case.deployment.source)
    return f"{text}{findings}\n{render_summary(judgement, milliseconds)}", _exit_code(judgement)


def _explain(arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.policy.explain import explain
    from arco.policy.report.explanation import render_explanation, render_explanation_json

    case = _open(arguments)
    answers = explain(case, arguments.who, arguments.permission, arguments.name, bucket_itself=arguments.bucket)
    render = render_explanation_json if arguments.format == "json" else render_explanation
    return render(answers), 1 if any(answer.verdict == "undecided" for answer in answers) else 0
