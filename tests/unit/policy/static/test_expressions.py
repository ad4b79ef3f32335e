"""Static mode against what Terraform itself computed: see record_expressions.py."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from arco.errors import InputError
from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._modules import Module, Program
from arco.policy.values import Document, SetOf, Text, Unknown, Value, is_known

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "expressions.json").read_text(encoding="utf-8"))
CASES = {case["expression"]: case for case in RECORDED["cases"]}

# Valid Terraform that the grammar cannot read: refused aloud, never read wrongly.
REFUSED = {"1e3", "1E-2", "tostring(1e21)", "tostring(1e-7)", '"a%%%{b}"'}
# Terraform 1.11 leaves it to apply, where it can only be true (later cores decide it at plan).
DECIDED_EARLIER = {'true || terraform_data.u.id == "x"'}
# Terraform refuses a bare `local`.
ACCEPTED = {"local"}
# Exact answers that static mode leaves Unknown. The list may shrink; a new entry needs a reason.
UNKNOWN = frozenset((HERE / "unknown.txt").read_text(encoding="utf-8").split("\n---\n"))


def evaluate(expression: str, directory: Path) -> Value:
    """Compute the expression as the output of a root module."""
    shutil.copy(HERE / "context.tf", directory)
    (directory / "main.tf").write_text(f'output "x" {{\n  value = {expression}\n}}\n', encoding="utf-8")
    program = Program(str(directory))
    return Module(program, program.source(str(directory)), "", {}).output("x")


def plain(value: Value) -> object:
    """Give the value as JSON has it."""
    if isinstance(value, Document):
        return value.text.value
    if isinstance(value, Text):
        return value.value
    if isinstance(value, SetOf):
        return [plain(item) for item in value.items]
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return value


def spelled(kind: conversion.Type | None) -> object:
    """Give a type as Terraform's JSON has it."""
    if kind is None or kind.kind == "any":
        return "dynamic"
    if kind.element is not None:
        return [kind.kind, spelled(kind.element)]
    if kind.kind == "tuple":
        return ["tuple", [spelled(item) for item in kind.items]]
    if kind.kind == "object":
        return ["object", {name: spelled(item) for name, item in kind.attributes.items()}]
    return kind.kind


def fits(found: object, recorded: object) -> bool:
    """Whether a type is the recorded one, as far as static mode knows it (`dynamic`: it does not)."""
    if found == "dynamic":
        return True
    if isinstance(found, list) and isinstance(recorded, list):
        return len(found) == len(recorded) and all(map(fits, found, recorded))
    if isinstance(found, dict) and isinstance(recorded, dict):
        return found.keys() == recorded.keys() and all(fits(found[name], recorded[name]) for name in found)
    return found == recorded


@pytest.mark.parametrize("expression", [text for text, case in CASES.items() if "value" in case])
def test_a_known_value_is_terraforms(expression: str, tmp_path: Path) -> None:
    """Whatever static mode says it knows, Terraform computed as well."""
    if expression in REFUSED:
        with pytest.raises(InputError, match="syntax error"):
            evaluate(expression, tmp_path)
        return
    value = evaluate(expression, tmp_path)

    if expression in UNKNOWN:
        assert not is_known(kinds.settle(value)), "known by now: remove it from unknown.txt"
        return
    assert is_known(kinds.settle(value)), value
    assert json.dumps(plain(value), sort_keys=True) == json.dumps(CASES[expression]["value"], sort_keys=True)
    assert fits(spelled(conversion.type_of(value)), CASES[expression]["type"])


@pytest.mark.parametrize("expression", [text for text, case in CASES.items() if "unknown" in case])
def test_what_terraform_cannot_know_stays_unknown(expression: str, tmp_path: Path) -> None:
    """What a plan cannot know is not invented."""
    value = evaluate(expression, tmp_path)

    assert is_known(kinds.settle(value)) is (expression in DECIDED_EARLIER)


@pytest.mark.parametrize("expression", [text for text, case in CASES.items() if "error" in case])
def test_what_terraform_refuses_has_no_value(expression: str, tmp_path: Path) -> None:
    """What Terraform refuses is refused, or at least Unknown."""
    try:
        value: Value = evaluate(expression, tmp_path)
    except InputError:
        value = Unknown("refused")

    assert isinstance(value, Unknown) or expression in ACCEPTED


def test_the_table_covers_every_function() -> None:
    """A function without a recorded expression is a function without evidence."""
    from arco.policy.terraform.static import _functions  # noqa: PLC0415 - only this test looks inside

    names = {**_functions._STRICT, **_functions._LENIENT}  # noqa: SLF001 - as above
    missing = [name for name in names if not any(f"{name}(" in expression for expression in CASES)]

    assert not missing
