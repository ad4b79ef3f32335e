"""Who may grant itself more: on the project, on a bucket, against a matrix and without one."""

from __future__ import annotations

import pytest

from arco.policy.case import Case, open_case
from arco.policy.deployment import Instance
from arco.policy.rules import escalation
from arco.policy.values import Unknown
from tests.fakes.deployments import Plain, bucket, custom_role, deployed, instance, member, prefix
from tests.fakes.lake import MATRIX, account, case

_PROJECT: dict[str, Plain] = {"project": "demo-project"}
_ADMINS = "group:admins@example.com"


def _above(role: str, who: str = "user:ann@example.com", expression: str = "", name: str = "above") -> Instance:
    return member(role, who, expression, name=name, kind="google_project_iam_member", scope=_PROJECT)


def _told(judged: Case) -> list[tuple[str, str]]:
    return [(finding.severity, finding.kind) for finding in escalation.RULE.check(judged)]


def _alone(*instances: Instance) -> list[tuple[str, str]]:
    return _told(open_case(deployed(bucket(), *instances), None))


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("roles/resourcemanager.projectIamAdmin", [("error", "iam_policy_write")]),
        ("roles/iam.securityAdmin", [("error", "iam_policy_write")]),
        ("roles/storage.admin", [("error", "iam_policy_write")]),
        ("roles/owner", [("error", "iam_policy_write")]),
        ("roles/iam.roleAdmin", [("error", "role_and_guardrail_write")]),
        ("roles/iam.denyAdmin", [("error", "role_and_guardrail_write")]),
        ("roles/orgpolicy.policyAdmin", [("error", "role_and_guardrail_write")]),
        ("roles/iam.serviceAccountTokenCreator", [("error", "become_service_account")]),
        ("roles/iam.serviceAccountUser", [("error", "become_service_account")]),
        ("roles/iam.serviceAccountKeyAdmin", [("error", "become_service_account")]),
        ("roles/iam.workloadIdentityPoolAdmin", [("error", "become_service_account")]),
        ("roles/storage.hmacKeyAdmin", [("error", "become_service_account")]),
        ("roles/run.invoker", [("warning", "run_code_or_move_data_as_other_identity")]),
        ("roles/storagetransfer.user", [("warning", "run_code_or_move_data_as_other_identity")]),
        ("roles/compute.osAdminLogin", [("warning", "run_code_or_move_data_as_other_identity")]),
        ("roles/container.developer", [("warning", "run_code_or_move_data_as_other_identity")]),
        ("roles/viewer", []),
        ("roles/browser", []),
        ("roles/storage.objectAdmin", []),
    ],
)
def test_what_a_role_on_the_project_leads_to(role: str, expected: list[tuple[str, str]]) -> None:
    """The strongest thing that a grant holds is told, once; to run what runs already is a warning without a matrix."""
    assert _alone(_above(role)) == expected


@pytest.mark.parametrize(
    "permission",
    [
        "iam.workloadIdentityPoolProviders.update",
        "iam.googleapis.com/workloadIdentityPoolProviders.update",
        "iam.serviceAccounts.setIamPolicy",
        "iam.roles.update",
        "storage.hmacKeys.create",
        "storage.buckets.setIamPolicy",
        "storage.managedFolders.setIamPolicy",
    ],
)
def test_a_custom_role_on_the_project_is_read_permission_by_permission(permission: str) -> None:
    """However the permission is spelled."""
    found = _alone(custom_role("r", permission), _above("projects/demo-project/roles/r"))

    assert [severity for severity, _ in found] == ["error"]


def test_a_strong_permission_of_a_grant_is_told_before_a_weak_one() -> None:
    """A warning must not hide an error, whether one grant holds both or each has its own."""
    role = custom_role("r", "run.jobs.run", "iam.roles.update")
    weak, strong = _above("roles/run.invoker", name="weak"), _above("roles/iam.roleAdmin", name="strong")

    assert _alone(role, _above("projects/demo-project/roles/r")) == [("error", "role_and_guardrail_write")]
    assert ("error", "role_and_guardrail_write") in _alone(weak, strong)


def test_a_condition_that_never_holds_for_the_project_leads_nowhere() -> None:
    """A condition on objects is false for the project's policy."""
    expression = 'resource.name.startsWith("projects/_/buckets/demo/objects/a/")'

    assert _alone(_above("roles/iam.securityAdmin", expression=expression)) == []


