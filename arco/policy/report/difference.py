"""A comparison of two inputs, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arco import __version__
from arco.policy.diff import Change, Difference, Doubt, Shown
from arco.policy.judge import ASSUMPTION
from arco.policy.model import Grant
from arco.policy.report._text import one_line
from arco.policy.report.json import SCHEMA_VERSION, render_origin

__all__ = ["render_difference", "render_difference_json"]

_PREPOSITION = {"gained": "in the head", "lost": "in the base"}
_SIGN = {"gained": "+", "lost": "-"}
_OTHERS_SHOWN, _PLACES_SHOWN = 5, 3


@dataclass(frozen=True, slots=True)
class _Block:
    """One change, and those that were written in the same place and say the same of other accounts."""

    first: Change
    others: tuple[Change, ...]


def render_difference(difference: Difference, milliseconds: float) -> str:
    """Give each change as a block, then each doubt, then what was compared."""
    blocks = [[*_block(block)] for block in _grouped(difference.changes)]
    blocks += [[*_doubt(doubt)] for doubt in difference.doubts]
    text = "".join("\n".join(map(one_line, lines)) + "\n\n" for lines in blocks)
    before, after = difference.grants
    principals, buckets = _count(difference.principals, "principal"), _count(difference.buckets, "bucket")
    counts = f"{_count(before, 'grant')}, then {after}; {principals}, {buckets}"
    verdict = _verdict(difference)
    return f"{text}assumed: {ASSUMPTION}\n{verdict} ({counts}; decided for all names in {milliseconds:.0f} ms)\n"


def _verdict(difference: Difference) -> str:
    if difference.same:
        return "no access is gained or lost"
    told = []
    for direction, one, several in (("gained", "gains", "gain"), ("lost", "loses", "lose")):
        number = len({change.principal for change in difference.changes if change.direction == direction})
        if number:
            told.append(f"{_count(number, 'principal')} {one if number == 1 else several} access")
    if difference.doubts:
        told.append(f"{len(difference.doubts)} undecided")
    return ", ".join(told)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _grouped(changes: Sequence[Change]) -> Iterator[_Block]:
    found: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        said = tuple((item.permissions, item.when) for item in change.shown)
        place = change.grant.place or (change.grant.address, change.grant.label)
        found.setdefault((change.direction, place, change.grant.role, said), []).append(change)
    for first, *others in found.values():
        yield _Block(first, tuple(others))


def _block(block: _Block) -> Iterator[str]:
    change = block.first
    yield f"{change.direction}: {change.principal}"
    for items in _alike(change.shown):
        first = items[0]
        yield f"   {_SIGN[change.direction]} {_families(first.permissions)}"
        yield f"     on {first.where}, such as {first.witness}{f', {first.when}' if first.when else ''}"
        yield from (f"     and on {item.where}, such as {item.witness}" for item in items[1:_PLACES_SHOWN])
        if len(items) > _PLACES_SHOWN:
            yield f"     … and on {len(items) - _PLACES_SHOWN} more (all in --json)"
    yield from _grant(change.grant, _PREPOSITION[change.direction])
    for other in block.others[:_OTHERS_SHOWN]:
        yield f"   and {other.principal}, such as {other.shown[0].witness}"
    if len(block.others) > _OTHERS_SHOWN:
        yield f"   … and {len(block.others) - _OTHERS_SHOWN} more (all in --json)"


def _alike(shown: Sequence[Shown]) -> Iterator[list[Shown]]:
    """Join what differs only in the place: a grant on a project reaches all of its buckets."""
    found: dict[tuple[object, ...], list[Shown]] = {}
    for item in shown:
        found.setdefault((item.permissions, item.when), []).append(item)
    yield from found.values()


def _doubt(doubt: Doubt) -> Iterator[str]:
    yield f"undecided: {doubt.subject}, in the {doubt.side}"
    if doubt.permissions:
        yield f"   ? {_families(doubt.permissions)}"
    yield f"     {doubt.reason}"
    if doubt.grant is not None:
        yield from _grant(doubt.grant, f"in the {doubt.side}")


def _grant(grant: Grant, side: str) -> Iterator[str]:
    place = f"{grant.place}  " if grant.place else ""
    yield f"  --> {side}: {place}{grant.address}, {grant.label}"
    yield f"   | role        {grant.role} on {grant.scope}"
    yield f"   | condition   {grant.condition.text.display() if grant.condition else 'none'}"


def _families(permissions: Sequence[str]) -> str:
    """Join what differs in the last word only: forty permissions of a role are seven families."""
    families: dict[str, list[str]] = {}
    for permission in permissions:
        family, _, verb = permission.rpartition(".")
        families.setdefault(family, []).append(verb)
    return ", ".join(
        f"{family}.{verbs[0]}" if len(verbs) == 1 else f"{family}.{{{','.join(verbs)}}}"
        for family, verbs in families.items()
    )


def render_difference_json(difference: Difference, base: str, head: str, milliseconds: float) -> str:
    """Give the comparison as one JSON document: every change, none joined with another."""
    before, after = difference.grants
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "arco", "version": __version__},
        "base": base,
        "head": head,
        "verdict": "same" if difference.same else "different" if difference.changes else "undecided",
        "counts": {
            "grants_base": before,
            "grants_head": after,
            "principals": difference.principals,
            "buckets": difference.buckets,
        },
        "assumptions": [ASSUMPTION],
        "milliseconds": round(milliseconds, 3),
        "changes": [
            {
                "direction": change.direction,
                "principal": change.principal,
                "shown": [_shown(item) for item in change.shown],
                "grant": _document(change.grant),
            }
            for change in difference.changes
        ],
        "undecided": [
            {
                "side": doubt.side,
                "subject": doubt.subject,
                "reason": doubt.reason,
                "permissions": list(doubt.permissions),
                "grant": _document(doubt.grant) if doubt.grant else None,
            }
            for doubt in difference.doubts
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _shown(item: Shown) -> dict[str, object]:
    return {
        "permissions": list(item.permissions),
        "where": item.where,
        "witness": item.witness,
        "when": item.when or None,
    }


def _document(grant: Grant) -> dict[str, object]:
    return {
        "address": grant.address,
        "label": grant.label,
        "role": grant.role,
        "scope": str(grant.scope),
        "condition": grant.condition.text.display() if grant.condition else None,
        "location": render_origin(grant.place),
    }
