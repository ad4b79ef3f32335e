r"""bucket-wide-grant: somebody reaches every name of a bucket, to create, read, update, delete or list.

Listing is not reported for a role that the matrix declares a lister.

**Why.** Whatever is put into the bucket later is reached as well. All grants of one member count together, from the
bucket, the project, its folders and the organization, and so do the default bindings that Cloud Storage gives to a
project's owners, editors and viewers on a bucket whose whole policy nobody writes.

Wrong:

```hcl
role   = "roles/storage.objectUser"
member = "serviceAccount:etl@demo-project.iam.gserviceaccount.com"
```

Right:

```hcl
role   = "roles/storage.objectUser"
member = "serviceAccount:etl@demo-project.iam.gserviceaccount.com"

condition {
  title      = "exports"
  expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/exports/\")"
}
```

**Fix.** Confine the grant to a folder. A prefix that ends in the bucket's name, a negation, and a date are no folder:
each is true for the bucket itself or for all in it. Against default bindings, write the whole policy with
`google_storage_bucket_iam_policy`. With a project number instead of an id, or for buckets that the input does not
name, the worst case counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arco.policy.case import Case
from arco.policy.conditions import Either, Not, Nothing
from arco.policy.findings import Finding, joined
from arco.policy.model import LIST, VERBS, Grant, ScopeKind
from arco.policy.reach import at_best, narrowed, spelled_buckets
from arco.policy.rules.rule import ERROR, Rule

_CONFINE = 'confine the grant: resource.name.startsWith("projects/_/buckets/BUCKET/objects/FOLDER/")'
_NO_LIST = "use a role without storage.objects.list, which no prefix narrows, or declare the lister in a matrix"


def _check(case: Case) -> Iterator[Finding]:
    told: set[Grant] = set()
    for bucket, principal in _questions(case):
        inside = bucket in case.reach.buckets
        for grants, verbs in _by_binding(case, principal, bucket):
            if inside or grants[0] not in told:
                told.add(grants[0])
                where = f"bucket {bucket}" if inside else f"every bucket of {grants[0].scope}"
                finding = RULE.about(
                    grants[0],
                    f"{principal} can {joined(verbs)} every object of {where}",
                    _CONFINE if set(verbs) - {"list"} else _NO_LIST,
                    kind=joined(verbs),
                    permission=VERBS.get(verbs[0], LIST),
                    witness=f"may {verbs[0]} gs://{bucket}/{'' if verbs[0] == 'list' else 'x'}",
                )
                yield replace(finding, grants=tuple(grants))


def _by_binding(case: Case, principal: str, bucket: str) -> Iterator[tuple[list[Grant], list[str]]]:
    """Yield what each binding contributes: the grants that it makes, and the verbs. A waiver covers one of them."""
    found: dict[tuple[str, str], tuple[list[Grant], list[str]]] = {}
    held = {verb: _everywhere(case, principal, permission, bucket) for verb, permission in VERBS.items()}
    for verb, giving in {**held, "list": _lists(case, principal, bucket)}.items():
        for grant in giving:
            grants, verbs = found.setdefault((grant.address, grant.label), ([], []))
            if grant not in grants:
                grants.append(grant)
            if verb not in verbs:
                verbs.append(verb)
    yield from found.values()


def _questions(case: Case) -> Iterator[tuple[str, str]]:
    """Yield each bucket of the input with everybody in it, then what is above buckets and which of them it tells apart.

    For one principal, a bucket that none of its own conditions spells is like any other: asking about the buckets that
    others spell would be a square of the input, and say nothing.
    """
    for bucket in case.reach.buckets:
        yield from ((bucket, principal) for principal in case.reach.principals_in(bucket))
    spelled: dict[str, set[str]] = {}
    for grant in case.found.grants:
        if grant.scope.inherited:
            names = spelled_buckets(grant.expression)
            # A name that goes on behind a spelled one is told apart by a prefix without "/".
            for name in {*names, *(f"{name}x" for name in names), "any-other-bucket"}:
                spelled.setdefault(name, set()).add(grant.member)
    for bucket in sorted(spelled.keys() - set(case.reach.buckets)):
        yield from ((bucket, principal) for principal in sorted(spelled[bucket]))


def _everywhere(case: Case, principal: str, permission: str, bucket: str) -> list[Grant]:
    """Give the grants that reach every object each by itself, or, if none does, those that do so together."""
    grants = case.reach.grants(principal, permission, bucket)
    if not grants or not _covered(case, grants, bucket):
        return []
    alone = grants if len(grants) == 1 else [grant for grant in grants if _covered(case, [grant], bucket)]
    return alone or grants


def _covered(case: Case, grants: list[Grant], bucket: str) -> bool:
    expressions = tuple(dict.fromkeys(narrowed(grant) for grant in grants))
    expression = expressions[0] if len(expressions) == 1 else Either(expressions)
    verdict = case.reach.find(Not(at_best(expression)), bucket)
    case.told(verdict, grants)
    return isinstance(verdict, Nothing)


def _lists(case: Case, principal: str, bucket: str) -> list[Grant]:
    """Give the grants by which `principal` lists a whole bucket where the matrix does not declare it."""
    grants = [g for g in case.reach.grants(principal, LIST, bucket) if g.scope.kind is not ScopeKind.MANAGED_FOLDER]
    if not grants or (case.declared is not None and case.declared.lists(principal, bucket)):
        return []
    return [grant for grant in grants if case.told(case.reach.by([grant], LIST, bucket), [grant]) is not None]


RULE = Rule(
    id="bucket-wide-grant",
    severity=ERROR,
    needs_layout=False,
    summary="nobody reaches every name of a bucket to write, read or list",
    check=_check,
)
