r"""condition-unanchored: the names that a condition admits may begin with anything: no folder confines them.

**Why.** A name test that looks only at the end or the middle of a name reaches every folder, those of others and
those that nobody has made yet. `{x}` in a template spans slashes, and a template's prefix counts wherever it occurs
first, so that an extract is as loose as a search, even one that spells the whole path: an object's name may hold that
path once more, behind any beginning. All folders but one are loose as well.

Wrong:

```hcl
expression = "resource.name.endsWith(\"/report.csv\")"
```

Right:

```hcl
expression = <<-EOT
  resource.name.startsWith("projects/_/buckets/demo/objects/a/") &&
  resource.name.endsWith("/report.csv")
EOT
```

**Fix.** Begin with `resource.name.startsWith("projects/_/buckets/BUCKET/objects/FOLDER/")`, and let every alternative
of `||` begin so. What admits *all* names of a bucket is told by `bucket-wide-grant` and `condition-vacuous` instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from arco.policy.case import Case
from arco.policy.conditions import (
    Expression,
    ExtractPair,
    ExtractTest,
    NameTest,
    Not,
    Nothing,
    Refusal,
    Resource,
    Span,
    TestKind,
    evaluate,
    leaves,
)
from arco.policy.findings import Finding
from arco.policy.model import Grant, ResourceKind, ScopeKind, resource_kind
from arco.policy.reach import at_best, covers, spelled_buckets
from arco.policy.rules.rule import ERROR, Rule

_ANY_OTHER = "any-other-bucket"
_LETTERS = "xyzwvuqhgfdlmniabcdefjkoprst0123456789XYZABCDEFGHIJKLMNOPQRSTUVW"


def _check(case: Case) -> Iterator[Finding]:
    for grant in case.found.grants:
        if grant.condition is None or isinstance(grant.condition.parsed, Refusal) or not _on_objects(grant):
            continue
        loose = ((bucket, _loose_name(case, grant, bucket)) for bucket in _buckets(case, grant))
        bucket, name = next(((bucket, name) for bucket, name in loose if name is not None), ("", None))
        if name is not None:
            yield RULE.about(
                grant,
                "the condition is anchored to no folder: it admits names that begin with anything",
                'begin with resource.name.startsWith("projects/_/buckets/BUCKET/objects/FOLDER/")',
                witness=f"holds for gs://{bucket}/{name}, and for any other beginning in place of {name[0]}",
                caret=_culprit(grant.expression, bucket, name),
            )


def _on_objects(grant: Grant) -> bool:
    """Whether the grant is about objects at all, and confined by nothing but its condition."""
    if grant.scope.kind is ScopeKind.MANAGED_FOLDER:
        return False
    return any(resource_kind(item) is ResourceKind.OBJECT for item in grant.permissions)


def _buckets(case: Case, grant: Grant) -> list[str]:
    """List the buckets in which the condition may differ: those that it spells, and one that nobody spells."""
    if not grant.scope.inherited:
        return [grant.scope.name]
    spelled = spelled_buckets(grant.expression)
    # A name that goes on behind a spelled one is told apart by a prefix without "/".
    named = sorted({*spelled, *(f"{name}x" for name in spelled)})
    return [*(name for name in named if covers(grant.scope, name, case.found.buckets.get(name))), _ANY_OTHER]


def _loose_name(case: Case, grant: Grant, bucket: str) -> str | None:
    """Find a name that the condition admits and whose first character occurs in none of its literals.

    No test of the condition can tell such a character from any other that it does not spell. So if one name that begins
    with it is admitted, the same name with any other in its place is too; and if none is, then every admitted name
    begins with one of the finitely many characters that are spelled: literal prefixes confine it.
    """
    expression = grant.expression
    verdict = case.reach.find(expression, bucket, _unspelled(expression))
    # What admits every name is another rule's; most conditions are confined, and need not be asked that.
    if isinstance(verdict, Nothing) or isinstance(case.reach.find(Not(at_best(expression)), bucket), Nothing):
        return None
    return case.told(verdict, [grant])


def _unspelled(expression: Expression) -> str:
    spelled = set[str]()
    for leaf, _ in leaves(expression):
        if isinstance(leaf, NameTest | ExtractTest):
            spelled.update(leaf.test.literal)
        if isinstance(leaf, ExtractTest):
            spelled.update(leaf.template.prefix, leaf.template.suffix)
        if isinstance(leaf, ExtractPair):
            spelled.update(leaf.left.prefix, leaf.left.suffix, leaf.right.suffix)
    others = (chr(point) for point in range(0x4E00, 0xD800))
    return next(character for character in chain(_LETTERS, others) if character not in spelled)


def _culprit(expression: Expression, bucket: str, name: str) -> tuple[Span, str] | None:
    """Point at the first test that lets the name through without looking at how it begins."""
    resource = Resource.object(bucket, name)
    for leaf, positive in leaves(expression):
        about_name = isinstance(leaf, NameTest | ExtractTest | ExtractPair)
        anchored = positive and isinstance(leaf, NameTest) and leaf.test.kind is not TestKind.ENDS_WITH
        if about_name and not anchored and evaluate(leaf, resource) is positive:
            return leaf.span, "not anchored"
    return None


RULE = Rule(
    id="condition-unanchored",
    severity=ERROR,
    needs_layout=False,
    summary="every condition confines names to folders that it spells",
    check=_check,
)
