"""Bodies of resources: attributes, nested blocks, `dynamic` blocks, and the keys of `count` and `for_each`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._evaluate import Scope, evaluate
from arco.policy.terraform.static._limits import INSTANCES_MAX
from arco.policy.values import SetOf, Text, Unknown, Value

if TYPE_CHECKING:
    from arco.policy.values import Origin

__all__ = ["META_ATTRIBUTES", "META_BLOCKS", "Keys", "block_values", "expand", "key_suffix"]

META_ATTRIBUTES = frozenset({"count", "depends_on", "for_each", "provider"})
META_BLOCKS = frozenset({"connection", "lifecycle", "provisioner"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

# The instances of a block: by key (None for the only one), the names that each adds to the scope.
Keys = Mapping["str | int | None", Mapping[str, Value]]


def key_suffix(key: str | int | None) -> str:
    """Spell an instance key as Terraform's addresses do."""
    if key is None:
        return ""
    if isinstance(key, int):
        return f"[{key}]"
    text = "".join(_ESCAPES.get(character, character) for character in key)
    return '["' + text.replace("${", "$${").replace("%{", "%%{") + '"]'


def expand(body: tree.Body, scope: Scope) -> Keys | Unknown:
    """Give the instances of a resource or module block. Raises InputError where Terraform would refuse the keys."""
    count, for_each = body.attributes.get("count"), body.attributes.get("for_each")
    if count is not None and for_each is not None:
        tree.refuse("count and for_each exclude each other: remove one", for_each.at)
    if count is not None:
        return _expand_count(evaluate(count.value, scope), count.value.at)
    if for_each is None:
        return {None: {}}
    value = evaluate(for_each.value, scope)
    if isinstance(value, Unknown):
        return value
    at = for_each.value.at
    if isinstance(value, SetOf | dict) and len(value.items if isinstance(value, SetOf) else value) > INSTANCES_MAX:
        return _too_many(at)
    if isinstance(value, kinds.Handle) and value.reason:
        return Unknown(value.reason, at)
    if isinstance(value, SetOf):
        if not all(isinstance(item, Text) for item in value.items):
            tree.refuse("for_each takes a set of strings: convert its items with tostring()", at)
        texts = [item for item in value.items if isinstance(item, Text)]
        return {text.value: _each(text, text) for text in texts}
    if not isinstance(value, Mapping):
        shown = kinds.describe(value)
        tree.refuse(f"for_each takes a map or a set of strings, and this is {shown}: try toset()", at)
    return {name: _each(kinds.key_of(value, name, at), value[name]) for name in sorted(value)}


def _each(key: Value, value: Value) -> Mapping[str, Value]:
    return {"each": kinds.Object({"key": key, "value": value})}


def _too_many(at: Origin) -> Unknown:
    return Unknown(f"static mode enumerates at most {INSTANCES_MAX} instances of one block: check a plan", at)


def _expand_count(value: Value, at: Origin) -> Keys | Unknown:
    try:
        number = conversion.convert(value, conversion.Type("number"))
    except kinds.Mismatch as error:
        tree.refuse(str(error), at)
    if isinstance(number, Unknown):
        return number
    if not isinstance(number, int) or number < 0:
        tree.refuse("count takes a whole number that is not negative", at)
    if number > INSTANCES_MAX:
        return _too_many(at)
    return {place: {"count": kinds.Object({"index": place})} for place in range(number)}


def block_values(body: tree.Body, scope: Scope, name: str | None = None) -> dict[str, Value]:
    """Evaluate nested blocks, or those called `name`: tuples of objects, Unknown where they cannot be counted."""
    found: dict[str, list[Value]] = {}
    unknown: dict[str, Unknown] = {}
    for block in body.blocks:
        kind = block.labels[0] if block.type == "dynamic" and block.labels else block.type
        if block.type in META_BLOCKS or (name is not None and kind != name):
            continue
        if block.type != "dynamic":
            found.setdefault(kind, []).append(_block(block, scope))
            continue
        items = _dynamic(block, scope)
        if isinstance(items, Unknown):
            unknown[kind] = items
        elif items or name is None:
            found.setdefault(kind, []).extend(items)
    values: dict[str, Value] = {kind: tuple(items) for kind, items in found.items()}
    return {**values, **unknown}


def _block(block: tree.Block, scope: Scope) -> Value:
    values = {name: evaluate(attribute.value, scope) for name, attribute in block.body.attributes.items()}
    return kinds.Object({**values, **block_values(block.body, scope)}, origin=block.at)


def _dynamic(block: tree.Block, scope: Scope) -> list[Value] | Unknown:
    """Expand a `dynamic` block."""
    if len(block.labels) != 1:
        tree.refuse("a dynamic block has one label: the type of the block it makes", block.at)
    for_each = block.body.attributes.get("for_each")
    contents = [inner for inner in block.body.blocks if inner.type == "content"]
    if for_each is None or len(contents) != 1:
        tree.refuse("a dynamic block needs for_each and one content block", block.at)
    iterator = block.body.attributes.get("iterator")
    name = block.labels[0]
    if iterator is not None:
        if not isinstance(iterator.value, tree.Variable):
            tree.refuse("iterator takes a name without quotes", iterator.value.at)
        name = iterator.value.name
    collection = evaluate(for_each.value, scope)
    if isinstance(collection, Unknown):
        return collection
    items: list[Value] = []
    for key, value in _pairs(collection, for_each.value.at):
        inner = scope.with_names({name: kinds.Object({"key": key, "value": value})})
        items.append(_block(contents[0], inner))
    return items


def _pairs(collection: Value, at: Origin) -> list[tuple[Value, Value]]:
    if isinstance(collection, SetOf):
        return [(item, item) for item in collection.items]
    if isinstance(collection, tuple):
        return list(enumerate(collection))
    if isinstance(collection, Mapping):
        return [(kinds.key_of(collection, name, at), collection[name]) for name in sorted(collection)]
    tree.refuse(f"for_each takes a list, set, map or object, and this is {kinds.describe(collection)}", at)
