"""Every rule finds what it is for, and nothing else: pairs of inputs that differ in a line or two."""

from __future__ import annotations

import difflib

import pytest

from arco.policy.rules import RULES
from policy_tests.inputs import findings_of, rule_ids
from policy_tests.pairs import CASES, PairOfInputs

_IDS = [rule.id for rule in RULES]
_CHANGED_LINES_MAX = 7
_each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@_each_case
def test_the_wrong_input_is_found_by_exactly_these_rules(case: PairOfInputs) -> None:
    """A rule that falls silent, and a rule that cries wolf, both change the set."""
    found = rule_ids(findings_of(case.open("wrong")))

    assert found == case.expected, case.about


@_each_case
def test_the_right_input_is_clean(case: PairOfInputs) -> None:
    """The twin without the mistake has no finding at all."""
    opened = case.open("right")

    findings = findings_of(opened)

    assert [(finding.rule, finding.claim) for finding in findings] == []
    assert opened.found.grants


@_each_case
def test_the_twins_differ_in_the_mistake_only(case: PairOfInputs) -> None:
    """A case shows one mistake, so that the set it expects is about that mistake."""
    lines = list(difflib.unified_diff(case.lines("right"), case.lines("wrong"), lineterm="", n=0))
    changed = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]

    assert 0 < len(changed) <= _CHANGED_LINES_MAX


@pytest.mark.parametrize("rule", _IDS)
def test_every_rule_has_a_case_that_bears_its_name(rule: str) -> None:
    """A reader who meets a rule finds its cases by name."""
    # `public-access-prevention` begins with `public-access`: the longest id that a case's name begins with is its rule.
    named = [case for case in CASES if max((i for i in _IDS if case.name.startswith(i)), key=len, default="") == rule]

    assert named
    assert all(rule in case.expected for case in named)
