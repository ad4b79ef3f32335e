"""What a waiver must not hide: each grant that leads somewhere is a finding of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from arco.policy.case import open_case
from arco.policy.deployment import Instance
from arco.policy.judge import judge
from arco.policy.values import Origin
from arco.policy.waivers import Waiver, Waivers
from tests.fakes.deployments import Plain, bucket, custom_role, deployed, instance, member, owned_policy, prefix

_PROJECT: dict[str, Plain] = {"project": "demo-project"}
_PROJECT_MEMBER = "google_project_iam_member"
_SETS, _ROLE = "storage.buckets.setIamPolicy", "projects/demo-project/roles/r"
_WRITER = "writer@demo-project.iam.gserviceaccount.com"


def _left(rule: str, waived: str, *instances: Instance, also: Sequence[str] = ()) -> list[str]:
    """Give the addresses that count although `waived` (and `also`) are waived."""
    case = open_case(deployed(*instances), None)
    origin = Origin("w.toml", 1, 1)
    items = tuple(Waiver(rule, address, "agreed", date.max, origin) for address in (waived, *also))
    case.waivers = Waivers(items, date(2027, 1, 1))
    return [finding.address for finding in judge(case, [rule]).findings if finding.rule == rule]


def _above(role: str, name: str) -> Instance:
    return member(role, name=name, kind=_PROJECT_MEMBER, scope=_PROJECT)


@pytest.mark.parametrize("first", ["roles/iam.roleAdmin", "roles/resourcemanager.projectIamAdmin", "roles/owner"])
@pytest.mark.parametrize("later", ["roles/iam.serviceAccountTokenCreator", "roles/resourcemanager.projectIamAdmin"])
def test_a_later_grant_on_the_project_is_told(first: str, later: str) -> None:
    """Whoever may already rewrite roles by agreement is told of again with the next grant."""
    grants = [_above(first, "agreed"), _above(later, "later")]

    assert _left("escalation", f"{_PROJECT_MEMBER}.agreed", bucket(), *grants) == [f"{_PROJECT_MEMBER}.later"]


def test_a_later_grant_on_a_bucket_is_told() -> None:
    """Under a grant on the project, and under one on the bucket itself."""
    role, kind = custom_role("r", _SETS), "google_storage_bucket_iam_member"
    grants = [_above(_ROLE, "agreed"), member(_ROLE, name="one"), member(_ROLE, name="two")]

    left = _left("escalation", f"{_PROJECT_MEMBER}.agreed", bucket(), role, *grants, also=[f"{kind}.one"])

    assert left == [f"{kind}.two"]


def test_a_second_step_to_one_account_is_told() -> None:
    """By another role, at another address."""
    kind, scope = "google_service_account_iam_member", {"service_account_id": _WRITER}
    writes = member("roles/storage.objectCreator", f"serviceAccount:{_WRITER}", prefix("a/"), name="writes")
    roles = {"agreed": "roles/iam.serviceAccountTokenCreator", "later": "roles/iam.serviceAccountUser"}
    steps = [member(role, kind=kind, scope=scope, name=name) for name, role in roles.items()]

    assert _left("escalation", f"{kind}.agreed", bucket(), writes, *steps) == [f"{kind}.later"]


@pytest.mark.parametrize("later", ["roles/storage.objectAdmin", "roles/storage.objectCreator"])
def test_a_later_grant_of_a_whole_bucket_is_told(later: str) -> None:
    """With more verbs, and with the same."""
    kind = "google_storage_bucket_iam_member"
    grants = [member("roles/storage.objectCreator", name="agreed"), member(later, name="later")]

    assert _left("bucket-wide-grant", f"{kind}.agreed", bucket(), *grants) == [f"{kind}.later"]


def test_a_folder_beside_a_whole_bucket_is_not_told() -> None:
    """A grant that reaches every name only with the help of one that needs no help adds nothing."""
    kind = "google_storage_bucket_iam_member"
    grants = [member("roles/storage.objectCreator", name="agreed", expression=text) for text in ("", prefix("a/"))]
    folder = instance(kind, "folder", **grants[1].values)

    assert _left("bucket-wide-grant", f"{kind}.agreed", bucket(), grants[0], folder) == []


def test_two_halves_of_a_bucket_are_both_told() -> None:
    """Neither is the whole alone, so that no waiver of one covers both."""
    kind = "google_storage_bucket_iam_member"
    halves = {"agreed": prefix("a/"), "later": f"!{prefix('a/')}"}
    grants = [member("roles/storage.objectCreator", name=name, expression=text) for name, text in halves.items()]

    assert _left("bucket-wide-grant", f"{kind}.agreed", bucket(), *grants) == [f"{kind}.later"]


def test_each_writer_beside_a_whole_policy_is_told() -> None:
    """A second policy, after a member beside the first was agreed on."""
    first, second = owned_policy(), instance("google_storage_bucket_iam_policy", "q", bucket="demo", policy_data="{}")
    beside = member(name="agreed")

    left = _left("policy-conflict", beside.address, bucket(), first, beside, second)

    assert left == [second.address]


def test_the_instances_of_one_block_of_a_plan_are_one_finding() -> None:
    """A plan has no lines, and fifty instances beside a policy are still one mistake."""
    whole = owned_policy({"role": "roles/storage.bucketViewer", "members": ["user:z@example.com"]})
    members = [member(name=f'm["{number}.a]"]', who=f"user:u{number}@example.com") for number in range(50)]

    (found,) = judge(open_case(deployed(whole, *members), None), ["policy-conflict"]).findings

    assert len(found.others) == 49
