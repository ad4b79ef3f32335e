"""What the rules about conditions must not say, and what decides their severity. Their cases: policy_tests/cases/."""

from __future__ import annotations

from pathlib import Path

import pytest

from arco.policy.case import Case, Declared, open_case
from arco.policy.deployment import Instance
from arco.policy.findings import Finding
from arco.policy.matrix import read_matrix
from arco.policy.rules import (
    Rule,
    condition_dead,
    condition_refused,
    condition_type_guard,
    condition_unanchored,
    condition_vacuous,
    limits,
)
from tests.fakes.deployments import deployed, member, prefix

_LAKE = Path(__file__).parents[3] / "policy_tests" / "lake" / "matrix.txt"
_PROJECT = {"project": "demo-project"}
_OBJECTS = "projects/_/buckets/demo/objects/"
_GUARDED = f'resource.type == "storage.googleapis.com/Object" && {prefix("a/")}'


def _said(rule: Rule, *instances: Instance) -> list[Finding]:
    return list(rule.check(open_case(deployed(*instances), None)))


def _on_project(expression: str, role: str = "roles/storage.objectViewer") -> Instance:
    return member(role, expression=expression, kind="google_project_iam_member", scope=_PROJECT)


@pytest.mark.parametrize(
    "expression",
    [
        prefix("a/"),
        'resource.name == "projects/_/buckets/demo"',
        'resource.name.startsWith("projects/_/buckets/demo/managedFolders/a/")',
        'resource.name.startsWith("projects/_/buckets/demo/folders/a/")',
        'resource.type == "storage.googleapis.com/ManagedFolder"',
        f"{prefix('a/')} && !{prefix('a/b/')}",
        f'{prefix("a/")} && request.time < timestamp("2001-01-01T00:00:00Z")',
        f'{prefix("a/")} || request.time < timestamp("2030-13-01T00:00:00Z")',
        f'{prefix("a/")} && resource.matchTag("1/environment", "prod")',
        'resource.name.extract("/a={x}/") == resource.name.extract("/b={x}/")',
    ],
)
def test_a_condition_that_something_satisfies_is_not_dead(expression: str) -> None:
    """Objects, the bucket, folders: one name at some time is enough, and what nobody can tell is not dead."""
    assert _said(condition_dead.RULE, member(expression=expression)) == []


@pytest.mark.parametrize(
    "expression",
    [
        'resource.type == "compute.googleapis.com/Instance"',
        'resource.name.startsWith("projects/demo-project/zones/")',
        prefix("a/", name="another"),
        'api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/viewer"])',
    ],
)
def test_a_condition_on_a_project_may_be_about_anything_in_it(expression: str) -> None:
    """What never holds in Cloud Storage may hold for a machine, or in a bucket that the input does not name."""
    found = _said(condition_dead.RULE, _on_project(expression, "roles/owner"), _on_project(expression))

    assert found == []


def test_dead_points_at_what_nobody_has() -> None:
    """A misspelt type is found by its place."""
    (finding,) = _said(condition_dead.RULE, member(expression=f'{prefix("a/")} && resource.type == "Object"'))

    assert finding.evidence[-1].caret is not None
    assert finding.evidence[-1].caret.start == len(prefix("a/")) + len(" && ")
    assert finding.evidence[-1].caret.note == "no type of Cloud Storage"


@pytest.mark.parametrize(
    "expression",
    [
        prefix("x"),
        prefix(""),
        f'{prefix("")} && resource.name.endsWith("")',
        'resource.type == "storage.googleapis.com/Object"',
        'request.time < timestamp("2030-01-01T00:00:00Z")',
        f'resource.name.extract("{_OBJECTS}{{rest}}").startsWith("a/")',
        f'resource.name == "{_OBJECTS}x"',
        f'{prefix("a/")} && !resource.name.endsWith(".tmp")',
        f'{prefix("a=")} && resource.name.extract("/a={{x}}/") != "" && resource.name.endsWith("/x")',
        'resource.name == "projects/_/buckets/demo"',
    ],
)
def test_a_beginning_that_is_spelled_is_an_anchor(expression: str) -> None:
    """Neither a prefix nor a whole bucket is unanchored: the latter has rules of its own."""
    assert _said(condition_unanchored.RULE, member(expression=expression)) == []


@pytest.mark.parametrize(
    ("expression", "note"),
    [
        ('resource.name.endsWith("xyz")', 'resource.name.endsWith("xyz")'),
        (f'{prefix("a/")} || resource.name.endsWith("/b")', 'resource.name.endsWith("/b")'),
        (f"{prefix('')} && !{prefix('a/')}", prefix("a/")),
        (f'{prefix("")} && resource.name.extract("/b/{{w}}") != ""', 'resource.name.extract("/b/{w}") != ""'),
    ],
)
def test_the_caret_points_at_the_test_that_lets_everything_begin(expression: str, note: str) -> None:
    """Of several tests, the loose one is shown, and the witness begins with what none of them spells."""
    (finding,) = _said(condition_unanchored.RULE, member(expression=expression))
    caret = finding.evidence[-1].caret

    assert caret is not None
    assert expression[caret.start : caret.start + caret.length] == note
    first = finding.witness.removeprefix("holds for gs://demo/")[0]
    assert first not in expression.replace("extract", "")


