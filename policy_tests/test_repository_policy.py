"""The policy of this repository: proved for each environment, the same from source and from Terraform's plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from arco.policy.judge import judge
from arco.policy.matrix import render_body
from arco.policy.model import Grant
from arco.policy.rules import RULES
from policy_tests.inputs import ENVIRONMENTS, MODULES, opened, plan_of

_NAMES = [path.stem for path in ENVIRONMENTS]
_INPUTS = [
    *(pytest.param(MODULES, (path,), id=f"{path.stem}-source") for path in ENVIRONMENTS),
    *(pytest.param(plan_of(path.stem), (), id=f"{path.stem}-plan") for path in ENVIRONMENTS),
]
_GRANTS_OF_A_WORKSPACE = 28


def _facts(grants: tuple[Grant, ...]) -> list[tuple[str, ...]]:
    """Spell every attribute that decides: who, what, where, when, and by which resource instance."""
    return sorted(
        (
            grant.member,
            grant.role,
            " ".join(sorted(grant.permissions)),
            str(grant.scope),
            grant.condition.title if grant.condition else "",
            grant.condition.text.value if grant.condition else "",
            grant.address,
            grant.note,
        )
        for grant in grants
    )


def test_the_environments_are_found() -> None:
    """A renamed folder cannot leave this file without anything to prove."""
    expected = ["dev", "prod", "staging"]

    assert expected == _NAMES


@pytest.mark.parametrize(("source", "var_files"), _INPUTS)
def test_every_rule_is_asked_and_finds_nothing(source: Path, var_files: tuple[Path, ...]) -> None:
    """The policy is clean, and that is not because nobody looked."""
    case = opened(source, var_files)

    judgement = judge(case)

    assert judgement.findings == ()
    assert judgement.asked == RULES
    assert judgement.not_asked == ()
    assert judgement.buckets == len(case.declared.workspaces if case.declared else ())
    assert judgement.grants == judgement.buckets * _GRANTS_OF_A_WORKSPACE
    assert judgement.principals > judgement.buckets


@pytest.mark.parametrize(("source", "var_files"), _INPUTS)
def test_the_computed_matrix_is_the_reviewed_one(source: Path, var_files: tuple[Path, ...]) -> None:
    """What people reviewed is what the policy grants, byte for byte."""
    case = opened(source, var_files)

    assert case.declared is not None
    assert render_body(case.declared.matrix.layout, case.rows) == case.declared.matrix.body


@pytest.mark.parametrize("environment", _NAMES)
def test_source_and_plan_give_the_same_grants(environment: str) -> None:
    """Static mode computes, attribute by attribute, what Terraform does."""
    path = next(path for path in ENVIRONMENTS if path.stem == environment)

    source, plan = opened(MODULES, (path,)), opened(plan_of(environment))

    assert _facts(source.found.grants) == _facts(plan.found.grants)
    assert source.declared is not None
    assert plan.declared is not None
    assert [(w.label, w.bucket, w.scope, w.members) for w in source.declared.workspaces] == [
        (w.label, w.bucket, w.scope, w.members) for w in plan.declared.workspaces
    ]


@pytest.mark.parametrize("environment", _NAMES)
def test_source_and_plan_see_the_same_buckets(environment: str) -> None:
    """Project, ownership of the policy and uniform access are read alike."""
    path = next(path for path in ENVIRONMENTS if path.stem == environment)

    source, plan = opened(MODULES, (path,)), opened(plan_of(environment))

    assert {b.name: (b.project, b.owned, b.uniform, b.address) for b in source.found.buckets.values()} == {
        b.name: (b.project, b.owned, b.uniform, b.address) for b in plan.found.buckets.values()
    }
    assert all(bucket.owned and bucket.uniform for bucket in source.found.buckets.values())
