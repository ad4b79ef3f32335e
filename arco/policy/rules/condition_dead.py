r"""condition-dead: no bucket, object or folder that the grant covers ever satisfies its condition.

**Why.** Nobody gets what somebody meant to grant, and it shows when it is needed. Prefixes that exclude each other,
another bucket's name, `projects/demo/` in place of `projects/_/`, a type or service that Cloud Storage does not have
(IAM merely warns), a date that is none: each is taken, and never grants.

Wrong:

```hcl
expression = <<-EOT
  resource.type == "storage.googleapis.com/Objects" &&
  resource.name.startsWith("projects/_/buckets/demo/objects/a/")
EOT
```

Right:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
```

**Fix.** Compare each literal with the form `projects/_/buckets/BUCKET/objects/NAME`, and join alternatives with `||`.
To grant nothing, remove the grant. A time that is past is no reason by itself, since the input does not say when it
is judged: `arco policy lint INPUT --at TIME` asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arco.policy.case import Case
from arco.policy.conditions import (
    BUCKET_TYPE,
    MANAGED_FOLDER_TYPE,
    NAME_BYTES_MAX,
    OBJECT_TYPE,
    SERVICE,
    All,
    Constant,
    Either,
    Expression,
    NameTest,
    Not,
    Nothing,
    Opaque,
    Refusal,
    Resource,
    ServiceIs,
    Space,
    Span,
    Test,
    TestKind,
    TypeIs,
    Verdict,
    find_bucket,
    find_name,
    find_object,
    find_resource,
    leaves,
    where_name_begins,
)
from arco.policy.findings import Finding
from arco.policy.model import Grant, Scope, ScopeKind
from arco.policy.reach import BUCKETS, under
from arco.policy.rules.rule import ERROR, Rule

_TYPES = {BUCKET_TYPE, OBJECT_TYPE, MANAGED_FOLDER_TYPE}
_OTHER_TYPE = f"{SERVICE}/?"
_FOLDER_TYPES = (MANAGED_FOLDER_TYPE, _OTHER_TYPE)
_UNDOCUMENTED = Resource(None, None, None)
_NOWHERE = Span(0, 0)


def _check(case: Case) -> Iterator[Finding]:
    for grant in case.found.grants:
        if grant.condition is None or isinstance(grant.condition.parsed, Refusal):
            continue
        covers = grant.scope.inherited or grant.scope.kind in {ScopeKind.BUCKET, ScopeKind.MANAGED_FOLDER}
        if covers and all(item == Nothing() for item in _matches(case, grant)):
            yield RULE.about(
                grant,
                f"the condition never holds: it grants nothing on {grant.scope}",
                "correct the literals that exclude each other or every resource, or remove the grant",
                caret=_culprit(grant.expression),
            )


def _matches(case: Case, grant: Grant) -> Iterator[Verdict]:
    """Search, in turn, each kind of resource that the grant covers. What is undecided there is no dead condition."""
    expression = _granting(grant.expression)
    if grant.scope.inherited:
        yield find_object(expression)
        yield find_bucket(expression)
        # More names than there are: what holds for none of them holds for no folder.
        yield from (find_name(expression, Space(BUCKETS, kind, NAME_BYTES_MAX)) for kind in _FOLDER_TYPES)
        yield find_resource(where_name_begins(expression, "", ("projects/_/",), storage=False), _UNDOCUMENTED)
        return
    bucket = grant.scope.name
    yield case.reach.find(All((_in_folder(grant.scope), expression)), bucket)
    yield find_name(expression, Space.managed_folders(bucket))
    if grant.scope.kind is ScopeKind.BUCKET:
        yield find_resource(expression, Resource.bucket(bucket))
        beginning = f"{BUCKETS}{bucket}/"
        others = (Not(_begins(f"{beginning}{kind}/")) for kind in ("objects", "managedFolders"))
        yield find_name(All((expression, *others)), Space(beginning, _OTHER_TYPE, NAME_BYTES_MAX))


def _in_folder(scope: Scope) -> Expression:
    folder = scope.folder.rstrip("/")
    return under(scope.name, f"{folder}/" if folder else "")


def _begins(literal: str) -> Expression:
    return NameTest(Test(TestKind.STARTS_WITH, literal, _NOWHERE), _NOWHERE)


def _granting(expression: Expression, *, positive: bool = True) -> Expression:
    """Give the expression with each time that IAM cannot read as it counts there: never in favour of the grant."""
    if isinstance(expression, Not):
        return Not(_granting(expression.item, positive=not positive))
    if isinstance(expression, All | Either):
        return replace(expression, items=tuple(_granting(item, positive=positive) for item in expression.items))
    unreadable = isinstance(expression, Opaque) and expression.unreadable
    return Constant(not positive, expression.span) if unreadable else expression


def _culprit(expression: Expression) -> tuple[Span, str] | None:
    """Point at a leaf that alone is never true, if there is one."""
    for leaf, positive in leaves(expression):
        if isinstance(leaf, Opaque) and leaf.unreadable:
            return leaf.span, "no time that IAM documents"
        if positive and isinstance(leaf, TypeIs) and leaf.literal not in _TYPES:
            return leaf.span, "no type of Cloud Storage"
        if positive and isinstance(leaf, ServiceIs) and leaf.literal != SERVICE:
            return leaf.span, "not the service of Cloud Storage"
    return None


RULE = Rule(
    id="condition-dead",
    severity=ERROR,
    needs_layout=False,
    summary="every condition can hold for something",
    check=_check,
)
