"""Names are taken as the provider takes them, or not at all; custom roles mean all that may be meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arco.policy.deployment import Instance
from arco.policy.grants import collect
from arco.policy.values import Unknown
from tests.fakes.deployments import Plain, bucket, deployed, instance, member


def _reasons(*instances: Instance) -> list[str]:
    return [item.reason for item in collect(deployed(*instances)).unsettled]


@pytest.mark.parametrize(
    ("kind", "scope", "attribute"),
    [
        ("google_storage_bucket_iam_member", {"bucket": "demo/x"}, "bucket"),
        ("google_storage_bucket_iam_member", {"bucket": "b/demo/x"}, "bucket"),
        ("google_storage_bucket_iam_member", {"bucket": "demo/"}, "bucket"),
        ("google_storage_bucket_iam_member", {"bucket": "elsewhere/demo"}, "bucket"),
        ("google_storage_bucket_iam_member", {"bucket": "Demo"}, "bucket"),
        ("google_storage_bucket_iam_member", {"bucket": " demo"}, "bucket"),
        ("google_project_iam_member", {"project": "demo-project/"}, "project"),
        ("google_project_iam_member", {"project": "Demo-Project"}, "project"),
        ("google_storage_managed_folder_iam_member", {"bucket": "demo", "managed_folder": ""}, "managed_folder"),
        ("google_storage_managed_folder_iam_member", {"bucket": "demo", "managed_folder": "a"}, "managed_folder"),
        (
            "google_storage_managed_folder_iam_member",
            {"bucket": "demo", "managed_folder": "b/other/managedFolders/a/"},
            "managed_folder",
        ),
    ],
)
def test_a_name_that_may_be_read_as_another_is_not_settled(kind: str, scope: dict[str, Plain], attribute: str) -> None:
    """The provider takes names out of longer texts; a guess would judge another bucket than the one that is opened."""
    found = collect(deployed(member(kind=kind, scope=scope)))

    assert found.grants == ()
    assert [item.attribute for item in found.unsettled] == [attribute]


def test_a_policy_under_a_doubtful_name_owns_nothing() -> None:
    """Whoever thinks the bucket owned would overlook its default bindings."""
    policy = instance("google_storage_bucket_iam_policy", bucket="elsewhere/demo", policy_data='{"bindings": []}')

    found = collect(deployed(bucket(), policy))

    assert not found.buckets["demo"].owned
    assert len(found.unsettled) == 1


def test_half_of_a_surrogate_pair_is_not_settled() -> None:
    """The provider replaces it by a character that is legal in names, so that a dead prefix comes alive."""
    text = '{"bindings": [{"role": "roles/storage.objectViewer", "members": ["user:a\\ud800@example.com"]}]}'
    policy = instance("google_storage_bucket_iam_policy", bucket="demo", policy_data=text)

    found = collect(deployed(policy))

    assert found.grants == ()
    assert "surrogate" in found.unsettled[0].reason


def test_two_buckets_of_one_name_promise_what_both_do() -> None:
    """Which of the two is applied last is not known."""
    found = collect(deployed(bucket(), replace(bucket(project="other-project", uniform=False), address="b.y")))

    assert found.buckets["demo"].project is None
    assert found.buckets["demo"].uniform is None


@pytest.mark.parametrize("parent", ["123456789", "demo-project"])
def test_a_second_definition_of_a_role_is_joined(parent: str) -> None:
    """A project's number may be the number of any id."""
    kind, name = "google_project_iam_custom_role", "projects/demo-project/roles/r"
    first = instance(kind, "a", name=name, permissions=["storage.objects.get"])
    second = instance(kind, "b", name=f"projects/{parent}/roles/r", permissions=["storage.objects.delete"])

    (grant,) = collect(deployed(first, second, member(name))).grants

    assert grant.permissions == {"storage.objects.get", "storage.objects.delete"}


def test_a_role_without_a_known_name_may_be_any() -> None:
    """Unless its permissions cannot matter."""
    kind, later = "google_project_iam_custom_role", Unknown("later")
    storage = instance(kind, "a", name=later, permissions=["storage.objects.get"])
    other = instance(kind, "b", name=later, permissions=["pubsub.topics.publish"])

    assert [item.address for item in collect(deployed(storage, other)).unsettled] == [storage.address]


def test_a_custom_role_on_a_topic_is_judged_by_its_permissions() -> None:
    """It publishes, and leads nowhere."""
    name = "projects/demo-project/roles/r"
    role = instance("google_project_iam_custom_role", name=name, permissions=["pubsub.topics.publish"])
    grant = instance(
        "google_pubsub_topic_iam_member", topic="t", role=name, member="user:ann@example.com", condition=[]
    )

    assert _reasons(role, grant) == []
