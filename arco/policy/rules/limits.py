r"""limits: one policy holds more conditions than IAM takes, or than Google recommends.

**Why.** A policy with more than 20 bindings of one role and one member under different conditions is refused, when
half of the change is done. More than 100 conditional bindings are taken, against Google's advice: that is a warning,
and an error where a matrix declares `policy owned`. More than twelve logical operators in one condition are
[`condition-refused`](#condition-refused).

Wrong:

```hcl
for_each = toset([for hour in range(24) : "hour=${hour}/"]) # a condition each, for one role and one member
```

Right:

```hcl
for_each = toset([for day in range(7) : "day=${day}/"])
```

**Fix.** Join prefixes of one role and member with `||` (up to thirteen in a condition), or put what belongs together
below one folder. Counted is what the input shows: the bindings of one bucket, managed folder, project, folder,
organization or service account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.model import Grant, Scope
from arco.policy.rules.rule import ERROR, Rule, advice

_ALIKE_MAX = 20
_CONDITIONAL_MAX = 100


def _check(case: Case) -> Iterator[Finding]:
    alike: dict[tuple[Scope, str, str], dict[str, Grant]] = {}
    bindings: dict[Scope, dict[tuple[str, str, str], Grant]] = {}
    for grant in (*case.found.grants, *case.found.impersonations):
        if grant.condition is not None:
            title, text = grant.condition.title, grant.condition.text.display()
            alike.setdefault((grant.scope, grant.role, grant.member), {}).setdefault(text, grant)
            bindings.setdefault(grant.scope, {}).setdefault((grant.role, title, text), grant)
    for (scope, role, member), held in alike.items():
        if len(held) > _ALIKE_MAX:
            yield RULE.about(
                _first_beyond(held.values(), _ALIKE_MAX),
                f"{member} holds {role} on {scope} under {len(held)} conditions; IAM allows {_ALIKE_MAX}",
                'join prefixes with "||", or put what belongs together below one folder',
                kind="alike",
            )
    for scope, conditional in bindings.items():
        if len(conditional) > _CONDITIONAL_MAX:
            finding = RULE.about(
                _first_beyond(conditional.values(), _CONDITIONAL_MAX),
                f"{scope} has {len(conditional)} conditional bindings; Google recommends at most {_CONDITIONAL_MAX}",
                "grant to a group, or put what belongs together below one folder",
                kind="conditional",
            )
            yield replace(finding, severity=advice(case))


def _first_beyond(grants: Iterable[Grant], allowed: int) -> Grant:
    return next(islice(grants, allowed, None))


RULE = Rule(
    id="limits",
    severity=ERROR,
    needs_layout=False,
    summary="no policy holds more conditions than IAM allows",
    check=_check,
)
