"""Who may become whom, and what that adds: decided for all names, along every path."""

from __future__ import annotations

import pytest

from arco.policy.become import Gain, Impersonation, gain_of
from arco.policy.case import Case, open_case
from arco.policy.deployment import Instance
from arco.policy.diff import compare
from arco.policy.explain import explain, who_can
from arco.policy.grants import collect
from arco.policy.rules import escalation
from tests.fakes.deployments import Plain, bucket, custom_role, deployed, instance, member, prefix

_ANN, _WRITER, _RUNNER = "user:ann@example.com", "writer@demo-project.iam.gserviceaccount.com", "runner@x.example"
_TOKEN = "roles/iam.serviceAccountTokenCreator"  # noqa: S105 (a role)
_CREATE = "storage.objects.create"


def _step(who: str = _ANN, account: str = _WRITER, role: str = _TOKEN, *, expression: str = "") -> Instance:
    """Grant a role on an account."""
    scope: dict[str, Plain] = {"service_account_id": f"projects/-/serviceAccounts/{account}"}
    kind = "google_service_account_iam_member"
    return member(role, who, expression, name=f"{who[:8]}-{account[:6]}".replace(":", "-"), kind=kind, scope=scope)


def _writes(
    who: str = f"serviceAccount:{_WRITER}", folder: str = "a/", role: str = "roles/storage.objectCreator"
) -> Instance:
    return member(role, who, prefix(folder), name=f"{who[-7:]}-{folder[:1]}")


def _opened(*instances: Instance) -> Case:
    return open_case(deployed(bucket(), *instances), None)


def _gain(case: Case) -> Gain | None:
    return gain_of(case.effective, f"serviceAccount:{_WRITER}", _ANN)


def test_what_is_gained_is_shown_by_a_name() -> None:
    """The first right on objects, with the shortest name."""
    case = _opened(_writes(), _step())

    assert _gain(case) == Gain(_CREATE, "gs://demo/a/")


@pytest.mark.parametrize("folder", ["a/", ""])
def test_who_reaches_as_much_gains_nothing(folder: str) -> None:
    """Ann creates in the folder, or above it, already."""
    case = _opened(_writes(), _writes(_ANN, folder), _step())

    assert _gain(case) is None
    assert [finding for finding in escalation.RULE.check(case) if finding.kind == "become"] == []


def test_who_reaches_as_much_by_another_role_gains_what_that_role_lacks() -> None:
    """Permissions are compared one by one: objectUser may delete as well."""
    case = _opened(_writes(role="roles/storage.objectUser"), _writes(_ANN), _step())

    gain = _gain(case)

    assert gain == Gain("storage.objects.get", "gs://demo/a/")


def test_a_path_goes_as_far_as_it_leads() -> None:
    """Ann, the runner, the writer; each account is reached by its shortest path."""
    case = _opened(_writes(), _step(account=_RUNNER), _step(f"serviceAccount:{_RUNNER}"))

    paths = {path.account: len(path.grants) for path in Impersonation(case.found).paths() if path.principal == _ANN}

    assert paths == {f"serviceAccount:{_RUNNER}": 1, f"serviceAccount:{_WRITER}": 2}


def test_a_circle_of_accounts_ends() -> None:
    """Two accounts that may become each other lead nowhere else."""
    case = _opened(_writes(), _step(f"serviceAccount:{_WRITER}", _RUNNER), _step(f"serviceAccount:{_RUNNER}"))

    assert len(list(Impersonation(case.found).paths())) == 2


def test_a_step_that_never_holds_is_no_step() -> None:
    """A condition on an object's name is false for an account."""
    case = _opened(_writes(), _step(expression=prefix("a/")))

    assert list(Impersonation(case.found).paths()) == []


@pytest.mark.parametrize(
    "expression",
    [
        'request.time < timestamp("2030-01-01T00:00:00Z")',
        'resource.type == "iam.googleapis.com/ServiceAccount"',
        'resource.name.startsWith("projects/demo-project/serviceAccounts/")',
    ],
)
def test_a_step_that_may_hold_is_a_step(expression: str) -> None:
    """A date, and what nobody documents of an account's name, may hold; the check is never silent."""
    case = _opened(_writes(), _step(expression=expression))

    findings = list(escalation.RULE.check(case))

    assert findings or case.undecided


