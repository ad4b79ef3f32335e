"""No waiver turns `matrix --check` green where access differs from what was reviewed."""

from __future__ import annotations

from datetime import date

import pytest

from arco.policy.deployment import Instance
from arco.policy.judge import Judgement, judge
from arco.policy.values import Origin
from arco.policy.waivers import Waiver, Waivers
from tests.fakes.deployments import Plain, bucket, instance, member, prefix
from tests.fakes.lake import MATRIX, account, case

_SHARED = MATRIX.replace("policy      owned", "policy      shared")
_STEP, _ABOVE = "google_service_account_iam_member", "google_project_iam_member"
_FOREIGN = "robot@elsewhere-project.iam.gserviceaccount.com"


def _judged(rule: str, waived: str, *extra: Instance, without: str = "", matrix: str = MATRIX) -> Judgement:
    judged = case(*extra, without=without, matrix=matrix)
    waiver = Waiver(rule, waived, "agreed", date.max, Origin("waivers.toml", 1, 1))
    judged.waivers = Waivers((waiver,), date(2027, 1, 1))
    return judge(judged, [rule])


def _counts(judgement: Judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings]


def test_default_bindings_of_an_owned_policy_are_not_waived() -> None:
    """The project's editors would write in the lake, and the matrix says that nobody else does."""
    whole = "google_storage_bucket_iam_policy.lake-b"
    made = "google_storage_bucket.lake-b"

    assert _counts(_judged("default-bindings", made, without=whole)) == ["default-bindings", "waiver"]
    assert _counts(_judged("default-bindings", made, without=whole, matrix=_SHARED)) == []


@pytest.mark.parametrize("matrix", [MATRIX, _SHARED])
def test_uniform_access_of_a_workspace_s_bucket_is_not_waived(matrix: str) -> None:
    """A list would grant what no letter says; of another bucket, a waiver is somebody's decision."""
    made = "google_storage_bucket.lake-b"
    other = bucket("other", uniform=False)

    listed = _judged("uniform-access", made, bucket("lake-b", uniform=False), without=made, matrix=matrix)

    assert _counts(listed) == ["uniform-access", "waiver"]
    assert _counts(_judged("uniform-access", other.address, other, matrix=matrix)) == []


def test_a_bucket_that_the_matrix_owns_is_made_or_the_check_fails() -> None:
    """Nothing proves its uniform access, and no waiver does."""
    without = "google_storage_bucket.lake-b"

    assert _counts(_judged("uniform-access", "bucket lake-b", without=without)) == ["uniform-access", "waiver"]


def _becomes(email: str) -> Instance:
    scope: dict[str, Plain] = {"service_account_id": email}
    return member("roles/iam.serviceAccountTokenCreator", "user:eve@example.com", kind=_STEP, scope=scope)


def _robot(where: str) -> tuple[Instance, Instance]:
    grant = member(
        "roles/storage.objectCreator",
        f"serviceAccount:{_FOREIGN}",
        prefix("x/", name=where),
        name="robot",
        scope={"bucket": where},
    )
    return instance("google_service_account", email=_FOREIGN), grant


def test_becoming_who_plays_a_role_is_not_waived() -> None:
    """Eve has no row, and would be the compactor."""
    step = _becomes(account("compactor").partition(":")[2])

    assert _counts(_judged("escalation", step.address, step)) == ["escalation", "waiver"]


@pytest.mark.parametrize(("where", "counts"), [("lake-a", ["escalation", "waiver"]), ("other", [])])
def test_becoming_who_reaches_into_the_lake_is_not_waived(where: str, counts: list[str]) -> None:
    """Whoever it is; what an account does in another bucket is no concern of the matrix."""
    step = _becomes(_FOREIGN)

    assert _counts(_judged("escalation", step.address, step, *_robot(where))) == counts


@pytest.mark.parametrize(("where", "counts"), [("lake-a", ["escalation", "waiver"]), ("other", [])])
def test_the_project_of_who_reaches_into_the_lake_is_not_waived(where: str, counts: list[str]) -> None:
    """Whoever becomes every account of another project becomes that one."""
    scope: dict[str, Plain] = {"project": "elsewhere-project"}
    above = member("roles/iam.serviceAccountTokenCreator", "user:eve@example.com", kind=_ABOVE, scope=scope)

    assert _counts(_judged("escalation", above.address, above, *_robot(where))) == counts
