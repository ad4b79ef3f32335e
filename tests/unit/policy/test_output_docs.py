"""docs/policy.md says of output and waivers what the command line does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from arco.cli.reports import FORMATS
from arco.policy.report.schema import render_schema
from arco.policy.rules import RULES
from arco.policy.waivers import parse_waivers
from policy_tests.pairs import CASES

_TEXT = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
_WAIVERS = _TEXT.partition("\n## Waivers\n")[2]
_FIRST_CELL = re.compile(r"^\| (`[a-z_`, ]+`) \|", re.MULTILINE)
# What these find is access, which the matrix has letters for.
_ACCESS = {"cross-scope", "fast-path-list", "immutable-root-overwrite", "outside-prefix", "sole-writer"}


def _named(section: str) -> list[str]:
    """Give what the first column of the tables of a section names."""
    return [name for cell in _FIRST_CELL.findall(section) for name in re.findall(r"`([a-z_]+)`", cell)]


def test_every_format_has_its_row() -> None:
    """In the order in which the help lists them."""
    section = _TEXT.partition("\n## Output\n")[2].partition("\n### JSON\n")[0]

    assert tuple(_named(section)) == FORMATS


def test_the_keys_of_the_json_are_those_of_the_schema() -> None:
    """All but the ones that every document has."""
    section = _TEXT.partition("\n### JSON\n")[2].partition("\n### ")[0]
    keys = json.loads(render_schema())["$defs"]["judgement"]["properties"]

    assert set(_named(section)) == set(keys) - {"schema_version", "tool", "input", "milliseconds"}


def test_the_waiver_of_the_documentation_is_one() -> None:
    """Whoever copies it has a file that is read, and every key that there is has a row."""
    example = _WAIVERS.partition("```toml\n")[2].partition("```")[0]
    (waiver,) = parse_waivers(example, "docs", {rule.id: rule.waivable for rule in RULES})

    assert waiver.rule == "public-access"
    assert set(_named(_WAIVERS)) == {"rule", "address", "reason", "expiry", "binding", "member", "fingerprint"}


def test_what_cannot_be_waived_is_listed() -> None:
    """Rule for rule."""
    listed = re.findall(r"^\* `([a-z-]+)`", _WAIVERS, re.MULTILINE)

    assert set(listed) == {rule.id for rule in RULES if not rule.waivable}


def test_access_beside_the_matrix_is_never_found_by_a_waivable_rule_alone() -> None:
    """So that no waiver makes the comparison with the matrix green."""
    cases = [case for case in CASES if case.expected & _ACCESS]

    assert cases
    assert [case.name for case in cases if "matrix-mismatch" not in case.expected] == []