@pytest.mark.parametrize(
    "role",
    [
        "roles/iam.serviceAccountUser",
        "roles/iam.serviceAccountKeyAdmin",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.workloadIdentityUser",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "roles/owner",
        "roles/editor",
    ],
)
def test_every_way_to_become_an_account_is_a_step(role: str) -> None:
    """Tokens, signatures, keys, attaching, and the account's own policy."""
    (finding,) = list(escalation.RULE.check(_opened(_writes(), _step(role=role))))

    assert finding.claim == f"{_ANN} may become serviceAccount:{_WRITER}, which reaches more"
    assert role in finding.witness


def test_an_administrator_s_account_is_worth_becoming() -> None:
    """It reaches no object, and grants itself any."""
    admin = member(
        "roles/resourcemanager.projectIamAdmin",
        f"serviceAccount:{_WRITER}",
        kind="google_project_iam_member",
        scope={"project": "demo-project"},
    )

    assert _gain(_opened(admin, _step())) == Gain("resourcemanager.projects.setIamPolicy", "the project")


def test_who_can_names_who_may_become_who_can() -> None:
    """A list of who may create there without Ann would be a lie."""
    everybody = who_can(_opened(_writes(), _step()), _CREATE, "gs://demo/a/x")

    assert [(able.principal, able.named, able.verdict) for able in everybody.able] == [
        (f"serviceAccount:{_WRITER}", f"serviceAccount:{_WRITER}", "yes"),
        (_ANN, f"{_ANN} as serviceAccount:{_WRITER}", "yes"),
    ]


@pytest.mark.parametrize(
    ("kind", "scope", "listed"),
    [
        ("google_project_iam_member", {"project": "demo-project"}, True),
        ("google_project_iam_member", {"project": "123456789012"}, True),
        ("google_project_iam_member", {"project": "another-project"}, False),
        ("google_folder_iam_member", {"folder": "1"}, True),
        ("google_organization_iam_member", {"org_id": "1"}, True),
    ],
)
def test_who_can_names_who_may_become_any_account(kind: str, scope: dict[str, Plain], *, listed: bool) -> None:
    """A grant above the account leads to it, if it is above it; a number may be the number of its project."""
    everybody = who_can(_opened(_writes(), member(_TOKEN, _ANN, kind=kind, scope=scope)), _CREATE, "gs://demo/a/x")

    assert (_ANN in [able.principal for able in everybody.able]) is listed


def test_explain_names_who_may_become_who_can() -> None:
    """Ann herself may not; as the writer she may."""
    (answer,) = explain(_opened(_writes(), _step()), _ANN, _CREATE, "gs://demo/a/x")

    assert answer.verdict == "no"
    assert f"{_ANN} as serviceAccount:{_WRITER}" in answer.able


def test_a_difference_between_steps_is_a_difference() -> None:
    """A change that lets Ann become the writer gives her access, though no bucket's policy changed."""
    before, after = collect(deployed(bucket(), _writes())), collect(deployed(bucket(), _writes(), _step()))

    gained, lost = compare(before, after), compare(after, before)

    assert [(c.direction, c.principal, c.grant.role) for c in gained.changes] == [("gained", _ANN, _TOKEN)]
    assert [(c.direction, c.principal, c.grant.role) for c in lost.changes] == [("lost", _ANN, _TOKEN)]


def test_the_same_steps_written_otherwise_are_no_difference() -> None:
    """A custom role with the same permission, and the account's name instead of its path."""
    scope: dict[str, Plain] = {"service_account_id": _WRITER}
    kind, token = "google_service_account_iam_member", "iam.serviceAccounts.getAccessToken"
    roles = [custom_role(name, token, name=name) for name in ("one", "two")]
    grants = [
        member(f"projects/demo-project/roles/{name}", _ANN, name=name, kind=kind, scope=scope)
        for name in ("one", "two")
    ]

    left, right = (collect(deployed(bucket(), *roles, _writes(), grant)) for grant in grants)

    assert compare(left, right).same


def test_an_account_that_is_made_and_holds_nothing_adds_nothing() -> None:
    """What it holds elsewhere is an assumption of the summary."""
    made = instance("google_service_account", email=_WRITER)

    assert list(escalation.RULE.check(_opened(made, _writes("user:bob@example.com"), _step()))) == []
