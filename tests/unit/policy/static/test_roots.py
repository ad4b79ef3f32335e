"""Static mode against what Terraform planned for small roots: the same addresses, the same inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from arco.policy.terraform.static import load_directory
from arco.policy.values import Document, SetOf, Text, Unknown, Value

HERE = Path(__file__).parent
OPEN = {"modules and keys": 3}
RECORDED = json.loads((HERE / "roots.json").read_text(encoding="utf-8"))


def write(name: str, directory: Path) -> None:
    """Write the files of the root `name` of roots.txt."""
    text = (HERE / "roots.txt").read_text(encoding="utf-8")
    part = next(part for part in text.split("\n=== ") if part.startswith(f"{name}\n"))
    for file in part.split("\n--- ")[1:]:
        path, content = file.split("\n", 1)
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(content + "\n", encoding="utf-8")


def agrees(value: Value, planned: object, unknown: object) -> bool:
    """Whether a value is what was planned; what static mode does not know agrees with everything."""
    if isinstance(value, Unknown) or unknown is True:
        return isinstance(value, Unknown)
    if isinstance(value, Text | Document):
        text = value if isinstance(value, Text) else value.text
        return not text.known or text.value == planned
    if isinstance(value, SetOf):
        value = value.items
    if isinstance(value, tuple):
        parts = unknown if isinstance(unknown, list) else [unknown] * len(value)
        return isinstance(planned, list) and len(planned) == len(value) and all(map(agrees, value, planned, parts))
    if isinstance(value, Mapping):
        inner = unknown if isinstance(unknown, dict) else {}
        return (
            isinstance(planned, dict)
            and value.keys() == planned.keys() | inner.keys()
            and all(agrees(item, planned.get(name), inner.get(name, False)) for name, item in value.items())
        )
    return type(value) is type(planned) and value == planned


def unknowns(value: Value) -> int:
    """Count what static mode does not know."""
    if isinstance(value, Unknown):
        return 1
    if isinstance(value, Text):
        return len(value.unknowns)
    if isinstance(value, Mapping):
        return sum(map(unknowns, value.values()))
    if isinstance(value, tuple | SetOf):
        return sum(map(unknowns, value.items if isinstance(value, SetOf) else value))
    return 0


@pytest.mark.parametrize("name", RECORDED)
def test_a_root_is_what_terraform_plans(name: str, tmp_path: Path) -> None:
    """Each instance has its address and its input; nothing is missing, nothing is added."""
    write(name, tmp_path)
    deployment = load_directory(tmp_path)
    planned = RECORDED[name]

    assert sorted(instance.address for instance in deployment.instances) == sorted(planned)
    assert not deployment.gaps
    for instance in deployment.instances:
        change = planned[instance.address]
        assert agrees(instance.values["input"], change["input"], change["unknown"]), instance
    # basename() is what static mode leaves open here.
    assert sum(unknowns(instance.values["input"]) for instance in deployment.instances) == OPEN.get(name, 0)
