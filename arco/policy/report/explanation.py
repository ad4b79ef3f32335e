"""An answer to `explain`, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from arco.policy.explain import Answer
from arco.policy.judge import ASSUMPTION
from arco.policy.model import Grant
from arco.policy.report._text import one_line
from arco.policy.report.json import SCHEMA_VERSION, render_origin

__all__ = ["render_explanation", "render_explanation_json"]

_LEADS = {
    "yes": "yes: {who} may use {permission} on {target}",
    "no": "no: {who} may not use {permission} on {target}",
    "sometimes": "sometimes: {who} may use {permission} on {target} while a time or tag test holds",
    "undecided": "undecided: nobody documents whether {who} may use {permission} on {target}",
}
_OF_A_CONDITION = {"yes": "true", "no": "false"}


def render_explanation(answers: Sequence[Answer]) -> str:
    """Give each answer as a verdict and the grants that explain it."""
    return "\n".join("\n".join(one_line(line) for line in _lines(answer)) + "\n" for answer in answers)


def _lines(answer: Answer) -> Iterator[str]:
    who = answer.principal if answer.who in answer.principal else f"{answer.who} ({answer.principal})"
    yield _LEADS[answer.verdict].format(who=who, permission=answer.permission, target=answer.target)
    if answer.verdict == "no" and answer.grants:
        number = len(answer.grants)
        yield f"  it holds {answer.permission} by {number} grant{'s' * (number > 1)}, and none reaches this name:"
    elif answer.verdict == "no":
        yield f"  no grant in this input gives it {answer.permission} there"
    for grant in answer.grants:
        yield from _grant(grant, answer.verdict)
    if answer.able:
        yield f"  {'who else may' if answer.verdict == 'yes' else 'who may'}: {', '.join(answer.able)}"
    elif answer.verdict == "no":
        yield "  who may: nobody in this input"
    if answer.verdict == "no":
        yield f"  assumed: {ASSUMPTION}"
    if answer.unsettled:
        things = "1 thing is" if answer.unsettled == 1 else f"{answer.unsettled} things are"
        yield f"  beware: {things} not settled in this input; see `arco policy check`"


def _grant(grant: Grant, verdict: str) -> Iterator[str]:
    origin = grant.place
    yield f"  --> {origin or ''}{'  ' if origin else ''}{grant.address}, {grant.label}"
    yield f"   | role        {grant.role}"
    if grant.condition is None:
        yield "   | condition   none"
    else:
        yield f"   | condition   {grant.condition.text.display()}  ({_OF_A_CONDITION.get(verdict, verdict)})"


def render_explanation_json(answers: Sequence[Answer]) -> str:
    """Give the answers as one JSON document."""
    document = {"schema_version": SCHEMA_VERSION, "answers": [_document(answer) for answer in answers]}
    return json.dumps(document, indent=2) + "\n"


def _document(answer: Answer) -> dict[str, object]:
    return {
        "who": answer.who,
        "principal": answer.principal,
        "permission": answer.permission,
        "target": answer.target,
        "verdict": answer.verdict,
        "grants": [
            {
                "address": grant.address,
                "label": grant.label,
                "role": grant.role,
                "condition": grant.condition.text.display() if grant.condition else None,
                "location": render_origin(grant.place),
                # Those of one answer are of one mind: the rest of what a principal holds is not listed.
                "verdict": answer.verdict,
            }
            for grant in answer.grants
        ],
        "who_may": list(answer.able),
        "unsettled": answer.unsettled,
    }
