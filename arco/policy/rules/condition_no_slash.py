r"""condition-no-slash: a prefix does not end in `/`, and admits a name that is neither the folder nor in it.

**Why.** `…/objects/state` is also the beginning of `state_old/x` and of `statements`.

Wrong:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/state\")"
```

Right:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/state/\")"
```

**Fix.** End the prefix in `/`. If a single object is meant, compare with `==`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arco.policy.case import Case
from arco.policy.conditions import (
    All,
    Expression,
    ExtractTest,
    NameTest,
    Not,
    Refusal,
    Span,
    Test,
    TestKind,
    find_object,
    leaves,
)
from arco.policy.findings import Finding
from arco.policy.model import Grant
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for grant in case.found.grants:
        if grant.condition is None or isinstance(grant.condition.parsed, Refusal):
            continue
        for leaf, positive in leaves(grant.condition.parsed):
            if positive and isinstance(leaf, NameTest | ExtractTest) and _open_ended(leaf.test):
                name = _sibling(case, grant, leaf)
                if name is not None:
                    test = leaf.test
                    start = test.span.end - len(test.literal.rpartition("/")[2])
                    yield RULE.about(
                        grant,
                        f'the prefix "{test.literal}" has no final slash, and covers more than the folder',
                        'end the prefix in "/"',
                        witness=f"holds for {name}",
                        caret=(Span(start, test.span.end), "no final slash"),
                    )


def _open_ended(test: Test) -> bool:
    return test.kind is TestKind.STARTS_WITH and test.literal != "" and not test.literal.endswith("/")


def _sibling(case: Case, grant: Grant, leaf: NameTest | ExtractTest) -> str | None:
    """Find a name that the condition admits by this prefix, and that is neither the folder's nor inside it."""

    def tested(kind: TestKind, literal: str) -> Expression:
        return replace(leaf, test=replace(leaf.test, kind=kind, literal=literal))

    literal = leaf.test.literal
    inside = Not(tested(TestKind.STARTS_WITH, f"{literal}/"))
    wanted = All((grant.expression, leaf, inside, Not(tested(TestKind.EQUALS, literal))))
    verdict = find_object(wanted) if grant.scope.inherited else case.reach.find(wanted, grant.scope.name)
    return case.told(verdict, [grant])


RULE = Rule(
    id="condition-no-slash",
    severity=ERROR,
    needs_layout=False,
    summary='a prefix ends in "/"',
    check=_check,
)
