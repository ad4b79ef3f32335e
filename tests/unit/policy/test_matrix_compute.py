"""The computed matrix: a letter stands for every name of its column in every workspace, or it is a finding."""

from __future__ import annotations

import pytest

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.matrix import render_body
from arco.policy.model import Unsettled
from arco.policy.rules import ERROR, default_bindings, matrix_mismatch
from tests.fakes.deployments import Plain, custom_role, member, prefix
from tests.fakes.lake import BODY, MATRIX, account, case, policy

_GET, _DELETE = "projects/demo-project/roles/get", "projects/demo-project/roles/sweep"
_IN_A = prefix("ws=a/", name="lake-a")
_LAKE_A: dict[str, Plain] = {"bucket": "lake-a"}
_PROJECT: dict[str, Plain] = {"project": "demo-project"}


def _cell(found: Case, role: str, column: str) -> str:
    return found.rows[role][column]


def _mismatches(found: Case) -> list[Finding]:
    return list(matrix_mismatch.RULE.check(found))


def test_the_lake_is_as_its_matrix_says() -> None:
    """Computed and reviewed are the same bytes, and nothing is found."""
    found = case()

    assert found.declared is not None
    assert render_body(found.declared.matrix.layout, found.rows) == BODY
    assert _mismatches(found) == []


def test_create_and_delete_on_one_name_are_an_overwrite() -> None:
    """`o` is printed instead of `d` beside `c`."""
    assert _cell(case(), "compactor", "heads/") == "cro"


def test_delete_alone_is_a_delete() -> None:
    """Without create there is nothing to overwrite with."""
    assert _cell(case(), "gc", "state/") == "d"


def test_administering_takes_both_halves() -> None:
    """`a` is to read and to write the policy; the second half alone is a finding."""
    half = custom_role("half", "storage.buckets.setIamPolicy")
    granted = member("projects/demo-project/roles/half", account("api"), scope=_LAKE_A)

    found = case(half, granted)

    assert _cell(found, "admins", "bucket") == "ra"
    assert _cell(found, "api", "bucket") == ""
    assert any("setIamPolicy" in finding.claim for finding in _mismatches(found))


def test_a_letter_for_some_names_is_a_finding_and_no_letter() -> None:
    """A part of a column is not the column, even in every workspace; the witness and the exception are named."""
    granted = [
        member(
            _DELETE,
            account("api", name),
            prefix(f"ws={name}/heads/x", name=f"lake-{name}"),
            name=name,
            scope={"bucket": f"lake-{name}"},
        )
        for name in "ab"
    ]

    found = case(*granted)

    assert _cell(found, "api", "heads/") == "r"
    first, second = _mismatches(found)
    assert "storage.objects.delete in column 'heads/'" in first.claim
    assert "ws=a/heads/x, but not on ws=a/heads/" in first.witness
    assert "ws=b/heads/x, but not on ws=b/heads/" in second.witness


def test_a_letter_for_one_workspace_is_a_finding_and_no_letter() -> None:
    """Both workspaces of the input count, and the one that has too much is named."""
    granted = member(_DELETE, account("api"), prefix("ws=a/heads/", name="lake-a"), scope=_LAKE_A)

    found = case(granted)

    assert _cell(found, "api", "heads/") == "r"
    (finding,) = _mismatches(found)
    assert finding.witness.endswith("(workspace a)")


def test_a_declared_letter_for_some_names_only_is_a_finding() -> None:
    """The matrix says every name."""
    part = policy("a", (("api", "get", "heads/"), ("api", "get", "state/x")))
    found = case(part, without="google_storage_bucket_iam_policy.lake-a")

    claims = [finding.claim for finding in _mismatches(found)]

    assert "api holds storage.objects.get for some names of 'state/' only" in claims


def test_a_lack_names_role_letter_column_and_workspace() -> None:
    """What a program would miss at run time."""
    rest = policy("a", (("api", "get", "heads/"), ("gc", "sweep", "state/")))
    found = case(rest, without="google_storage_bucket_iam_policy.lake-a")

    claims = {finding.claim for finding in _mismatches(found)}

    assert "api lacks 'r' in column 'state/' in workspace a" in claims
    assert "compactor lacks 'c' in column 'heads/' in workspace a" in claims
    assert not any("workspace b" in claim for claim in claims)


