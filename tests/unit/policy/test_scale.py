"""Ten times the grants are ten times the work: counted in calls, which no other process on the machine disturbs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from arco.policy.case import open_case
from arco.policy.judge import Judgement, judge
from arco.policy.matrix import parse_matrix
from arco.policy.terraform.plan import load_plan_text
from tests.fakes.large_plan import CATALOG_GRANTS, catalog_plan, faulty, teams_plan
from tests.fakes.plan_builder import PROJECT, change, plan, text
from tests.tree import ROOT

MATRIX = parse_matrix((ROOT / "infra/access_matrix.txt").read_text(), "infra/access_matrix.txt")


def judged(plan: str, *, matrix: bool = True) -> Judgement:
    """Judge the text of a plan."""
    return judge(open_case(load_plan_text(plan, "plan.json"), MATRIX if matrix else None))


def calls(plan: str, *, matrix: bool) -> int:
    """Count the calls, resumed generators included, that judging a plan takes."""
    count = 0

    def note(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        judged(plan, matrix=matrix)
    finally:
        sys.setprofile(before)
    return count


def every_slash_dropped(workspaces: int) -> str:
    """Give a plan in which every grant of the catalog is wrong in the same way."""
    return catalog_plan(workspaces).replace(r"/\\\")", r"\\\")")


def teams_of(workspaces: int) -> str:
    """Give a plan of teams with as many grants as a catalog of so many workspaces."""
    return teams_plan(workspaces * CATALOG_GRANTS)


def above_buckets(workspaces: int) -> str:
    """Give a plan whose grants all stand on the project, each for a bucket that only its condition spells."""
    return text(
        plan(
            *(
                change(
                    f"google_project_iam_member.m{number}",
                    {
                        "project": PROJECT,
                        "role": "roles/storage.objectCreator",
                        "member": f"user:u{number}@example.com",
                        "condition": [
                            {
                                "title": "own bucket",
                                "description": "",
                                "expression": f'resource.name.startsWith("projects/_/buckets/b{number}/objects/a/")',
                            }
                        ],
                    },
                )
                for number in range(workspaces * CATALOG_GRANTS)
            )
        )
    )


@pytest.mark.parametrize(
    ("make", "matrix"),
    [
        (catalog_plan, True),
        (catalog_plan, False),
        (teams_of, False),
        (every_slash_dropped, True),
        (above_buckets, False),
    ],
    ids=["catalog", "catalog without its matrix", "teams", "all of them wrong", "above all buckets"],
)
def test_work_grows_as_the_grants_do(make: Callable[[int], str], matrix: bool) -> None:  # noqa: FBT001 - a parameter
    """From 5 to 10 to 20 workspaces the calls that are added double; that of a square would be four times as many."""
    judged(make(2), matrix=matrix)  # What is read once a process is read.
    small, middle, large = (calls(make(size), matrix=matrix) for size in (5, 10, 20))

    assert (large - middle) / (middle - small) < 2.05


def test_large_plans_are_clean_and_one_dropped_slash_is_found() -> None:
    """What the counts above speak of is decided, not skipped: one wrong grant among all of them is told."""
    catalog, teams = catalog_plan(30), teams_plan(300)

    assert judged(catalog).errors == 0
    assert judged(teams, matrix=False).errors == 0
    assert judged(catalog).grants == 30 * CATALOG_GRANTS
    assert {finding.rule for finding in judged(faulty(catalog)).findings if finding.severity == "error"} == {
        "condition-no-slash",
        "matrix-mismatch",
        "outside-prefix",
    }
    assert [
        finding.rule for finding in judged(faulty(teams), matrix=False).findings if finding.severity == "error"
    ] == ["condition-no-slash"]
