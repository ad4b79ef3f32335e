"""escalation: somebody may grant itself more than it holds, or act as an account that reaches more.

**Why.** Whoever may rewrite a policy, a role or a guardrail holds what that may say tomorrow, and whoever may become an
account holds what the account holds today. Both are asked of the project and what is above it, of each bucket, and of
each service account: grants on accounts are followed as far as they lead, and what the account at the end adds is
decided for all names. Permission to attach an account to a workload (`iam.serviceAccounts.actAs`) counts as becoming
it, since no list of what deploys a workload is complete. A grant to a whole pool of federated identities counts as one
to everybody at the issuer, unless the pool's provider has a condition.

With a matrix, an `a` in the column `project` or `bucket` declares it. Without one, two things are warnings: to rewrite
the policy of a single bucket, which its administrators must, and to run what already runs as another identity.

Wrong:

```hcl
service_account_id = google_service_account.writer.name
role               = "roles/iam.serviceAccountTokenCreator"
member             = "user:ann@example.com"
```

Right:

```hcl
service_account_id = google_service_account.writer.name
role               = "roles/iam.serviceAccountViewer"
member             = "user:ann@example.com"
```

**Fix.** Drop the grant, or narrow it to an account that reaches no more than its holder. Who must administer gets an
`a` in the matrix; what must become an account, such as a pipeline, gets a waiver with a reason. With a matrix, no
waiver covers what leads to an account that plays one of its roles, or that reaches into the bucket of a workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from arco.policy.become import Impersonation, gain_of, may_stand_above
from arco.policy.case import Case
from arco.policy.deployment import Instance
from arco.policy.findings import Finding
from arco.policy.matrix import administering
from arco.policy.model import Grant
from arco.policy.ownership import lake_accounts
from arco.policy.reach import outside_storage
from arco.policy.roles import becoming, role_data, running
from arco.policy.rules.rule import ERROR, WARNING, Rule
from arco.policy.values import Text

_BUCKET_POLICY = ("storage.buckets.setIamPolicy", "storage.managedFolders.setIamPolicy")
# Of an object's own policy only access control lists are left, which uniform access switches off.
_LISTS = "storage.objects.setIamPolicy"
# To use a connection reads no more than its tables show, which take a permission of their own.
_USES = "bigquery.connections.use"
_RUNS = "run_code_or_move_data_as_other_identity"
_GROUPS = ("iam_policy_write", "role_and_guardrail_write", "become_service_account", _RUNS)
_PROVIDER = "google_iam_workload_identity_pool_provider"
_WHOLE_POOL = re.compile(
    r"principalSet://iam\.googleapis\.com/projects/[^/]+/locations/global/workloadIdentityPools/([^/]+)/\*"
)
_NARROW = "drop the grant, or declare it: 'a' in the matrix, or a waiver with a reason"


def _check(case: Case) -> Iterator[Finding]:
    # Each grant is told by itself: a waiver of one must not hide another.
    told: set[tuple[str, ...]] = set()
    lake = lake_accounts(case)
    for grant in _inherited(case):
        finding = _above(case, grant)
        if finding is not None:
            yield replace(finding, waivable=not any(may_stand_above(grant, account) for account in lake))
        if finding is not None and finding.severity == ERROR:
            told.add(_written(grant))
    declared = _administrators(case, "bucket")
    for bucket in case.reach.buckets:
        for principal in case.reach.principals_in(bucket):
            if (principal, bucket) not in declared:
                yield from _in_bucket(case, principal, bucket, told)
    yield from _as_others(case, lake)
    yield from _federated(case)


def _inherited(case: Case) -> Iterator[Grant]:
    """Yield the grants above buckets that hold something which leads to more; not of who is declared."""
    declared = {principal for principal, _ in _administrators(case, "project")}
    for grant in case.found.grants:
        leads = grant.permissions & administering() or running(grant.role, grant.permissions)
        if grant.scope.inherited and grant.member not in declared and leads:
            yield grant


def _administrators(case: Case, column: str) -> set[tuple[str, str]]:
    """Give whom the matrix gives an `a` in `column`, each with the bucket of the workspace."""
    if case.declared is None:
        return set()
    rows, holders = case.declared.matrix.rows, case.declared.holders
    return {(holder.principal, holder.workspace.bucket) for holder in holders if "a" in rows[holder.role][column]}


def _above(case: Case, grant: Grant) -> Finding | None:
    """Tell of the strongest thing that a grant lets its holder do to the project or what is above it."""
    lists = any(bucket.uniform is not True for bucket in case.found.buckets.values())
    for group in _GROUPS:
        held = sorted(name for name in grant.permissions & administering() if _group(name) == group)
        runs = running(grant.role, grant.permissions) if group == _RUNS else None
        held += [runs] if runs else []
        held = [name for name in held if (name != _LISTS or lists) and (name != _USES or case.declared)]
        if not held or case.told(outside_storage(grant.expression), [grant]) is None:
            continue
        finding = RULE.about(
            grant,
            f"{grant.member} {_meaning(group)}, on {grant.scope} and all below",
            _NARROW,
            kind=group,
            permission=held[0],
            witness=f"may use {held[0]} on {grant.scope}",
        )
        weak = group == _RUNS and case.declared is None
        return replace(finding, severity=WARNING) if weak else finding
    return None


@cache
def _group(permission: str) -> str:
    if permission == _LISTS:
        return _RUNS
    names = {permission, permission.replace("iam.workloadIdentity", "iam.googleapis.com/workloadIdentity")}
    return next((group.name for group in role_data().escalation if names & group.permissions), "")


def _meaning(group: str) -> str:
    return next(entry.meaning for entry in role_data().escalation if entry.name == group).partition(";")[0]


def _in_bucket(case: Case, principal: str, bucket: str, told: set[tuple[str, ...]]) -> Iterator[Finding]:
    """Tell of each grant that lets `principal` rewrite a policy in `bucket`, but of none that is `told`."""
    here: set[tuple[str, ...]] = set()
    for permission in _BUCKET_POLICY:
        what = f"bucket {bucket}" if permission == _BUCKET_POLICY[0] else f"managed folders of bucket {bucket}"
        for grant in case.reach.grants(principal, permission, bucket):
            written = _written(grant)
            if (
                written in told
                or written in here
                or case.told(case.reach.by([grant], permission, bucket), [grant]) is None
            ):
                continue
            here.add(written)
            finding = RULE.about(
                grant,
                f"{principal} may rewrite the policy of {what}, and so grant itself anything there",
                _NARROW,
                kind=permission,
                permission=permission,
                witness=f"may use {permission} on {what}",
            )
            yield finding if _declared(case, bucket) else replace(finding, severity=WARNING)


def _written(grant: Grant) -> tuple[str, ...]:
    """What is one grant to whoever wrote it: a basic role brings default bindings along."""
    return grant.address, grant.member, grant.role_text.display()


def _declared(case: Case, bucket: str) -> bool:
    """Whether a matrix says who administers the bucket."""
    return case.declared is not None and any(workspace.bucket == bucket for workspace in case.declared.workspaces)


def _as_others(case: Case, lake: frozenset[str]) -> Iterator[Finding]:
    declared = {principal for principal, _ in _administrators(case, "project")}
    for path in Impersonation(case.found).routes():
        if path.principal in declared:
            continue  # whoever administers the project holds all that its accounts do
        gain = gain_of(case.effective, path.account, path.principal)
        if gain is None:
            continue
        undecided = path.undecided or gain.undecided
        if undecided:
            case.leave(path.grants[0], undecided)
            continue
        finding = RULE.about(
            path.grants[0],
            f"{path.principal} may become {path.account}, which reaches more",
            _NARROW,
            kind="become",
            permission=", ".join(sorted(path.grants[0].permissions & becoming())),
            witness=f"{path}, which may use {gain.permission} on {gain.where}",
        )
        facts = (path.account, gain.permission, gain.where)
        yield replace(finding, grants=path.grants, facts=facts, waivable=path.account not in lake)


def _federated(case: Case) -> Iterator[Finding]:
    """Tell of grants to a whole pool whose provider takes whomever its issuer vouches for."""
    providers = [i for i in case.deployment.instances if i.type == _PROVIDER and not i.data and not _confined(i)]
    pools = [provider.values.get("workload_identity_pool_id") for provider in providers]
    if not pools:
        return
    names = {pool.value if isinstance(pool, Text) and pool.known else "" for pool in pools}
    for grant in (*case.found.grants, *case.found.impersonations):
        match = _WHOLE_POOL.fullmatch(grant.member)
        if match is not None and (match[1] in names or "" in names):
            yield RULE.about(
                grant,
                f"everybody whom the issuer of pool {match[1]} vouches for holds {grant.role} on {grant.scope}",
                "give the provider an attribute_condition, or name a subject or an attribute instead of the whole pool",
                kind="federated",
                origin=grant.member_text.origin,
                witness="an account that anybody makes at the issuer",
            )


def _confined(provider: Instance) -> bool:
    """Whether a provider surely has a condition of its own; what it says is not judged."""
    condition = provider.values.get("attribute_condition")
    return isinstance(condition, Text) and condition.known and condition.value.strip() not in {"", "true"}


RULE = Rule(
    id="escalation",
    severity=ERROR,
    needs_layout=False,
    summary="nobody may grant itself more, or act as an account that reaches more",
    check=_check,
)
