"""Two resources that write one policy: found whatever they are called, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arco.policy.case import open_case
from arco.policy.deployment import Instance
from arco.policy.rules import policy_conflict
from arco.policy.values import Unknown
from tests.fakes.deployments import Plain, deployed, instance, owned_policy, prefix

_SCOPES: dict[str, dict[str, Plain]] = {
    "storage_bucket": {"bucket": "demo"},
    "storage_managed_folder": {"bucket": "demo", "managed_folder": "a/"},
    "project": {"project": "demo-project"},
    "folder": {"folder": "folders/1"},
    "organization": {"org_id": "1"},
    "service_account": {"service_account_id": "a@demo-project.iam.gserviceaccount.com"},
}
_ROLE = "roles/storage.bucketViewer"


def _written(
    form: str,
    label: str,
    who: Plain = "user:ann@example.com",
    expression: Plain = "",
    *,
    parent: str = "storage_bucket",
    role: Plain = _ROLE,
    **scope: Plain,
) -> Instance:
    members: dict[str, Plain] = {"member": who} if form == "member" else {"members": [who]}
    if form == "policy":
        members = {"policy_data": '{"bindings": []}'}
    condition: list[Plain] = [{"title": "t", "expression": expression}] if expression else []
    values: dict[str, Plain] = {**_SCOPES[parent], **scope, "role": role, "condition": condition, **members}
    return instance(f"google_{parent}_iam_{form}", label, **values)


def _places(*instances: Instance) -> list[str]:
    other = owned_policy({"role": _ROLE, "members": ["user:z@example.com"]}, on="unrelated")
    return [finding.address for finding in policy_conflict.RULE.check(open_case(deployed(other, *instances), None))]


@pytest.mark.parametrize("parent", _SCOPES)
@pytest.mark.parametrize("form", ["member", "binding", "policy"])
def test_nothing_stands_beside_a_whole_policy(parent: str, form: str) -> None:
    """On a bucket, a managed folder, a project, a folder, an organization or an account."""
    pair = _written("policy", "whole", parent=parent), _written(form, "beside", "user:bob@example.com", parent=parent)

    assert _places(*pair) == [pair[1].address]
    assert _places(*reversed(pair)) == [pair[1].address if form != "policy" else pair[0].address]


@pytest.mark.parametrize("parent", _SCOPES)
def test_two_bindings_of_one_role_fight(parent: str) -> None:
    """Each writes all members of the role."""
    pair = [_written("binding", name, f"user:{name}@example.com", parent=parent) for name in ("one", "two")]

    assert _places(*pair) == [pair[1].address]


@pytest.mark.parametrize("parent", _SCOPES)
def test_a_member_that_the_binding_does_not_hold_fights(parent: str) -> None:
    """The binding removes what the member adds."""
    pair = _written("member", "ann", parent=parent), _written("binding", "bob", "user:bob@example.com", parent=parent)

    assert _places(*pair) == [pair[0].address]


@pytest.mark.parametrize(
    "pair",
    [
        (_written("member", "one"), _written("binding", "two")),
        (_written("member", "one", "user:Ann@Example.com"), _written("binding", "two")),
        (_written("binding", "one"), _written("binding", "two", "user:bob@example.com", role="roles/browser")),
        (_written("binding", "one"), _written("binding", "two", "user:bob@example.com", prefix("a/"))),
        (_written("binding", "one", "user:a@b.c", prefix("a/")), _written("member", "two", "user:d@b.c", prefix("b/"))),
        (_written("member", "one"), _written("member", "two", "user:bob@example.com")),
        (_written("policy", "one"), _written("member", "two", bucket="other")),
        (_written("policy", "one"), _written("member", "two", parent="storage_managed_folder")),
        (_written("binding", "one"), _written("binding", "two", "user:b@c.d", bucket=Unknown("later"))),
        (_written("policy", "one"), replace(_written("policy", "two"), note="kept by forget")),
    ],
    ids=[
        "the binding holds the member",
        "in another letter case",
        "another role",
        "another condition",
        "a member under another condition",
        "two members",
        "another bucket",
        "a managed folder of the bucket",
        "a bucket that is not known, which is a finding of its own",
        "one that Terraform lets go of",
    ],
)
def test_what_does_not_fight_is_clean(pair: tuple[Instance, Instance]) -> None:
    """Additive grants, and policies of different things."""
    assert _places(*pair) == []


def test_one_bucket_is_one_bucket_however_it_is_spelled() -> None:
    """The provider takes `b/demo` for `demo`."""
    pair = _written("policy", "whole"), _written("member", "beside", bucket="b/demo")

    assert _places(*pair) == [pair[1].address]


def test_what_takes_members_away_is_found() -> None:
    """It is authoritative about absence, against whatever grants."""
    removal = instance(
        "google_project_iam_member_remove", project="demo-project", role="roles/editor", member="user:a@b.c"
    )

    assert _places(removal) == [removal.address]