def test_a_lack_points_at_the_row() -> None:
    """Nothing in Terraform can be pointed at: what is missing is written in the matrix."""
    rest = policy("a", (("gc", "sweep", "state/"),))
    found = case(rest, without="google_storage_bucket_iam_policy.lake-a")

    places = {str(finding.origin) for finding in _mismatches(found) if finding.claim.startswith("api lacks")}

    line = next(number for number, text in enumerate(MATRIX.splitlines(), 1) if text.startswith("api "))
    assert places == {f"matrix.txt:{line}"}


def test_names_outside_every_root_are_a_column() -> None:
    """The scope beside the roots, and everything outside of the scope."""
    outside = f"({_IN_A} || !{_IN_A})"
    granted = member(_GET, account("api"), outside, scope=_LAKE_A)

    claims = [finding.claim for finding in _mismatches(case(granted))]

    assert "api holds storage.objects.get in column 'other names', which the matrix does not say" in claims


def test_another_workspace_is_another_bucket() -> None:
    """An account of a in the bucket of b is never told apart by its role."""
    condition = prefix("ws=b/heads/", name="lake-b")
    granted = member(_GET, account("api"), condition, scope={"bucket": "lake-b"})

    claims = [finding.claim for finding in _mismatches(case(granted))]

    assert claims == ["api holds storage.objects.get in column 'other buckets', which the matrix does not say"]


def test_a_bucket_that_the_input_does_not_name_is_another_bucket() -> None:
    """A grant on the project reaches every bucket in it."""
    condition = prefix("x/", name="elsewhere")
    granted = member(_GET, account("api"), condition, kind="google_project_iam_member", scope=_PROJECT)

    findings = _mismatches(case(granted))

    assert any("gs://elsewhere/x/" in finding.witness for finding in findings)


@pytest.mark.parametrize("permission", ["storage.buckets.create", "storage.hmacKeys.create"])
def test_a_permission_on_the_project_is_a_column(permission: str) -> None:
    """What is checked on the project is surplus for everybody."""
    role = custom_role("p", permission)
    granted = member("projects/demo-project/roles/p", account("api"), kind="google_project_iam_member", scope=_PROJECT)

    claims = [finding.claim for finding in _mismatches(case(role, granted))]

    assert f"api holds {permission} in column 'project', which the matrix does not say" in claims


@pytest.mark.parametrize(
    "permission", ["storage.objects.setRetention", "storage.buckets.delete", "storage.managedFolders.delete"]
)
def test_a_permission_without_a_letter_is_surplus(permission: str) -> None:
    """Every other storage permission is a finding."""
    role = custom_role("p", permission)
    granted = member("projects/demo-project/roles/p", account("api"), scope=_LAKE_A)

    claims = [finding.claim for finding in _mismatches(case(role, granted))]

    assert any(permission in claim for claim in claims)


def test_what_nobody_can_decide_is_a_question_mark_and_left_to_unknown() -> None:
    """An undocumented comparison gives neither a letter nor silence."""
    expression = 'resource.name.extract("a={x}/") == resource.name.extract("b={x}/")'
    granted = member(_DELETE, account("api"), expression, scope=_LAKE_A)
    found = case(granted)

    cell = _cell(found, "api", "heads/")
    _mismatches(found)

    assert cell == "r?"
    assert [isinstance(item, Unsettled) for item in found.undecided][:1] == [True]


def test_a_stranger_is_found_once_in_each_bucket() -> None:
    """Somebody without a row, whatever they hold."""
    granted = member("roles/storage.objectUser", "user:ann@example.com", prefix("x/", name="lake-a"), scope=_LAKE_A)

    claims = [finding.claim for finding in _mismatches(case(granted))]

    assert claims == ["user:ann@example.com holds access to bucket lake-a, and has no row in the matrix"]


def test_a_bucket_without_a_policy_is_not_owned() -> None:
    """The header declares an owned policy, and nothing writes it."""
    found = case(without="google_storage_bucket_iam_policy.lake-b")

    told = [(finding.claim, finding.severity) for finding in default_bindings.RULE.check(found)]

    assert told == [("the matrix declares an owned policy, and nothing writes the whole policy of lake-b", ERROR)]
