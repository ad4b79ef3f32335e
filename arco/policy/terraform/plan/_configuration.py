"""The `configuration` of a plan: which attribute refers to what. Values of references are not in it.

Terraform writes an expression as `constant_value` or as `references`: for each reference its full text, then its
prefixes down to the resource (`google_x.y["k"].name`, `google_x.y["k"]`, `google_x.y`), repeats included. Text beside
a reference, functions and operators are not written, and neither are locals: they stand as `local.x`, without content.
An index that is itself an expression ends the reference: `google_x.y[each.key].name` reads `google_x.y`, `each.key`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TypeAlias

from arco.policy.terraform.plan._json import Json, Node

__all__ = ["Call", "Key", "Module", "Reference", "Resource", "Scope", "references_of", "split_address"]


@dataclass(frozen=True, slots=True)
class Key:
    """An index step: `["a"]` or `[0]`."""

    value: str | int


Reference: TypeAlias = tuple[str | Key, ...]

_STEP = re.compile(r'\.?([^\W\d][\w-]*)|\[(-?\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource block: its expressions by attribute, still as JSON, and the provider configuration it uses."""

    expressions: dict[str, Json]
    for_each: Json
    provider: str


@dataclass(frozen=True, slots=True)
class Call:
    """One module block: the expressions of its inputs and what it calls."""

    inputs: dict[str, Json]
    module: Module


@dataclass(frozen=True, slots=True)
class Module:
    """A module's resources by address within it, its outputs' expressions and its calls by name."""

    resources: dict[str, Resource]
    outputs: dict[str, Json]
    calls: dict[str, Call]

    @classmethod
    def read(cls, node: Node) -> Module:
        """Type a module of `configuration`. Raises InputError where its shape is wrong."""
        if node.value is None:
            return cls({}, {}, {})
        return cls(
            resources={
                resource.get("address").text(): Resource(
                    expressions=_expressions(resource),
                    for_each=resource.get("for_each_expression").value,
                    provider=resource.get("provider_config_key").text(""),
                )
                for resource in node.get("resources").items()
            },
            outputs={name: output.get("expression").value for name, output in node.get("outputs").members().items()},
            calls={
                name: Call(_expressions(call), cls.read(call.get("module")))
                for name, call in node.get("module_calls").members().items()
            },
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """One module instance: where it stands, the block that it comes from, its key, and its caller's scope."""

    address: str
    module: Module
    key: str | int | None = None
    call: Call | None = None
    parent: Scope | None = None

    def child(self, name: str, key: str | int | None) -> Scope | None:
        """Give the instance `key` of the module that this one calls `name`, if there is such a call."""
        call = self.module.calls.get(name)
        if call is None:
            return None
        place = f"{self.address}." if self.address else ""
        index = "" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"
        return Scope(f"{place}module.{name}{index}", call.module, key, call, self)

    def descend(self, address: str) -> Scope | None:
        """Give the module instance at `address`, which counts from here."""
        steps = list(split_address(address) or ("?",)) if address else []
        scope: Scope | None = self
        while steps and scope is not None:
            word, name, *steps = [*steps, "?"] if len(steps) == 1 else steps
            if word != "module" or not isinstance(name, str):
                return None
            key = steps.pop(0) if steps and isinstance(steps[0], Key) else None
            scope = scope.child(name, key.value if isinstance(key, Key) else None)
        return scope


def references_of(expression: Json) -> tuple[Reference, ...] | None:
    """Give the full references of an expression, repeats kept. None if it cannot be read in full."""
    if not isinstance(expression, dict) or not isinstance(expression.get("references"), list):
        return None
    heads: list[Reference] = []
    rest: Reference = ()
    for text in expression["references"]:  # type: ignore[union-attr]
        steps = split_address(text) if isinstance(text, str) else None
        if not steps:
            return None
        if len(steps) < len(rest) and rest[: len(steps)] == steps:
            rest = steps
            continue
        heads.append(steps)
        rest = steps
    return tuple(heads)


def split_address(text: str) -> Reference | None:
    """Split an address or reference into names and keys. None if it is not one."""
    steps: list[str | Key] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None or (position == 0) == match[0].startswith((".", "[")):
            return None
        if match[1] is not None:
            if position and not match[0].startswith("."):
                return None
            steps.append(match[1])
        else:
            steps.append(Key(int(match[2])) if match[2] is not None else _unquote(match[3]))
        position = match.end()
    return tuple(steps)


def _unquote(quoted: str) -> Key:
    # HCL escapes the starts of templates by doubling the sign; the rest is as in JSON.
    text = json.loads(quoted, strict=False)
    return Key(text.replace("$${", "${").replace("%%{", "%{"))


def _expressions(node: Node) -> dict[str, Json]:
    expressions = node.get("expressions")
    return expressions.object() if expressions.value is not None else {}
