"""An answer to `explain` or `who-can`, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from arco.policy.explain import Able, Answer, Everybody
from arco.policy.judge import ASSUMPTION
from arco.policy.model import Grant
from arco.policy.report._text import one_line
from arco.policy.report.json import SCHEMA_VERSION, render_origin

__all__ = ["render_able", "render_able_json", "render_explanation", "render_explanation_json"]

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
        # Those of one answer are of one mind: the rest of what a principal holds is not listed.
        "grants": [_grant_document(grant) | {"verdict": answer.verdict} for grant in answer.grants],
        "who_may": list(answer.able),
        "unsettled": answer.unsettled,
    }


def _grant_document(grant: Grant) -> dict[str, object]:
    return {
        "address": grant.address,
        "label": grant.label,
        "role": grant.role,
        "condition": grant.condition.text.display() if grant.condition else None,
        "location": render_origin(grant.place),
    }


def render_able(everybody: Everybody) -> str:
    """Give everybody who may, with the grants that let them, and then what is not settled."""
    return "\n".join(one_line(line) for line in _able_lines(everybody)) + "\n"


def _able_lines(everybody: Everybody) -> Iterator[str]:
    certain = sum(able.verdict != "undecided" for able in everybody.able)
    who = {0: "nobody in this input", 1: "1 principal"}.get(certain, f"{certain} principals")
    yield f"{who} may use {everybody.permission} on {everybody.target}"
    for able in everybody.able:
        yield f"{able.verdict}: {_spelled(able)}"
        for grant in able.grants:
            yield from _grant(grant, able.verdict)
    for item in everybody.unsettled:
        yield f"undecided: {item.attribute} of {item.address}: {item.reason}"
        if item.origin is not None:
            yield f"  --> {item.origin}"
    yield f"assumed: {ASSUMPTION}"


def _spelled(able: Able) -> str:
    return able.named if able.principal in able.named else f"{able.named} ({able.principal})"


def render_able_json(everybody: Everybody) -> str:
    """Give the list as one JSON document."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "permission": everybody.permission,
        "target": everybody.target,
        "settled": everybody.settled,
        "who_may": [
            {
                "principal": able.principal,
                "named": able.named,
                "verdict": able.verdict,
                "grants": [_grant_document(grant) for grant in able.grants],
            }
            for able in everybody.able
        ],
        "unsettled": [
            {
                "address": item.address,
                "attribute": item.attribute,
                "reason": item.reason,
                "location": render_origin(item.origin),
            }
            for item in everybody.unsettled
        ],
        "assumptions": [ASSUMPTION],
    }
    return json.dumps(document, indent=2) + "\n"
