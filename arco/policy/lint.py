"""Judge conditions alone: what IAM refuses, what confines nothing or nobody, and what each condition means.

A condition is judged where it is attached. One that is given as text has no such place: it is judged on the one bucket
that it spells, on any bucket if it spells none, and from above all buckets if it spells several.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from arco.errors import EmptyInputError
from arco.policy.case import Case
from arco.policy.conditions import (
    Expression,
    Found,
    Free,
    Not,
    Nothing,
    Opaque,
    Refusal,
    Resource,
    Space,
    Undecided,
    Verdict,
    find_bucket,
    find_name,
    find_object,
    find_resource,
    leaves,
    parse,
)
from arco.policy.deployment import Deployment
from arco.policy.grants import Grants
from arco.policy.judge import Judgement, judge
from arco.policy.model import LIST, VERBS, Bucket, Condition, Grant, Scope, ScopeKind
from arco.policy.names import bucket_name
from arco.policy.reach import BUCKETS, spelled_buckets
from arco.policy.rules import (
    condition_dead,
    condition_no_slash,
    condition_refused,
    condition_type_guard,
    condition_unanchored,
    condition_vacuous,
    limits,
)
from arco.policy.values import Origin, Text

__all__ = ["Lint", "Meaning", "lint_deployment", "lint_text"]

_RULES = tuple(
    rule.RULE.id
    for rule in (
        condition_refused,
        condition_vacuous,
        condition_dead,
        condition_unanchored,
        condition_no_slash,
        condition_type_guard,
    )
)
_ANY_BUCKET = "any-bucket"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one condition means where it is attached. `refusal` is why IAM would not take it; the rest is then empty.

    `admits` and `excludes` are the shortest object URLs on either side: empty for none, None if nobody can tell.
    `on_bucket` says whether it holds for the bucket itself, which lists: yes, no, sometimes, undecided. `depends_on`
    are its tests of time and tags, and `undocumented` the reasons why parts of it are not decided.
    """

    text: str
    origin: Origin | None
    where: str
    refusal: str = ""
    admits: str | None = ""
    excludes: str | None = ""
    on_bucket: str = ""
    depends_on: tuple[str, ...] = ()
    undocumented: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lint:
    """The findings about conditions, and what each condition means."""

    judgement: Judgement
    meanings: tuple[Meaning, ...]


def lint_text(text: Text, source: str, bucket: str | None = None, at: datetime | None = None) -> Lint:
    """Judge one condition, on `bucket` if it is given. Raises EmptyInputError if there is nothing but blanks."""
    if not text.value.strip():
        message = "nothing to check: there is no condition"
        raise EmptyInputError(message, source=source)
    parsed = parse(text.value, at)
    where = _where(parsed, bucket)
    # Its role is any that reads, writes and lists; nobody's findings need more of it.
    permissions = frozenset((*VERBS.values(), LIST))
    condition = Condition("", text, parsed)
    grant = Grant("", "", permissions, where, condition, "", Text(()), Text(()), note="condition")
    buckets = {} if where.inherited else {where.name: Bucket(where.name, None, owned=True, uniform=True, address="")}
    judgement = judge(Case(Deployment(source, ()), Grants((grant,), buckets, ()), None), _RULES)
    shown = tuple(replace(one, evidence=one.evidence[-1:]) for one in judgement.findings)
    return Lint(replace(judgement, findings=shown, grants=0, principals=0), (_meaning(grant, condition),))


def lint_deployment(case: Case, at: datetime | None = None) -> Lint:
    """Judge every condition of an input. Raises EmptyInputError if it has none, and nothing that may hide one."""
    found = (
        case.found if at is None else replace(case.found, grants=tuple(_as_of(one, at) for one in case.found.grants))
    )
    conditional = [grant for grant in found.grants if grant.condition is not None]
    if not conditional and not found.unsettled:
        message = "nothing to check: no grant here has a condition"
        raise EmptyInputError(message, source=case.deployment.source)
    judgement = judge(replace(case, found=found, undecided=[]), (*_RULES, limits.RULE.id))
    meanings: dict[tuple[Scope, Text], Meaning] = {}
    for grant in conditional:
        if grant.condition is not None and (grant.scope, grant.condition.text) not in meanings:
            meanings[grant.scope, grant.condition.text] = _meaning(grant, grant.condition)
    return Lint(judgement, tuple(meanings.values()))


def _as_of(grant: Grant, at: datetime) -> Grant:
    condition = grant.condition
    if condition is None or not condition.text.known:
        return grant
    return replace(grant, condition=replace(condition, parsed=parse(condition.text.value, at)))


def _where(parsed: Expression | Refusal, bucket: str | None) -> Scope:
    spelled = set[str]() if isinstance(parsed, Refusal) else spelled_buckets(parsed)
    names = sorted(name for name in spelled if bucket_name(Text.of(name)))
    if bucket is None and len(names) > 1:
        return Scope(ScopeKind.ORGANIZATION, "above all buckets")
    return Scope(ScopeKind.BUCKET, bucket or (names[0] if names else _ANY_BUCKET))


def _meaning(grant: Grant, condition: Condition) -> Meaning:
    text, place, where = condition.text.display(), grant.place, str(grant.scope)
    if isinstance(condition.parsed, Refusal):
        return Meaning(text, place, where, condition.parsed.reason)
    expression = condition.parsed
    every = [leaf for leaf, _ in leaves(expression)]
    return Meaning(
        text,
        place,
        where,
        admits=_url(_object(expression, grant.scope)),
        excludes=_url(_object(Not(expression), grant.scope)),
        on_bucket=_answer(_bucket(expression, grant.scope), _bucket(Not(expression), grant.scope)),
        depends_on=tuple(dict.fromkeys(_written(leaf, text) for leaf in every if isinstance(leaf, Free))),
        undocumented=tuple(dict.fromkeys(leaf.reason for leaf in every if isinstance(leaf, Opaque))),
    )


def _written(leaf: Free, text: str) -> str:
    return text[leaf.span.start : leaf.span.end]


def _object(expression: Expression, scope: Scope) -> Verdict:
    return find_object(expression) if scope.inherited else find_name(expression, Space.objects(scope.name))


def _bucket(expression: Expression, scope: Scope) -> Verdict:
    return find_bucket(expression) if scope.inherited else find_resource(expression, Resource.bucket(scope.name))


def _url(verdict: Verdict) -> str | None:
    if isinstance(verdict, Found):
        bucket, _, name = verdict.name.removeprefix(BUCKETS).partition("/objects/")
        return f"gs://{bucket}/{name}"
    return "" if isinstance(verdict, Nothing) else None


def _answer(some: Verdict, without: Verdict) -> str:
    if isinstance(some, Nothing):
        return "no"
    if isinstance(some, Undecided) or isinstance(without, Undecided):
        return "undecided"
    return "yes" if isinstance(without, Nothing) else "sometimes"
