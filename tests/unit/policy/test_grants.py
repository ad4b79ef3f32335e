"""Every route to an object is a grant, or is reported as one that is not settled."""

from __future__ import annotations

import pytest

from arco.policy.conditions import Opaque
from arco.policy.deployment import Gap, Instance
from arco.policy.grants import collect
from arco.policy.model import ScopeKind
from arco.policy.values import Unknown
from tests.fakes.deployments import (
    Plain,
    bucket,
    custom_role,
    deployed,
    instance,
    member,
    owned_policy,
    prefix,
)

_EDITOR = member(
    "roles/editor", "user:ed@example.com", kind="google_project_iam_member", scope={"project": "demo-project"}
)


def _reasons(*instances: Instance) -> list[str]:
    return [item.reason for item in collect(deployed(*instances)).unsettled]


@pytest.mark.parametrize(
    ("kind", "scope", "expected"),
    [
        ("google_storage_bucket_iam_member", {"bucket": "demo"}, "bucket demo"),
        ("google_storage_bucket_iam_member", {"bucket": "b/demo"}, "bucket demo"),
        (
            "google_storage_managed_folder_iam_member",
            {"bucket": "demo", "managed_folder": "a/"},
            "managed folder demo/a/",
        ),
        ("google_project_iam_member", {"project": "demo-project"}, "project demo-project"),
        ("google_project_iam_member", {"project": "projects/demo-project"}, "project demo-project"),
        ("google_folder_iam_member", {"folder": "folders/1"}, "folder 1"),
        ("google_organization_iam_member", {"org_id": "1"}, "organization 1"),
    ],
)
def test_a_grant_is_attached_to_its_scope(kind: str, scope: dict[str, Plain], expected: str) -> None:
    """Buckets, managed folders, projects, folders and organizations all lead to objects."""
    found = collect(deployed(member(kind=kind, scope=scope)))

    assert [str(grant.scope) for grant in found.grants] == [expected]
    assert found.unsettled == ()


def test_an_unknown_scope_is_not_settled() -> None:
    """A grant on a bucket that nobody knows may be a grant on this one."""
    found = collect(deployed(member(scope={"bucket": Unknown("later")})))

    assert found.grants == ()
    assert [(item.attribute, item.reason) for item in found.unsettled] == [("bucket", "later")]


def test_data_sources_grant_nothing() -> None:
    """`data.google_iam_policy` only spells a document."""
    data = Instance("data.google_iam_policy.p", "google_iam_policy", "p", "", None, {}, data=True)

    found = collect(deployed(data))

    assert (found.grants, found.unsettled) == ((), ())


@pytest.mark.parametrize("kind", ["user", "group", "serviceAccount", "domain"])
def test_letter_case_of_an_e_mail_does_not_count(kind: str) -> None:
    """IAM does not tell Ann@Example.com from ann@example.com."""
    found = collect(deployed(member(who=f"{kind}:Ann@Example.com")))

    assert found.grants[0].member == f"{kind}:ann@example.com"
    assert found.grants[0].member_text.value == f"{kind}:Ann@Example.com"


def test_letter_case_of_a_federated_principal_counts() -> None:
    """Subjects of a pool are compared as they are."""
    who = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/Ann"

    found = collect(deployed(member(who=who)))

    assert found.grants[0].member == who


@pytest.mark.parametrize(
    "who", ["", "allusers", " allUsers", "serviceaccount:a@b", "projectEditors:p", "ann@example.com"]
)
def test_a_member_of_no_documented_form_is_not_settled(who: str) -> None:
    """IAM refuses it, or takes it for somebody whom the input does not name."""
    (reason,) = _reasons(member(who=who))

    assert "is no form of member that IAM documents" in reason


@pytest.mark.parametrize(
    "who",
    [
        "allUsers",
        "allAuthenticatedUsers",
        "domain:example.com",
        "projectViewer:demo-project",
        "deleted:user:ann@example.com?uid=1",
        "serviceAccount:demo-project.svc.id.goog[space/account]",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
    ],
)
def test_a_member_of_each_documented_form_is_a_grant(who: str) -> None:
    """All forms of Google's "Principal identifiers"."""
    found = collect(deployed(member(who=who)))

    assert [grant.member for grant in found.grants] == [who]


def test_a_custom_role_of_the_input_is_resolved() -> None:
    """Its permissions are those that the input gives it."""
    role = custom_role("get", "storage.objects.get")

    found = collect(deployed(role, member("projects/demo-project/roles/get")))

    assert found.grants[0].permissions == {"storage.objects.get"}


def test_two_definitions_of_one_role_count_together() -> None:
    """Which of them wins is decided at apply, so that both may."""
    roles = [custom_role("r", "storage.objects.get"), custom_role("r", "storage.objects.delete", name="again")]

    found = collect(deployed(*roles, member("projects/demo-project/roles/r")))

    assert found.grants[0].permissions == {"storage.objects.get", "storage.objects.delete"}


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("roles/storage.objectViewerPlus", "is not in the snapshot of Google's roles"),
        ("projects/other/roles/r", "is not defined in this input"),
        ("", "is not in the snapshot"),
    ],
)
def test_a_role_that_nobody_knows_is_not_settled(role: str, words: str) -> None:
    """Absence from the snapshot is not the absence of permissions."""
    (reason,) = _reasons(member(role))

    assert words in reason


@pytest.mark.parametrize("permissions", [Unknown("later"), None, ["storage.objects.get", Unknown("later")]])
def test_a_role_with_unknown_permissions_is_not_settled(permissions: Plain) -> None:
    """One unknown permission may be the one that matters."""
    name = "projects/demo-project/roles/r"
    role = instance("google_project_iam_custom_role", name=name, permissions=permissions)

    reasons = _reasons(role, member(name))

    assert len(reasons) == 1
    assert "are not known" in reasons[0]


