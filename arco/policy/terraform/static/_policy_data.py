"""`data.google_iam_policy`: the JSON that the provider computes, and the same content with its origins.

The provider merges bindings of equal role and condition, sorts members and bindings, and spells the result with Go's
JSON encoder (keys in alphabetical order, empty fields left out, `&`, `<` and `>` escaped).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._encoding import go_string
from arco.policy.values import Block, Document, Literal, Origin, SetOf, Text, Unknown, Value

__all__ = ["policy_data"]

_FIELDS = ("description", "expression", "title")


@dataclass(slots=True)
class _Binding:
    role: Text
    members: list[Value]
    condition: Mapping[str, Text] | Unknown | None
    origin: Origin | None
    unknown: Unknown | None = field(default=None)

    @property
    def key(self) -> tuple[str, ...]:
        """What the provider merges by; its parts are known."""
        if not isinstance(self.condition, Mapping):
            return (self.role.value,)
        return (self.role.value, *(self.condition[name].value for name in ("expression", "title", "description")))

    def content(self) -> Mapping[str, Value]:
        """Give the binding as people wrote it."""
        condition: Value = None
        if isinstance(self.condition, Unknown):
            condition = self.condition
        elif self.condition is not None:
            condition = {name: self.condition[name] for name in _FIELDS}
        return Block({"role": self.role, "members": tuple(self.members), "condition": condition}, self.origin)


def policy_data(blocks: Value, audit: Value = ()) -> Value:
    """Compute `policy_data` from the `binding` blocks. What is unknown stays visible in the content."""
    if not isinstance(blocks, tuple):
        unknown = blocks if isinstance(blocks, Unknown) else Unknown("the bindings are not known")
        return Document(Text((unknown,)), {"bindings": unknown})
    bindings = [_binding(block) for block in blocks]
    unknowns = [binding.unknown for binding in bindings if binding.unknown is not None]
    if audit != ():
        unknowns.append(Unknown("static mode does not spell audit_config"))
    if unknowns:
        content: Value = {"bindings": tuple(binding.content() for binding in bindings)}
        return Document(Text((unknowns[0],)), content)
    merged = _merge(bindings)
    content = {"bindings": tuple(binding.content() for binding in merged)}
    spelled = [_spell(binding) for binding in merged]
    if any(text is None for text in spelled):
        return Document(Text((Unknown("a binding holds a character whose spelling is not known"),)), content)
    inside = ",".join(text for text in spelled if text is not None)
    # The text is the provider's work, nobody wrote it; where the content was written stands in `content`.
    return Document(Text((Literal('{"bindings":[' + inside + "]}" if merged else "{}"),)), content)


def _text(value: Value, missing: str) -> Text:
    if value is None:
        return Text((Unknown(missing),))
    try:
        return kinds.text_of(value)
    except kinds.Mismatch as error:
        return Text((Unknown(str(error)),))


def _binding(block: Value) -> _Binding:
    if not isinstance(block, Mapping):
        unknown = Unknown("a binding is not known")
        return _Binding(Text((unknown,)), [unknown], unknown, None, unknown)
    role = _text(block.get("role"), "a binding has no role")
    members, reason = _members(block.get("members"))
    condition = _condition(block.get("condition", ()))
    reasons = [reason, kinds.first_unknown(role)]
    if isinstance(condition, Unknown):
        reasons.append(condition)
    elif condition is not None:
        reasons.extend(kinds.first_unknown(text) for text in condition.values())
    reason = next((item for item in reasons if item is not None), None)
    return _Binding(role, members, condition, block.origin if isinstance(block, Block) else None, reason)


def _members(value: Value) -> tuple[list[Value], Unknown | None]:
    """Give the members, and why they are not known in full."""
    if isinstance(value, SetOf):
        value = value.items
    if not isinstance(value, tuple):
        reason = value if isinstance(value, Unknown) else Unknown("the members of a binding are not known")
        return [reason], reason
    members: list[Value] = [
        item if isinstance(item, Unknown) else _text(item, "a member is null") for item in value
    ]  # fmt: skip
    unknowns = [unknown for member in members if (unknown := kinds.first_unknown(member)) is not None]
    if unknowns:
        return members, unknowns[0]
    distinct = {member.value: member for member in reversed(members) if isinstance(member, Text)}
    return [distinct[name] for name in sorted(distinct)], None


def _condition(value: Value) -> Mapping[str, Text] | Unknown | None:
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, tuple) or not value:
        return None if value in ((), None) else Unknown("the condition is not a block")
    block = value[0]
    if len(value) > 1 or not isinstance(block, Mapping):
        return Unknown("a binding has one condition")
    empty = Text((Literal(""),))
    return {
        "description": empty if block.get("description") is None else _text(block["description"], ""),
        "expression": _text(block.get("expression"), "a condition has no expression"),
        "title": _text(block.get("title"), "a condition has no title"),
    }


def _merge(bindings: list[_Binding]) -> list[_Binding]:
    """Drop repeated blocks, merge what has the same role and condition, sort."""
    merged: dict[tuple[str, ...], _Binding] = {}
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for binding in bindings:
        names = tuple(member.value for member in binding.members if isinstance(member, Text))
        if (binding.key, names) in seen:
            continue
        seen.add((binding.key, names))
        if binding.key in merged:
            merged[binding.key].members.extend(binding.members)
        else:
            merged[binding.key] = _Binding(binding.role, list(binding.members), binding.condition, binding.origin)
    for binding in merged.values():
        binding.members.sort(key=lambda member: member.value if isinstance(member, Text) else "")
    # A shorter key is a binding without a condition: it stands before those of its role that have one.
    return [merged[key] for key in sorted(merged)]


def _spell(binding: _Binding) -> str | None:
    parts: list[tuple[str, str | None]] = []
    if isinstance(binding.condition, Mapping):
        fields = [
            f'"{name}":{go_string(binding.condition[name].value)}'
            for name in _FIELDS
            if name != "description" or binding.condition[name].value
        ]
        if any(go_string(text.value) is None for text in binding.condition.values()):
            return None
        parts.append(("condition", "{" + ",".join(fields) + "}"))
    members = [go_string(member.value) for member in binding.members if isinstance(member, Text)]
    if members:
        spelled = None if None in members else "[" + ",".join(item for item in members if item is not None) + "]"
        parts.append(("members", spelled))
    if binding.role.value:
        parts.append(("role", go_string(binding.role.value)))
    if any(text is None for _, text in parts):
        return None
    return "{" + ",".join(f'"{name}":{text}' for name, text in parts) + "}"
