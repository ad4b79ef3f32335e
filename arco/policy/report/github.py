"""Findings as annotations of GitHub Actions: workflow commands in the log, the worst first.

Invariant: no text of an input begins a command. The runner knows `::` at the beginning of a line, and, from older days,
`##[` anywhere in one.
"""

from __future__ import annotations

from arco.errors import InputError
from arco.policy.findings import Finding
from arco.policy.report._place import inside
from arco.policy.report._text import one_line
from arco.policy.report.plain import render_summary
from arco.policy.report.run import Run
from arco.policy.rules import ERROR
from arco.policy.values import Origin
from arco.policy.waivers import Waived

__all__ = ["render_github", "render_github_error"]

_MESSAGE_MAX = 4000
_INSTANCES_SHOWN = 5


def render_github(run: Run) -> str:
    """Give one annotation a finding, errors first, then what is waived, then the summary as plain lines."""
    commands = [_finding(finding, run.root) for finding in run.worst_first]
    commands += [_waived(one, run.root) for one in run.judgement.waived]
    summary = render_summary(run.judgement, run.milliseconds).replace("##[", "## [")
    return "".join(f"{command}\n" for command in commands) + summary


def render_github_error(error: Exception, root: str) -> str:
    """Give one annotation, at the line that could not be read, where that is known."""
    place = None
    if isinstance(error, InputError) and error.line is not None:
        place = Origin(error.source, error.line, error.column or 1)
    return f"{_command('error', place, root, 'could not run', [str(error)])}\n"


def _finding(finding: Finding, root: str) -> str:
    level = "error" if finding.severity == ERROR else "warning"
    lines = [finding.claim, *_instances(finding)]
    if finding.witness:
        lines.append(f"witness: {finding.witness}")
    return _command(level, finding.origin, root, finding.rule, [*lines, f"help: {finding.help}"])


def _waived(one: Waived, root: str) -> str:
    lines = [one.finding.claim, *_instances(one.finding)]
    title = f"{one.finding.rule} (waived until {one.waiver.expiry})"
    return _command("notice", one.finding.origin, root, title, [*lines, f"reason: {one.waiver.reason}"])


def _instances(finding: Finding) -> list[str]:
    lines = [f"at {finding.place}"] if finding.place else []
    lines += [f"and {other}" for other in finding.others[:_INSTANCES_SHOWN]]
    more = len(finding.others) - _INSTANCES_SHOWN
    return lines + ([f"and {more} more"] if more > 0 else [])


def _command(level: str, place: Origin | None, root: str, title: str, lines: list[str]) -> str:
    properties = {"title": title}
    if place is not None:
        file = inside(place.file, root) or place.file
        properties = {"file": file, "line": str(place.line), "col": str(place.column)} | properties
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = "\n".join(map(one_line, lines))
    return f"::{level} {told}::{_data(text if len(text) <= _MESSAGE_MAX else f'{text[:_MESSAGE_MAX]}…')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
