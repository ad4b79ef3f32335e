"""Findings for people, as a compiler prints them: claim, place, evidence, caret, witness, help, docs."""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.findings import Evidence, Finding
from arco.policy.judge import Judgement
from arco.policy.report._text import one_line
from arco.policy.waivers import Waived

__all__ = ["count", "render_finding", "render_findings", "render_summary", "render_verdict", "render_waived"]

_NAME_WIDTH = 11
_INSTANCES_SHOWN = 5
_ASSUMPTIONS_SHOWN = 3
_BOLD, _RED, _BLUE, _RESET = "\033[1m", "\033[1;31m", "\033[1;34m", "\033[0m"


def render_findings(judgement: Judgement, *, colour: bool, source: str = "") -> str:
    """Give all findings, each as one block. `colour` uses ANSI escapes; `source` stands where a finding has no line."""
    blocks = [_block(finding, source) for finding in judgement.findings]
    blocks += [_waived(one, source) for one in judgement.waived]
    text = "\n".join("\n".join(block) + "\n" for block in blocks)
    return text if colour else _without_colour(text)


def render_finding(finding: Finding, source: str = "") -> str:
    """Give one finding as one block, without colour."""
    return _without_colour("\n".join(_block(finding, source)) + "\n")


def render_waived(waived: Waived, source: str = "") -> str:
    """Give one waived finding as one block, without colour."""
    return _without_colour("\n".join(_waived(waived, source)) + "\n")


def render_verdict(judgement: Judgement) -> str:
    """Give the verdict as numbers: `2 errors, 1 warning, 3 waived`."""
    others = len(judgement.findings) - judgement.errors
    parts = [count(judgement.errors, "error") if judgement.errors else "no errors"]
    parts += [count(others, "warning")] if others else []
    parts += [f"{len(judgement.waived)} waived"] if judgement.waived else []
    return ", ".join(parts)


def render_summary(judgement: Judgement, milliseconds: float) -> str:
    """Give the last lines: the verdict, how much was looked at, what was not asked, what is assumed."""
    looked_at = ", ".join(
        count(number, noun)
        for number, noun in (
            (len(judgement.asked), "rule"),
            (judgement.grants, "grant"),
            (judgement.principals, "principal"),
            (judgement.buckets, "bucket"),
        )
    )
    lines = []
    if judgement.not_asked:
        lines.append(f"not asked, for want of --matrix: {', '.join(rule.id for rule in judgement.not_asked)}")
    if judgement.deselected:
        lines.append(f"not asked, for others were chosen: {count(len(judgement.deselected), 'rule')}")
    lines += [f"assumed: {one_line(assumption)}" for assumption in judgement.assumptions[:_ASSUMPTIONS_SHOWN]]
    if len(judgement.assumptions) > _ASSUMPTIONS_SHOWN:
        rest = len(judgement.assumptions) - _ASSUMPTIONS_SHOWN
        lines.append(f"assumed: {count(rest, 'more value')} read through references of the plan (all in --json)")
    lines.append(f"{render_verdict(judgement)} ({looked_at}; decided for all object names in {milliseconds:.0f} ms)")
    return "\n".join(lines) + "\n"


def _block(finding: Finding, source: str) -> Iterator[str]:
    yield f"{_RED}{finding.severity}[{finding.rule}]{_RESET}{_BOLD}: {one_line(finding.claim)}{_RESET}"
    place = "  ".join(part for part in (str(finding.origin or source), finding.place) if part)
    yield f"  {_BLUE}-->{_RESET} {one_line(place)}"
    yield from _others(finding)
    if finding.evidence:
        yield f"   {_BLUE}|{_RESET}"
    for evidence in finding.evidence:
        yield from _evidence(evidence)
    if finding.evidence:
        yield f"   {_BLUE}|{_RESET}"
    if finding.witness:
        yield f"   {_BLUE}={_RESET} witness: {one_line(finding.witness)}"
    yield f"   {_BLUE}={_RESET} help: {one_line(finding.help)}"
    yield f"   {_BLUE}={_RESET} docs: docs/rules.md#{finding.rule}"


def _waived(waived: Waived, source: str) -> Iterator[str]:
    finding, waiver = waived.finding, waived.waiver
    yield f"{_BLUE}waived[{finding.rule}]{_RESET}{_BOLD}: {one_line(finding.claim)}{_RESET}"
    place = "  ".join(part for part in (str(finding.origin or source), finding.place) if part)
    yield f"  {_BLUE}-->{_RESET} {one_line(place)}"
    yield from _others(finding)
    yield f"   {_BLUE}={_RESET} reason: {one_line(waiver.reason)}"
    yield f"   {_BLUE}={_RESET} until: {waiver.expiry}, by {one_line(str(waiver.origin))}"


def _others(finding: Finding) -> Iterator[str]:
    yield from (f"      and {one_line(other)}" for other in finding.others[:_INSTANCES_SHOWN])
    if len(finding.others) > _INSTANCES_SHOWN:
        yield f"      … and {len(finding.others) - _INSTANCES_SHOWN} more (all in --json)"


def _evidence(evidence: Evidence) -> Iterator[str]:
    yield f"   {_BLUE}|{_RESET} {evidence.name.ljust(_NAME_WIDTH)} {one_line(evidence.text)}"
    if evidence.caret:
        margin = " " * (_NAME_WIDTH + 1 + evidence.caret.start)
        yield f"   {_BLUE}|{_RESET} {margin}{_RED}{'^' * evidence.caret.length} {one_line(evidence.caret.note)}{_RESET}"


def count(number: int, noun: str) -> str:
    """Spell a number of things: `1 rule`, `2 rules`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _without_colour(text: str) -> str:
    for escape in (_BOLD, _RED, _BLUE, _RESET):
        text = text.replace(escape, "")
    return text