def test_a_condition_on_one_bucket_leads_to_its_policy() -> None:
    """Held on the project, and true for a bucket: the policy of that bucket."""
    expression = 'resource.name == "projects/_/buckets/demo"'

    assert _alone(_above("roles/storage.admin", expression=expression)) == [("warning", "storage.buckets.setIamPolicy")]


@pytest.mark.parametrize("kind", ["buckets", "managedFolders"])
def test_a_bucket_s_policy_is_a_warning_without_a_matrix_and_an_error_with_one(kind: str) -> None:
    """Somebody must administer a bucket; only a matrix says who."""
    role, name = custom_role("more", f"storage.{kind}.setIamPolicy", name="more"), "projects/demo-project/roles/more"

    alone = _alone(role, member(name))
    declared = _told(case(role, member(name, account("api"), scope={"bucket": "lake-a"})))

    assert alone == [("warning", f"storage.{kind}.setIamPolicy")]
    assert declared == [("error", f"storage.{kind}.setIamPolicy")]


def test_who_has_the_letter_of_a_bucket_is_declared_there_only() -> None:
    """The lake's administrators have `a` for the buckets of its workspaces, and for no other."""
    role, name = custom_role("more", "storage.buckets.setIamPolicy", name="more"), "projects/demo-project/roles/more"

    assert _told(case()) == []
    assert _told(case(role, member(name, _ADMINS, scope={"bucket": "other"}))) == [
        ("warning", "storage.buckets.setIamPolicy")
    ]


def test_who_has_the_letter_of_the_project_is_declared() -> None:
    """With `a` in the column `project`, the administrators may rewrite its policy."""
    row = "admins     -       -       -            -              ra      "
    declared = MATRIX.replace(f"{row}-", f"{row}a")
    grant = _above("roles/resourcemanager.projectIamAdmin", _ADMINS)

    assert declared != MATRIX
    assert _told(case(grant, matrix=declared)) == []
    assert _told(case(grant)) == [("error", "iam_policy_write")]


def test_who_administers_the_project_becomes_its_accounts_anyway() -> None:
    """The letter covers accounts as well: it says so in the documentation of the matrix."""
    row = "admins     -       -       -            -              ra      "
    scope: dict[str, Plain] = {"service_account_id": account("api").partition(":")[2]}
    step = member("roles/iam.serviceAccountUser", _ADMINS, kind="google_service_account_iam_member", scope=scope)

    assert _told(case(step, matrix=MATRIX.replace(f"{row}-", f"{row}a"))) == []
    assert _told(case(step)) == [("error", "become")]


def test_with_a_matrix_running_as_others_is_an_error() -> None:
    """The matrix has a letter for it, and nobody wrote it."""
    assert _told(case(_above("roles/run.invoker"))) == [("error", "run_code_or_move_data_as_other_identity")]


@pytest.mark.parametrize(("uniform", "found"), [(True, 0), (None, 1), (False, 1)])
def test_the_lists_of_objects_count_where_uniform_access_is_not_proved(uniform: Plain, found: int) -> None:
    """`storage.objects.setIamPolicy` rewrites nothing under uniform access."""
    role = custom_role("r", "storage.objects.setIamPolicy")
    judged = open_case(deployed(bucket(uniform=uniform), role, _above("projects/demo-project/roles/r")), None)

    assert len(_told(judged)) == found


_POOL = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci"


@pytest.mark.parametrize(
    ("who", "pool", "condition", "found"),
    [
        (f"{_POOL}/*", "ci", None, 1),
        (f"{_POOL}/*", "ci", "", 1),
        (f"{_POOL}/*", "ci", "true", 1),
        (f"{_POOL}/*", "ci", Unknown("later"), 1),
        (f"{_POOL}/*", Unknown("later"), None, 1),
        (f"{_POOL}/*", "other", None, 0),
        (f"{_POOL}/*", "ci", "assertion.owner == 'o'", 0),
        (f"{_POOL}/attribute.repository/o/r", "ci", None, 0),
        (f"{_POOL}/*", None, "assertion.owner == 'o'", 0),
    ],
)
def test_a_whole_pool_is_everybody_at_its_issuer(who: str, pool: Plain, condition: Plain, found: int) -> None:
    """Unless the provider takes only some of them, or the grant names some of them."""
    provider = instance(
        "google_iam_workload_identity_pool_provider", workload_identity_pool_id=pool, attribute_condition=condition
    )

    assert _alone(provider, member(who=who, expression=prefix("a/"))) == [("error", "federated")] * found
