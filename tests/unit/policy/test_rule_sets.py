"""One rule is one file, one id, one section of the documentation, and cases that bear its name."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from arco.policy.rules import ERROR, RULES, WARNING, Rule
from policy_tests.rules_page import PAGE, page, prose

_ROOT = Path(__file__).parents[3]
_RULES = _ROOT / "arco" / "policy" / "rules"
_CASES = _ROOT / "policy_tests" / "cases"
_SECTION = re.compile(r"^## `([a-z-]+)`$", re.MULTILINE)


def _ids() -> list[str]:
    return [rule.id for rule in RULES]


def test_every_id_is_used_once() -> None:
    """A finding names one rule."""
    ids = _ids()

    assert ids
    assert len(ids) == len(set(ids))


def test_rules_and_files_are_the_same_set() -> None:
    """A rule that is written and not listed would never be asked."""
    files = {path.stem.replace("_", "-") for path in _RULES.glob("*.py")} - {"--init--", "rule"}

    assert files == set(_ids())


def test_rules_and_sections_are_the_same_list() -> None:
    """The documentation has a section for each rule, in the order in which they are asked, and for nothing else."""
    sections = _SECTION.findall(PAGE.read_text(encoding="utf-8"))

    assert sections == _ids()


def test_the_documentation_is_what_the_rules_say() -> None:
    """Generated text that somebody edited, or that lags behind a rule or its case, is a lie in waiting."""
    written, generated = PAGE.read_text(encoding="utf-8").splitlines(), page().splitlines()
    lines = difflib.unified_diff(written, generated, "docs/rules.md", "run make docs", lineterm="", n=1)

    assert not list(lines)


def test_every_rule_has_a_case_of_its_name_and_every_case_a_rule() -> None:
    """Each rule has a wrong and a right input in a folder of its id; further cases begin with the id."""
    folders = {path.name for path in _CASES.iterdir()}

    assert set(_ids()) - folders == set()
    assert [folder for folder in sorted(folders) if not folder.startswith(tuple(_ids()))] == []


def test_every_severity_is_one_that_sets_the_exit_code_or_does_not() -> None:
    """A misspelt severity would never fail a check."""
    assert {rule.id for rule in RULES if rule.severity not in {ERROR, WARNING}} == set()


@pytest.mark.parametrize("rule", RULES, ids=_ids())
def test_prose_says_what_is_wrong_what_is_right_and_what_to_do(rule: Rule) -> None:
    """Each rule's module gives a reason, two snippets and a way out, in this order."""
    text = prose(rule)
    places = [text.find(part) for part in ("\n**Why.**", "\nWrong", "\nRight", "\n**Fix.**")]

    assert places == sorted(places)
    assert places[0] > 0
    assert text.count("```") == 4
