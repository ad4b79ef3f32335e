"""Becoming another account, against a concrete evaluator: the path is a finding exactly where it adds something.

Everybody of the small lake, and a stranger, is let become each of its accounts, in each way, under each condition.
What the account holds and its impersonator does not is counted by evaluating the lake's grants on a closed set of
names, without the decision procedure.
"""

from __future__ import annotations

from itertools import product

import pytest

from arco.policy.conditions import Refusal, Resource, evaluate, parse
from arco.policy.deployment import Instance
from arco.policy.findings import Finding
from arco.policy.grants import collect
from arco.policy.model import Grant, ResourceKind, resource_kind
from arco.policy.roles import becoming
from arco.policy.rules import escalation
from tests.fakes.deployments import Plain, custom_role, deployed, instance
from tests.fakes.lake import account, case, instances

_WAYS = sorted(becoming())
_ACCOUNTS = [account("api"), account("compactor"), account("gc"), account("api", "b")]
_HOLDERS = [*_ACCOUNTS, "user:stranger@example.com", "group:admins@example.com", "allAuthenticatedUsers"]
_CONDITIONS = {"": True, "request.time < timestamp('2030-01-01T00:00:00Z')": True, "false": False}
_NAMES = [f"ws={w}/{folder}{rest}" for w in "ab" for folder in ("heads/", "state/", "") for rest in ("", "x")]


def _held(grants: tuple[Grant, ...], who: str) -> set[tuple[str, str, str]]:
    """List (permission, bucket, name) of all that `who` holds, by evaluating each grant on each name."""
    found = set()
    for grant in grants:
        bucket = grant.scope.name
        for permission in grant.permissions if grant.member == who else ():
            names = _NAMES if resource_kind(permission) is ResourceKind.OBJECT else [""]
            for name in names:
                resource = Resource.object(bucket, name) if name else Resource.bucket(bucket)
                if evaluate(grant.expression, resource):
                    found.add((permission, bucket, name))
    return found


def _step(way: str, who: str, target: str, condition: str) -> tuple[Instance, Instance]:
    role = custom_role("become", way, name="become")
    block: list[Plain] = [{"title": "t", "expression": condition}] if condition else []
    email = target.partition(":")[2]
    grant = instance(
        "google_service_account_iam_member",
        "become",
        service_account_id=f"projects/demo-project/serviceAccounts/{email}",
        role="projects/demo-project/roles/become",
        member=who,
        condition=block,
    )
    return role, grant


def _paths(*added: Instance) -> list[Finding]:
    return [finding for finding in escalation.RULE.check(case(*added)) if finding.kind == "become"]


def test_the_evaluator_sees_what_the_lake_grants() -> None:
    """Empty sets would agree with anything."""
    grants = collect(deployed(*instances())).grants

    assert {who: len(_held(grants, who)) > 0 for who in _ACCOUNTS} == dict.fromkeys(_ACCOUNTS, True)
    assert _held(grants, account("api")) < _held(grants, account("compactor"))


@pytest.mark.parametrize("way", _WAYS)
def test_a_path_is_found_exactly_where_it_adds_something(way: str) -> None:
    """Neither is a gain missed, nor an account objected to that reaches no more than who becomes it."""
    grants = collect(deployed(*instances())).grants
    wrong = []
    for who, target, condition in product(_HOLDERS, _ACCOUNTS, _CONDITIONS):
        gained = _held(grants, target) - _held(grants, who) if who != target else set()
        expected = bool(gained) and _CONDITIONS[condition]
        found = _paths(*_step(way, who, target, condition))
        if bool(found) is not expected:
            wrong.append((who, target, condition, sorted(gained)[:1]))

    assert wrong == []


@pytest.mark.parametrize(
    "condition", ["resource.name.extract('{x}/a') == 'b'", "resource.type == 'iam.googleapis.com/X'"]
)
def test_a_condition_that_nobody_documents_is_never_silent(condition: str) -> None:
    """How an account is named in a condition is written nowhere: it may hold, or it is not decided."""
    assert not isinstance(parse(condition), Refusal)
    judged = case(*_step("iam.serviceAccounts.signBlob", _HOLDERS[-3], account("compactor"), condition))

    assert list(escalation.RULE.check(judged)) or judged.undecided
