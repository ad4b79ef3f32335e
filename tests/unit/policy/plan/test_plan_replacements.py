"""Whether a policy still stands after apply, where a plan replaces it or the bucket that it was written on."""

from __future__ import annotations

import json

import pytest

from arco.policy.grants import collect
from arco.policy.terraform.plan import load_plan_text
from tests.fakes.plan_builder import Object, change, plan, text

_POLICY = "google_storage_bucket_iam_policy.p"
_BINDING = {"role": "roles/storage.objectViewer", "members": ["user:ann@example.com"]}
_WRITTEN: Object = {"bucket": "demo", "policy_data": json.dumps({"bindings": [_BINDING]})}
_ANEW = (
    _POLICY,
    "bucket",
    "the bucket is made anew and its policy is not written in this plan: it begins with Google's default bindings",
)
_REPLACED = [("delete", "create"), ("create", "delete")]


def _bucket(*actions: str, name: str = "demo") -> Object:
    values: Object = {"name": name, "project": "demo-project", "uniform_bucket_level_access": True}
    return change("google_storage_bucket.b", values, before=values, actions=actions)


def _policy(*actions: str) -> Object:
    return change(_POLICY, _WRITTEN, before=_WRITTEN, actions=actions)


def _unsettled(*changes: Object) -> list[tuple[str, str, str]]:
    found = collect(load_plan_text(text(plan(*changes)), "plan.json"))
    return [(item.address, item.attribute, item.reason) for item in found.unsettled]


@pytest.mark.parametrize("actions", [*_REPLACED, ("create",), ("create", "forget")])
def test_policy_of_a_bucket_made_anew_is_not_taken_for_written(actions: tuple[str, ...]) -> None:
    """The new bucket begins with Google's default bindings, whatever the state says of the old one's policy."""
    assert _unsettled(_bucket(*actions), _policy("no-op")) == [_ANEW]


@pytest.mark.parametrize("bucket", _REPLACED)
@pytest.mark.parametrize("policy", [("delete", "create"), ("create",), ("update",)])
def test_policy_that_is_written_with_its_new_bucket_is_settled(
    bucket: tuple[str, ...], policy: tuple[str, ...]
) -> None:
    """The policy is written in the same plan, so that nothing stays of the default bindings."""
    assert _unsettled(_bucket(*bucket), _policy(*policy)) == []


@pytest.mark.parametrize("actions", [("no-op",), ("update",)])
def test_policy_of_a_bucket_that_stays_needs_no_writing(actions: tuple[str, ...]) -> None:
    """What was written on the bucket is still there."""
    assert _unsettled(_bucket(*actions), _policy("no-op")) == []


def test_another_bucket_made_anew_says_nothing_of_this_policy() -> None:
    """Only the policy of the bucket that is replaced is gone."""
    assert _unsettled(_bucket("delete", "create", name="other"), _policy("no-op")) == []


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("storage_bucket", {"bucket": "demo"}),
        ("project", {"project": "demo-project"}),
        ("service_account", {"service_account_id": "a-robot@demo-project.iam.gserviceaccount.com"}),
    ],
)
def test_policy_destroyed_after_it_is_made_ends_empty(kind: str, scope: Object) -> None:
    """Its destruction comes last, and writes an empty policy over the new one."""
    address = f"google_{kind}_iam_policy.p"
    written = {**_WRITTEN, **scope}
    ((place, attribute, reason),) = _unsettled(change(address, written, before=written, actions=("create", "delete")))

    assert (place, attribute) == (address, "policy_data")
    assert "writes an empty policy" in reason


def test_policy_destroyed_before_it_is_made_is_settled() -> None:
    """Terraform's default order: the policy that is written last is the one in the plan."""
    assert _unsettled(_bucket("no-op"), _policy("delete", "create")) == []
