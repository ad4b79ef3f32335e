"""public-access: a grant names `allUsers` or `allAuthenticatedUsers`.

**Why.** The first is everybody on the internet, the second everybody with an account at Google. Neither takes a
condition.

Wrong:

```hcl
members = ["group:partners@example.com", "allUsers"]
```

Right:

```hcl
members = ["group:partners@example.com"]
```

**Fix.** Name the accounts, groups or domains that need access.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.model import EVERYONE
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for grant in case.found.grants:
        if grant.member in EVERYONE and grant.permissions:
            permission = min(grant.permissions, key=lambda name: (not name.startswith("storage.objects."), name))
            yield RULE.about(
                grant,
                f"{grant.member} holds {grant.role} on {grant.scope}",
                "name the accounts, groups or domains that need access",
                permission=permission,
                origin=grant.member_text.origin,
                witness=f"anybody on the internet may use {permission} on {grant.scope}"
                if grant.member == "allUsers"
                else f"anybody with a Google account may use {permission} on {grant.scope}",
            )


RULE = Rule(
    id="public-access",
    severity=ERROR,
    needs_layout=False,
    summary="no grant is made to everybody",
    check=_check,
)
