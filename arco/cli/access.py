"""Questions about access that are no check: who can do something, and what a change gives or takes."""

from __future__ import annotations

import argparse
import time

from arco.cli.options import INPUT, add_options, command, load_input, named, named_once, opened
from arco.errors import UsageError

__all__ = ["add_to"]

_SIDE = "plan in JSON, or a root module's directory"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `who-can` and `diff`."""
    who = command(commands, "who-can", "list everybody who may do something, each with the grants that let it", _who)
    who.add_argument("permission", metavar="PERMISSION", help="for example storage.objects.create")
    who.add_argument("name", metavar="NAME", help="object name, or gs://BUCKET/NAME")
    who.add_argument("input", metavar="INPUT", help=INPUT)
    matrix_help = "access matrix: names roles and workspaces"
    who.add_argument("--matrix", metavar="FILE", type=named_once(), help=matrix_help)
    who.add_argument("--bucket", action="store_true", help="ask about the bucket (or workspace) NAME itself")
    add_options(who)

    diff = command(commands, "diff", "show the access that HEAD gives and BASE did not, and the other way round", _diff)
    diff.add_argument("base", metavar="BASE", help=f"{_SIDE}: how it was (one of the two may be -, for stdin)")
    diff.add_argument("head", metavar="HEAD", help=f"{_SIDE}: how it shall be")
    add_options(diff)
    for side in ("base", "head"):
        diff.add_argument(
            f"--{side}-var-file",
            metavar="FILE",
            type=named,
            action="append",
            default=[],
            help=f"tfvars of {side.upper()} alone, behind those of --var-file (repeatable)",
        )


def _who(arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.policy.explain import who_can
    from arco.policy.report.explanation import render_able, render_able_json

    everybody = who_can(opened(arguments), arguments.permission, arguments.name, bucket_itself=arguments.bucket)
    render = render_able_json if arguments.format == "json" else render_able
    return render(everybody), 0 if everybody.settled else 1


def _diff(arguments: argparse.Namespace) -> tuple[str, int]:
    from arco.policy.diff import compare_inputs
    from arco.policy.report.difference import render_difference, render_difference_json

    if arguments.base == arguments.head == "-":
        message = "BASE and HEAD cannot both be stdin"
        raise UsageError(message)
    if arguments.var_file and not any(_is_directory(source) for source in (arguments.base, arguments.head)):
        message = "plans have their variables: --var-file goes with a directory, and neither BASE nor HEAD is one"
        raise UsageError(message)
    start = time.perf_counter()
    base, head = (
        # What is meant for both is for those that are directories: a plan has its variables.
        load_input(source, [*(arguments.var_file if _is_directory(source) else []), *own])
        for source, own in ((arguments.base, arguments.base_var_file), (arguments.head, arguments.head_var_file))
    )
    difference = compare_inputs(base, head)
    milliseconds = (time.perf_counter() - start) * 1000
    code = 0 if difference.same else 1
    if arguments.format == "json":
        return render_difference_json(difference, arguments.base, arguments.head, milliseconds), code
    return render_difference(difference, milliseconds), code


def _is_directory(source: str) -> bool:
    from pathlib import Path

    return Path(source).is_dir()