def test_an_unknown_condition_is_opaque_and_reported() -> None:
    """The grant counts, its condition decides nothing, and the check fails."""
    built = instance(
        "google_storage_bucket_iam_member",
        bucket="demo",
        role="roles/storage.legacyObjectReader",
        member="user:a@example.com",
        condition=[{"title": "t", "expression": Unknown("later")}],
    )

    found = collect(deployed(built))

    assert isinstance(found.grants[0].expression, Opaque)
    assert [item.attribute for item in found.unsettled] == ["condition.expression"]


def test_a_bucket_is_owned_by_a_whole_policy_only() -> None:
    """A member whose resource is called `my_policy` owns nothing."""
    whole = collect(deployed(bucket(), owned_policy()))
    additive = collect(deployed(bucket(), member(name="my_policy")))

    assert whole.buckets["demo"].owned
    assert not additive.buckets["demo"].owned


@pytest.mark.parametrize("name", ["x", "my_policy"])
def test_a_bucket_that_only_a_grant_names_is_judged_as_well(name: str) -> None:
    """Its project and its uniform access are not known, and nobody owns it."""
    found = collect(deployed(member(name=name)))

    assert [(b.name, b.project, b.owned, b.uniform) for b in found.buckets.values()] == [("demo", None, False, None)]


def test_a_bucket_that_only_its_policy_names_is_owned() -> None:
    """The bucket may be made elsewhere; its policy is written here, in whichever module."""
    role: dict[str, Plain] = {"role": "roles/storage.bucketViewer", "members": ["user:a@example.com"]}

    found = collect(deployed(owned_policy(role)))

    assert found.buckets["demo"].owned


def test_the_editors_of_a_project_have_its_buckets() -> None:
    """Cloud Storage binds the basic roles on each new bucket."""
    found = collect(deployed(bucket(), _EDITOR))

    held = {permission for grant in found.grants for permission in grant.permissions if "default" in grant.note}
    assert {"storage.objects.create", "storage.objects.delete", "storage.objects.get"} <= held
    assert all(grant.scope.kind is ScopeKind.BUCKET for grant in found.grants if grant.note)


def test_an_owned_policy_takes_the_default_bindings_away() -> None:
    """It is authoritative: what it does not hold is removed."""
    found = collect(deployed(bucket(), owned_policy(), _EDITOR))

    assert [grant.note for grant in found.grants] == [""]


def test_the_editors_of_another_project_have_nothing() -> None:
    """Default bindings speak of the bucket's own project."""
    found = collect(deployed(bucket(project="another-project"), _EDITOR))

    assert [grant for grant in found.grants if grant.note] == []


@pytest.mark.parametrize("project", [None, Unknown("later"), "123456789012"])
def test_a_bucket_whose_project_may_be_this_one_counts(project: Plain) -> None:
    """An unknown project, and a number, may be any project."""
    found = collect(deployed(bucket(project=project), _EDITOR))

    assert [grant for grant in found.grants if grant.note]


def test_access_lists_do_not_count_under_uniform_access() -> None:
    """With uniform bucket-level access, Cloud Storage does not look at them."""
    acl = instance("google_storage_bucket_acl", bucket="demo", role_entity=["OWNER:user-a@example.com"])

    assert _reasons(bucket(), acl) == []


@pytest.mark.parametrize("uniform", [False, None, Unknown("later")])
def test_access_lists_count_where_uniform_access_is_not_proved(uniform: Plain) -> None:
    """Unset is computed by the provider: not proven."""
    acl = instance("google_storage_object_access_control", bucket="demo", role="OWNER", entity="allUsers")

    assert len(_reasons(bucket(uniform=uniform), acl)) == 1


@pytest.mark.parametrize(
    "kind",
    [
        "google_iam_principal_access_boundary_policy",
        "google_iam_projects_policy_binding",
        "google_project_iam_audit_config",
        "google_project_iam_member_remove",
        "google_iam_workload_identity_pool_provider",
        "aws_iam_role_policy",
        "google_storage_bucket_object",
    ],
)
def test_what_grants_nothing_is_not_reported(kind: str) -> None:
    """Types that remove, describe or only name identities, and other clouds."""
    assert _reasons(instance(kind)) == []


@pytest.mark.parametrize(
    "kind",
    [
        "google_storage_control_iam_grant",
        "google_future_iam_thing",
        "google_privileged_access_manager_entitlement",
        "google_config_deployment",
    ],
)
def test_a_type_that_nobody_knows_is_not_settled(kind: str) -> None:
    """A new IAM type fails closed."""
    (reason,) = _reasons(instance(kind))

    assert "may grant access" in reason


@pytest.mark.parametrize("kind", ["", "google_storage_bucket_iam_member", "google_storage_bucket_acl"])
def test_instances_that_cannot_be_enumerated_are_not_settled(kind: str) -> None:
    """A gap where grants may be is a finding."""
    found = collect(deployed(gaps=[Gap("module.x", kind, "count is not known")]))

    assert [item.reason for item in found.unsettled] == ["count is not known"]


def test_a_gap_without_grants_is_no_finding() -> None:
    """How many virtual machines there are changes nothing."""
    found = collect(deployed(gaps=[Gap("x", "google_storage_bucket_object", "count is not known")]))

    assert found.unsettled == ()


def test_a_note_of_the_instance_stays_with_its_grants() -> None:
    """A grant that Terraform only forgets is still there, and people must see why it counts."""
    built = member(expression=prefix("a/"))
    kept = Instance(built.address, built.type, built.name, "", None, built.values, note="kept by forget")

    found = collect(deployed(kept))

    assert found.grants[0].label == "kept by forget"
