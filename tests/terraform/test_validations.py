"""Every bad input of ``refused.json`` was refused by real Terraform core, in the words that the modules promise.

Core's answers are recorded, so that this needs no Terraform; ``test_recorded_plans.py`` fails when they are stale.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
MODULES = HERE.parent.parent / "infra" / "terraform"


def _refusals() -> dict[str, list[str]]:
    recorded = json.loads((HERE / "plans" / "refusals.json").read_text(encoding="utf-8"))
    refusals: dict[str, list[str]] = recorded["refusals"]
    return refusals


def _cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((HERE / "refused.json").read_text(encoding="utf-8"))
    return cases


CASES = _cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_core_refuses_the_bad_input(case: dict[str, Any]) -> None:
    """The error names the rule that was broken, and it is the rule of this case."""
    errors = _refusals()[case["name"]]

    assert any(case["message"] in error for error in errors)


def test_every_message_of_the_modules_is_provoked() -> None:
    """A validation or precondition that no case provokes might not work."""
    written = re.findall(r'error_message\s*=\s*"(.+)"', "\n".join(p.read_text() for p in MODULES.rglob("*.tf")))
    silent = [text for text in written if not any(case["message"] in text for case in CASES)]

    assert written
    assert not silent


def test_no_answer_is_left_from_a_case_that_is_gone() -> None:
    """The recorded answers are those of today's cases, and no case is recorded twice."""
    names = [case["name"] for case in CASES]

    assert sorted(_refusals()) == sorted(names)


def test_planted_collision_is_a_real_one() -> None:
    """Two names whose digests differ, yet agree in the ten digits of an account id: found by search."""
    case = next(case for case in CASES if case["name"] == "workspace-digests-collide")
    first, second = (
        hashlib.sha256(f"arco-catalog-dev/{entry['tenant']}/{entry['workspace']}".encode()).hexdigest()
        for entry in case["variables"]["workspaces"]
    )

    assert first != second
    assert first[:10] == second[:10]
