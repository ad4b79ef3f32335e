"""Read the bindings that an IAM resource writes: `_member`, `_binding`, `_policy`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from arco.errors import InputError
from arco.policy.deployment import Instance
from arco.policy.model import Unsettled
from arco.policy.values import Block, Document, Origin, SetOf, Text, Unknown, Value

__all__ = ["BEYOND", "Binding", "Reader", "bindings_of"]

BEYOND = "no rule follows this: review it by hand, or keep it in a root module that is not gated"
_POLICY_KEYS = {"bindings", "role", "members", "condition", "title", "description", "expression"}


@dataclass(frozen=True, slots=True)
class Binding:
    """One role for some members. `condition` is None if there is none, Unknown if it is not known.

    `origin` is where the block that writes the binding begins.
    """

    role: Text
    members: tuple[Text, ...]
    title: str
    condition: Text | Unknown | None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads attributes of one instance; what is not known is left to `unsettled`, with its place."""

    instance: Instance
    unsettled: list[Unsettled]

    def leave(self, attribute: str, reason: str, origin: Origin | None = None, *, beyond: bool = False) -> None:
        """Record that `attribute` is not settled; `beyond`: not for want of a value, but since no rule follows it."""
        item = Unsettled(self.instance.address, attribute, reason, origin or self.instance.origin)
        self.unsettled.append(replace(item, remedy=BEYOND) if beyond else item)

    def text(self, attribute: str) -> Text | None:
        """Give a known text attribute, or record why it is not one."""
        return self.known(attribute, self.instance.values.get(attribute))

    def known(self, attribute: str, value: Value) -> Text | None:
        """Give `value` if it is a known text, or record why it is not one."""
        if isinstance(value, Text) and value.known:
            if value.value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value.value):
                return value
            self.leave(attribute, "it holds half of a surrogate pair, which the provider replaces", value.origin)
        elif isinstance(value, Text):
            self.leave(attribute, f"known only in part: {value.display()}: {value.unknowns[0].reason}", value.origin)
        elif isinstance(value, Unknown):
            self.leave(attribute, value.reason, value.origin)
        else:
            self.leave(attribute, f"{attribute} is missing or is not text")
        return None


def bindings_of(reader: Reader, form: str) -> Iterator[Binding]:
    """Yield the bindings of an `_iam_member`, `_iam_binding` or `_iam_policy` instance."""
    values = reader.instance.values
    if form == "policy":
        yield from _policy_bindings(reader, values.get("policy_data"))
        return
    members = (values.get("member"),) if form == "member" else _items(values.get("members"))
    role = reader.text("role")
    known = _members(reader, members, "member" if form == "member" else "members")
    title, condition = _condition(reader, values.get("condition"))
    if role is not None:
        yield Binding(role, known, title, condition, reader.instance.origin)


def _policy_bindings(reader: Reader, value: Value) -> Iterator[Binding]:
    content = value.content if isinstance(value, Document) else _parse_policy(reader, value)
    if content is None:
        return
    content = _plain(content)
    if isinstance(content, Unknown):
        reader.leave("policy_data", content.reason)
        return
    bindings = _items(content.get("bindings", ())) if isinstance(content, Mapping) else None
    if bindings is None:
        bindings = (Unknown("the policy has no list of bindings"),)
    for index, item in enumerate(bindings):
        binding = _plain(item)
        if not isinstance(binding, Mapping):
            unknown = binding if isinstance(binding, Unknown) else Unknown("a binding is not an object")
            reader.leave("policy_data", unknown.reason, unknown.origin)
            continue
        role = reader.known(f"policy_data.bindings[{index}].role", binding.get("role"))
        members = _members(reader, _items(binding.get("members", ())), f"policy_data.bindings[{index}].members")
        title, condition = _condition(reader, binding.get("condition"))
        if role is not None:
            origin = item.origin if isinstance(item, Block) else reader.instance.origin
            yield Binding(role, members, title, condition, origin)


def _parse_policy(reader: Reader, value: Value) -> Value:
    text = reader.known("policy_data", value)
    if text is None:
        return None
    try:
        return _from_json(json.loads(text.value, object_pairs_hook=_object))
    except (ValueError, RecursionError) as error:
        message = f"policy_data is not a policy in JSON: {error}"
        raise InputError(message, source=reader.instance.address) from error


def _object(pairs: list[tuple[str, object]]) -> object:
    """Make an object, or Unknown where two readers of JSON may keep different values."""
    found = dict(pairs)
    repeated = next((key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1), None)
    return found if repeated is None else Unknown(f"the policy states {repeated!r} twice in one object")


def _plain(value: Value) -> Value:
    """Give `value`, or Unknown if it has a key that the provider reads as another: Go's JSON folds case."""
    keys = value if isinstance(value, Mapping) else ()
    folded = next((key for key in keys if key not in _POLICY_KEYS and key.casefold() in _POLICY_KEYS), None)
    if folded is None:
        return value
    return Unknown(f"the policy spells {folded!r}, which the provider may read as {folded.casefold()!r}")


def _from_json(value: object) -> Value:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, str):
        return Text.of(value)
    if isinstance(value, list):
        return tuple(_from_json(item) for item in value)
    if isinstance(value, dict):
        return {str(key): _from_json(item) for key, item in value.items()}
    return value if value is None or isinstance(value, bool | int | float) else Unknown("not a JSON value")


def _items(value: Value) -> tuple[Value, ...] | None:
    if isinstance(value, SetOf):
        return value.items
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, Unknown) else None


def _members(reader: Reader, values: tuple[Value, ...] | None, attribute: str) -> tuple[Text, ...]:
    if values is None:
        reader.leave(attribute, f"{attribute} is missing or is not a list")
        return ()
    found = (reader.known(attribute, value) for value in values)
    return tuple(member for member in found if member is not None)


def _condition(reader: Reader, value: Value) -> tuple[str, Text | Unknown | None]:
    """Give title and expression. `condition = []`, null and no block at all mean unconditional."""
    if value is None or value == () or value == SetOf(()):
        return "", None
    blocks = (value,) if isinstance(value, Mapping) else _items(value)
    block = _plain(blocks[0]) if blocks and len(blocks) == 1 else None
    if not isinstance(block, Mapping):
        reason = block.reason if isinstance(block, Unknown) else "the condition is not one block"
        reader.leave("condition", reason)
        return "", Unknown(reason)
    title = reader.known("condition.title", block.get("title"))
    if block.get("description") is not None:
        reader.known("condition.description", block.get("description"))
    expression = reader.known("condition.expression", block.get("expression"))
    return title.value if title else "?", expression or Unknown("the condition's expression is not known")