@pytest.mark.parametrize(
    ("expression", "bucket"),
    [
        ('resource.name.endsWith(".csv")', "any-other-bucket"),
        ('resource.name.startsWith("projects/_/buckets/demo/") && resource.name.endsWith(".csv")', "demo"),
        ('resource.name.extract("projects/_/buckets/{b}/") == "logs" && resource.name.endsWith(".csv")', "logs"),
    ],
)
def test_a_grant_on_a_project_is_asked_of_the_buckets_that_it_spells(expression: str, bucket: str) -> None:
    """A bucket need not be in the input to be reached, nor its name to stand in a prefix."""
    (finding,) = _said(condition_unanchored.RULE, _on_project(expression))

    assert finding.witness.startswith(f"holds for gs://{bucket}/")


def test_what_is_no_access_to_objects_is_not_unanchored() -> None:
    """A condition on the names of machines, or inside a managed folder, is confined by what it is granted on."""
    loose = 'resource.name.endsWith("/report")'
    folder = member(
        expression=loose,
        kind="google_storage_managed_folder_iam_member",
        scope={"bucket": "demo", "managed_folder": "a/"},
    )

    assert _said(condition_unanchored.RULE, _on_project(loose, "roles/compute.viewer"), folder) == []


def test_an_undocumented_comparison_is_left_to_unknown() -> None:
    """What nobody documents is neither called anchored nor unanchored: it is recorded as undecided."""
    expression = 'resource.name.extract("/a={x}/") == resource.name.extract("/b={x}/")'
    case = open_case(deployed(member(expression=expression)), None)

    findings = list(condition_unanchored.RULE.check(case))

    assert findings == []
    assert [item.address for item in case.undecided] == ["google_storage_bucket_iam_member.m"]


def test_what_is_false_for_buckets_that_nobody_names_is_not_vacuous() -> None:
    """A grant on a project is judged on every bucket, though the input may name none."""
    objects_only = _on_project('resource.type == "storage.googleapis.com/Object"')
    everything = _on_project('resource.name.startsWith("projects/_/buckets/")')

    assert _said(condition_vacuous.RULE, objects_only) == []
    assert len(_said(condition_vacuous.RULE, everything)) == 1


def test_one_condition_under_many_titles_is_one() -> None:
    """IAM counts different conditions of one role and member, however they are called."""
    same = [member(expression=prefix("a/"), name=f"m{number}") for number in range(21)]
    different = [member(expression=prefix(f"{number}/"), name=f"m{number}") for number in range(21)]

    assert _said(limits.RULE, *same) == []
    assert len(_said(limits.RULE, *different)) == 1


def test_limits_are_counted_policy_by_policy() -> None:
    """Twenty conditions here and twenty there are no forty, and two roles or members are not one."""
    here = [member(expression=prefix(f"{number}/"), name=f"a{number}") for number in range(20)]
    there = [_on_project(prefix(f"{number}/")) for number in range(20)]
    other = [member("roles/storage.objectCreator", expression=prefix(f"{n}/"), name=f"c{n}") for n in range(20)]
    who = [member(who="user:bob@example.com", expression=prefix(f"{n}/"), name=f"d{n}") for n in range(20)]

    assert _said(limits.RULE, *here, *there, *other, *who) == []


def _impersonation(expression: str, name: str = "m") -> Instance:
    scope = {"service_account_id": "projects/demo-project/serviceAccounts/etl@demo-project.iam.gserviceaccount.com"}
    role = "roles/iam.serviceAccountTokenCreator"
    return member(role, expression=expression, name=name, kind="google_service_account_iam_member", scope=scope)


def test_conditions_on_service_accounts_are_refused_and_counted_alike() -> None:
    """Who may become an account is granted by a policy as well, which IAM takes or refuses."""
    times = [f'request.time < timestamp("2030-01-01T00:00:{second:02}Z")' for second in range(21)]
    many = [_impersonation(expression, f"m{number}") for number, expression in enumerate(times)]

    assert len(_said(condition_refused.RULE, _impersonation('resource.name.matches("x")'))) == 1
    assert len(_said(limits.RULE, *many)) == 1


def test_bindings_without_a_condition_do_not_count() -> None:
    """A recommendation about conditional bindings says nothing of others."""
    plain = [member(who=f"user:u{number}@example.com", name=f"m{number}") for number in range(150)]

    assert _said(limits.RULE, *plain) == []


@pytest.mark.parametrize(("policy", "severity"), [("owned", "error"), ("shared", "warning")])
def test_advice_is_an_error_where_the_policy_is_owned(policy: str, severity: str, tmp_path: Path) -> None:
    """Whoever declares to write the whole policy is held to it."""
    path = tmp_path / "matrix.txt"
    path.write_text(_LAKE.read_text(encoding="utf-8").replace("policy      owned", f"policy {policy}"), "utf-8")
    case = open_case(deployed(member(expression=_GUARDED)), None)
    declared = Case(case.deployment, case.found, Declared(read_matrix(str(path)), (), ()))

    (finding,) = condition_type_guard.RULE.check(declared)

    assert finding.severity == severity


def test_advice_is_a_warning_without_a_matrix() -> None:
    """Nobody who merely grants something owns a project's managed folders."""
    (finding,) = _said(condition_type_guard.RULE, member(expression=_GUARDED))

    assert finding.severity == "warning"


def test_a_managed_folder_may_guard_its_own_type() -> None:
    """The trap is a condition on a bucket or above it: inside a managed folder the damage cannot be done."""
    scope = {"bucket": "demo", "managed_folder": "a/"}
    folder = member(expression=_GUARDED, kind="google_storage_managed_folder_iam_member", scope=scope)

    assert _said(condition_type_guard.RULE, folder) == []
