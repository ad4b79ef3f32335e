"""Findings as Markdown, for a comment on a pull request or the summary of a job.

Invariants:

* The verdict is the first line.
* The text stays below what a comment may hold, however much was found, and says what it left out.
* What an input spells stands inside fences only, which are longer than any run of backticks in them: there it makes no
  link, no image, no table, no HTML, and mentions nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from arco.policy.report._text import one_line
from arco.policy.report.plain import count, render_finding, render_summary, render_verdict, render_waived
from arco.policy.report.run import Run
from arco.policy.rules import RULES

__all__ = ["BYTES_MAX", "render_markdown", "render_markdown_error"]

# GitHub takes 65,536 characters. In bytes, the limit holds whatever a character is; the rest is for the last sentence.
BYTES_MAX = 65_536
_RESERVED = 512
_TABLE_BYTES_MAX = 16_384
_BLOCK_BYTES_MAX = 8192
_LINE_MAX = 1000
_BACKTICKS = re.compile("`+")


def render_markdown(run: Run) -> str:
    """Give the verdict, how often each rule was broken, the computed matrix, and as many findings as fit."""
    judgement = run.judgement
    parts = [f"## {judgement.verdict.capitalize()}: {render_verdict(judgement)}\n", *_counts(run)]
    table = _printable(run.table)
    if table and len(table.encode()) <= _TABLE_BYTES_MAX:
        parts.append(_fenced(table))
    parts.append(_fenced(_short(render_summary(judgement, run.milliseconds))))
    text = "\n".join(parts)
    used = len(text.encode())
    for number, block in enumerate(_blocks(run)):
        used += len(block.encode()) + 1
        if used > BYTES_MAX - _RESERVED:
            left = len(judgement.findings) + len(judgement.waived) - number
            return f"{text}\n{count(left, 'more finding')} did not fit: see the log, or `--format json`.\n"
        text += f"\n{block}"
    return text


def render_markdown_error(error: Exception) -> str:
    """Give what kept the gate from a verdict."""
    return f"## Could not run\n\n{_fenced(_short(f'error: {one_line(str(error))}'))}"


def _counts(run: Run) -> Iterator[str]:
    found = Counter(finding.rule for finding in run.judgement.findings)
    waived = Counter(one.finding.rule for one in run.judgement.waived)
    rows = [
        f"| {f'[{rule.id}]({run.docs}#{rule.id})' if run.docs else rule.id} | {found[rule.id]} | {waived[rule.id]} |\n"
        for rule in RULES
        if found[rule.id] or waived[rule.id]
    ]
    if rows:
        yield f"| rule | findings | waived |\n|---|---|---|\n{''.join(rows)}"


def _blocks(run: Run) -> Iterator[str]:
    for finding in run.worst_first:
        yield _fenced(_short(render_finding(finding, run.shown)))
    for one in run.judgement.waived:
        yield _fenced(_short(render_waived(one, run.shown)))


def _short(block: str) -> str:
    """Shorten a block whose names are longer than a page, so that one finding does not push out the rest."""
    lines = _printable(block).split("\n")
    shortened = "\n".join(line if len(line) <= _LINE_MAX else f"{line[:_LINE_MAX]}…" for line in lines)
    kept = shortened.encode()[:_BLOCK_BYTES_MAX].decode(errors="ignore")
    return shortened if kept == shortened else f"{kept}…\n"


def _printable(text: str) -> str:
    return "\n".join(map(one_line, text.split("\n")))


def _fenced(text: str) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}\n"
