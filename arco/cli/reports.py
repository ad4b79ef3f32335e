"""How `check` and `matrix` report: formats, files beside stdout, and waivers."""

from __future__ import annotations

import argparse
import os.path
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from arco.cli.options import colour, named, named_once
from arco.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from arco.policy.case import Case
    from arco.policy.judge import Judgement
    from arco.policy.report.run import Run

__all__ = ["FORMATS", "add_report_options", "judged", "report", "report_error"]

FORMATS = ("plain", "json", "sarif", "junit", "github", "markdown")


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a command that judges."""
    parser.add_argument("--waivers", metavar="FILE", type=named_once(), help="findings that are agreed on, in TOML")
    parser.add_argument(
        "--output",
        metavar="FORMAT=FILE",
        type=_output(),
        action="append",
        default=[],
        help="write a report into a file as well (repeatable)",
    )
    parser.add_argument("--docs-url", metavar="URL", type=_url, help="where docs/rules.md can be read")


def _output() -> Callable[[str], tuple[str, str]]:
    """Take FORMAT=FILE, and no file twice: the second report would replace the first."""
    taken: set[str] = set()

    def take(text: str) -> tuple[str, str]:
        kind, equals, file = text.partition("=")
        if not equals or kind not in FORMATS:
            message = f"is not FORMAT=FILE with one of {', '.join(FORMATS)}: {text!r}"
            raise argparse.ArgumentTypeError(message)
        if named(file) in taken:
            message = f"names {file!r} twice"
            raise argparse.ArgumentTypeError(message)
        taken.add(file)
        return kind, file

    return take


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")) or not text.isascii() or set(text) & set("\"'<>()[]|`\\#{} "):
        message = f"is no URL of a page: {text!r}"
        raise argparse.ArgumentTypeError(message)
    return text


def judged(arguments: argparse.Namespace, case: Case, only: Sequence[str]) -> Judgement:
    """Ask the rules, under the waivers that the arguments name, as of the day that the clock of `main` tells."""
    from arco.policy.judge import judge

    if arguments.waivers:
        from arco.policy.rules import RULES
        from arco.policy.waivers import read_waivers

        today = datetime.fromtimestamp(arguments.wall_seconds(), UTC).date()
        case.waivers = read_waivers(arguments.waivers, today, {rule.id: rule.waivable for rule in RULES})
    return judge(case, only)


def report(
    arguments: argparse.Namespace,
    judgement: Judgement,
    start: float,
    *,
    rows: Mapping[str, Mapping[str, str]] | None = None,
    table: str = "",
) -> tuple[str, int]:
    """Write the files that the arguments name, and give the text of stdout and the exit code.

    Raises UsageError for a file that cannot be written, or that was read.
    """
    from arco.policy.report.run import Run

    run = Run(
        judgement,
        arguments.input,
        (time.perf_counter() - start) * 1000,
        rows,
        table,
        plan=arguments.input if Path(arguments.input).is_file() else "",
        root=_root(arguments),
        docs=arguments.docs_url or "",
    )
    for kind, file in _outputs(arguments):
        _write(file, _render(kind, run))
    return _render(arguments.format, run, coloured=colour()), run.exit_code


def report_error(arguments: argparse.Namespace, error: Exception, code: int) -> str:
    """Give the text of stdout for a command that has no answer, and write the same into the files that it names.

    What an earlier run left there would be taken for an answer. Raises UsageError as `report` does.
    """
    for kind, file in _outputs(arguments):
        _write(file, _render_error(kind, error, code, arguments))
    return _render_error(getattr(arguments, "format", "plain"), error, code, arguments)


def _outputs(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    outputs: list[tuple[str, str]] = getattr(arguments, "output", [])
    given = (arguments.input, arguments.matrix, arguments.waivers, *arguments.var_file) if outputs else ()
    read = [name for name in given if name and Path(name).exists()]
    for _, file in outputs:
        source = file.endswith((".tf", ".tf.json", ".tfvars"))
        if source or (Path(file).exists() and any(Path(file).samefile(name) for name in read)):
            message = f"the report would replace what was read file={file!r}"
            raise UsageError(message)
    return outputs


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        message = f"cannot write the report: {(error.strerror or 'no reason is given').lower()} file={file!r}"
        raise UsageError(message) from error


def _root(arguments: argparse.Namespace) -> str:
    """Find the repository around the input, which only decides how its files are told; else the working directory."""
    start = Path(os.path.abspath(getattr(arguments, "input", ".")))  # noqa: PTH100 (`..` is taken away as a name)
    found = next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), Path.cwd())
    return str(found)


def _render(kind: str, run: Run, *, coloured: bool = False) -> str:
    match kind:
        case "json":
            from arco.policy.report.json import render_json

            return render_json(run.judgement, run.source, run.milliseconds, run.rows)
        case "sarif":
            from arco.policy.report.sarif import render_sarif

            return render_sarif(run)
        case "junit":
            from arco.policy.report.junit import render_junit

            return render_junit(run)
        case "github":
            from arco.policy.report.github import render_github

            return render_github(run)
        case "markdown":
            from arco.policy.report.markdown import render_markdown

            return render_markdown(run)
        case _:
            from arco.policy.report.plain import render_findings, render_summary

            body = run.table + render_findings(run.judgement, colour=coloured, source=run.shown)
            return body + ("\n" if body else "") + render_summary(run.judgement, run.milliseconds)


def _render_error(kind: str, error: Exception, code: int, arguments: argparse.Namespace) -> str:
    match kind:
        case "json":
            from arco.policy.report.json import render_error

            return render_error(error, code)
        case "sarif":
            from arco.policy.report.sarif import render_sarif_error

            return render_sarif_error(error, code, _root(arguments))
        case "junit":
            from arco.policy.report.junit import render_junit_error

            return render_junit_error(error)
        case "github":
            from arco.policy.report.github import render_github_error

            return render_github_error(error, _root(arguments))
        case "markdown":
            from arco.policy.report.markdown import render_markdown_error

            return render_markdown_error(error)
        case _:
            return ""
