"""One rule is one file, one id, one section of the documentation, and cases that bear its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arco.policy.rules import RULES, Rule

_ROOT = Path(__file__).parents[3]
_RULES = _ROOT / "arco" / "policy" / "rules"
_SECTION = re.compile(r"^## `([a-z-]+)`$", re.MULTILINE)
_ROW = re.compile(r"^\| \[`([a-z-]+)`\]\(#([a-z-]+)\) \| (layout|always) \| (.+) \|$", re.MULTILINE)


def _documentation() -> str:
    return (_ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def _ids() -> list[str]:
    return [rule.id for rule in RULES]


def _section(rule: Rule) -> str:
    return _documentation().partition(f"\n## `{rule.id}`\n")[2].partition("\n## ")[0]


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
    sections = _SECTION.findall(_documentation())

    assert sections == _ids()


def test_the_table_says_what_the_rules_say() -> None:
    """Promise and need of a layout are written once more in the table, and cannot drift."""
    rows = [(name, link, asked, promise) for name, link, asked, promise in _ROW.findall(_documentation())]

    assert [(name, link, asked, promise.replace("`", '"')) for name, link, asked, promise in rows] == [
        (rule.id, rule.id, "layout" if rule.needs_layout else "always", rule.summary) for rule in RULES
    ]


def test_every_rule_has_cases() -> None:
    """Each rule has a wrong and a right input, whose folder begins with its id."""
    folders = [path.name for path in (_ROOT / "policy_tests" / "cases").iterdir()]

    assert [rule for rule in _ids() if not any(folder.startswith(rule) for folder in folders)] == []
    assert [folder for folder in folders if not folder.startswith(tuple(_ids()))] == []


@pytest.mark.parametrize("rule", RULES, ids=_ids())
def test_a_section_says_what_is_wrong_what_is_right_and_what_to_do(rule: Rule) -> None:
    """Each section has a reason, two snippets and a way out, and says if it needs a layout."""
    section = _section(rule)

    assert "**Why.**" in section
    assert "\nWrong" in section
    assert "\nRight" in section
    assert "**Fix.**" in section
    assert section.count("```") == 4
    assert ("Needs a layout." in section) is rule.needs_layout
