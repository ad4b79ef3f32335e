"""Conditions that were judged alone, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from arco import __version__
from arco.policy.lint import Lint, Meaning
from arco.policy.report._text import one_line
from arco.policy.report.json import SCHEMA_VERSION, finding_document, render_origin
from arco.policy.report.plain import count, render_findings, render_verdict

__all__ = ["render_lint", "render_lint_json"]

_ON_BUCKET = {
    "yes": "holds for the bucket itself: a role that lists lists everything",
    "no": "does not hold for the bucket itself: nobody lists by it",
    "sometimes": "holds for some buckets, or at some times, and a role that lists then lists everything there",
    "undecided": "nobody documents whether it holds for the bucket itself",
}


def render_lint(lint: Lint, milliseconds: float, *, colour: bool, source: str) -> str:
    """Give the findings, then what each condition means, then the verdict."""
    blocks = [render_findings(lint.judgement, colour=colour, source=source)]
    blocks += ["".join(f"{one_line(line)}\n" for line in _lines(meaning, source)) for meaning in lint.meanings]
    looked_at = f"{count(len(lint.judgement.asked), 'rule')}, {count(len(lint.meanings), 'condition')}"
    verdict = f"{render_verdict(lint.judgement)} ({looked_at}; decided for all object names in {milliseconds:.0f} ms)\n"
    return "\n".join(block for block in (*blocks, verdict) if block)


def _lines(meaning: Meaning, source: str) -> Iterator[str]:
    yield f"{meaning.origin or source}  on {meaning.where}"
    yield f"  condition  {meaning.text}"
    if meaning.refusal:
        yield f"  refused    {meaning.refusal}"
        return
    yield f"  objects    {_objects(meaning)}"
    yield f"  bucket     {_ON_BUCKET[meaning.on_bucket]}"
    yield from (f"  depends on {test}" for test in meaning.depends_on)
    yield from (f"  undecided  {reason}" for reason in meaning.undocumented)


def _objects(meaning: Meaning) -> str:
    if meaning.admits is None or meaning.excludes is None:
        known = f"holds for {meaning.admits}" if meaning.admits else "does not hold for all"
        return f"{known}; the rest is not decided" if meaning.admits or meaning.excludes else "not decided"
    if not meaning.admits:
        return "holds for none"
    if not meaning.excludes:
        return "holds for all"
    when = ", each at some time" if meaning.depends_on else ""
    return f"holds for {meaning.admits} (none is shorter), and not for {meaning.excludes}{when}"


def render_lint_json(lint: Lint, source: str, milliseconds: float) -> str:
    """Give the findings and what each condition means as one JSON document."""
    judgement = lint.judgement
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "arco", "version": __version__},
        "input": source,
        "verdict": "refuted" if judgement.errors else "proved",
        "milliseconds": round(milliseconds, 3),
        "findings": [finding_document(finding) for finding in judgement.findings],
        "conditions": [_condition(meaning) for meaning in lint.meanings],
    }
    return json.dumps(document, indent=2) + "\n"


def _condition(meaning: Meaning) -> dict[str, object]:
    return {
        "expression": meaning.text,
        "location": render_origin(meaning.origin),
        "where": meaning.where,
        "refusal": meaning.refusal or None,
        "admits": meaning.admits,
        "excludes": meaning.excludes,
        "on_bucket": meaning.on_bucket or None,
        "depends_on": list(meaning.depends_on),
        "undocumented": list(meaning.undocumented),
    }
