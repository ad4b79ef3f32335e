"""`arco policy`: decide what a Terraform input lets each account do."""

from __future__ import annotations

import argparse
import time

from arco.cli import access, lint
from arco.cli.options import EXIT, INPUT, add_options, command, named_once, opened
from arco.cli.reports import FORMATS, add_report_options, judged, report

__all__ = ["add_to"]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy` and its commands."""
    summary = "decide what a Terraform input lets each account do"
    parser = commands.add_parser("policy", help=summary, epilog=EXIT, allow_abbrev=False)
    policy = parser.add_subparsers(dest="policy_command", required=True, metavar="COMMAND")

    check = command(policy, "check", "ask the rules, for all object names", _check)
    check.add_argument("input", metavar="INPUT", help=INPUT)
    check.add_argument(
        "--matrix", metavar="FILE", type=named_once(), help="access matrix; without it, its rules are not asked"
    )
    check.add_argument("--rule", metavar="ID", action="append", default=[], help="ask this rule only (repeatable)")
    add_options(check, FORMATS)
    add_report_options(check)

    matrix = command(policy, "matrix", "compute the access matrix of an input", _matrix)
    matrix.add_argument("input", metavar="INPUT", help=INPUT)
    matrix.add_argument(
        "--matrix",
        metavar="FILE",
        type=named_once(),
        required=True,
        help="access matrix: its header declares the layout",
    )
    matrix.add_argument("--check", action="store_true", help="compare with FILE byte for byte, and ask every rule")
    add_options(matrix, FORMATS)
    add_report_options(matrix)

    explain = command(policy, "explain", "say whether somebody may do something, by which grant, or why not", _explain)
    explain.add_argument("who", metavar="WHO", help="member or e-mail; with --matrix also ROLE[@TENANT/WORKSPACE]")
    explain.add_argument("permission", metavar="PERMISSION", help="for example storage.objects.create")
    explain.add_argument("name", metavar="NAME", help="object name, or gs://BUCKET/NAME")
    explain.add_argument("input", metavar="INPUT", help=INPUT)
    explain.add_argument(
        "--matrix", metavar="FILE", type=named_once(), help="access matrix: names roles and workspaces"
    )
    explain.add_argument("--bucket", action="store_true", help="ask about the bucket (or workspace) NAME itself")
    add_options(explain)
    access.add_to(policy)
    lint.add_to(policy)
    command(policy, "schema", "print the JSON Schema of what --json prints", _schema)


def _check(arguments: argparse.Namespace) -> tuple[str, int]:
    start = time.perf_counter()
    return report(arguments, judged(arguments, opened(arguments), arguments.rule), start)


def _matrix(arguments: argparse.Namespace) -> tuple[str, int]:
    import difflib

    from arco.policy.matrix import read_matrix, render_body
    from arco.policy.report import one_line

    start = time.perf_counter()
    case = opened(arguments)
    matrix = case.declared.matrix if case.declared is not None else read_matrix(arguments.matrix)
    judgement = judged(arguments, case, [] if arguments.check else ["unknown"])
    table = computed = render_body(matrix.layout, case.rows)
    if arguments.check and computed != matrix.body:
        wanted, got = matrix.body.splitlines(), computed.splitlines()
        lines = difflib.unified_diff(wanted, got, arguments.matrix, "computed", lineterm="", n=0)
        table += "\nthe matrix is not what the input grants:\n" + "\n".join(map(one_line, lines)) + "\n\n"
    return report(arguments, judgement, start, rows=case.rows, table=table)


def _explain(arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.policy.explain import explain
    from arco.policy.report.explanation import render_explanation, render_explanation_json

    case = opened(arguments)
    answers = explain(case, arguments.who, arguments.permission, arguments.name, bucket_itself=arguments.bucket)
    render = render_explanation_json if arguments.format == "json" else render_explanation
    return render(answers), 1 if any(answer.verdict == "undecided" for answer in answers) else 0


def _schema(_arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.policy.report.schema import render_schema

    return render_schema(), 0
