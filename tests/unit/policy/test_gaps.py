"""What is hidden by a count that nobody knows: everything that a rule reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from arco.policy.deployment import Gap
from arco.policy.grants import collect
from tests.fakes.deployments import deployed
from tests.tree import ROOT

_TYPE = re.compile(r"google_[a-z_]+")
# Who misses one of these misses a reason for silence: an account that is not seen is taken for one that reaches more.
_SILENCING = {"google_service_account"}


def _types() -> Iterator[str]:
    """Yield the types that rules spell in their code."""
    for path in sorted((ROOT / "arco/policy/rules").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _TYPE.fullmatch(node.value):
                yield node.value


def test_rules_spell_the_types_that_they_read() -> None:
    """Where none is found, the test below would ask nothing."""
    assert {"google_service_account_key", "google_iam_workload_identity_pool_provider"} <= set(_types())


@pytest.mark.parametrize(
    "kind", sorted({*_types(), "google_project_iam_member_remove", "google_iam_deny_policy"} - _SILENCING)
)
def test_how_many_of_what_a_rule_reads_is_not_left_open(kind: str) -> None:
    """A key whose count is not known may be a key; so may a provider without a condition be one."""
    found = collect(deployed(gaps=[Gap("x", kind, "count is not known")]))

    assert [(item.address, item.attribute) for item in found.unsettled] == [("x", "instances")]
