"""The expression evaluator: exactly Terraform's result, or Unknown, or the refusal that Terraform would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arco.errors import InputError
from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _functions as functions
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _operators as operators
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._limits import Meter
from arco.policy.terraform.static._operators import as_bool
from arco.policy.values import Document, Literal, SetOf, Text, Unknown, Value

if TYPE_CHECKING:
    from arco.policy.values import Origin

__all__ = ["Scope", "evaluate"]

Root = Callable[[str, "Origin"], Value]


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean: `names` (iterators, `each`, `count`), then `root`, which refuses what is not declared.

    `constant` forbids functions, as in variable files and defaults. `meter` counts what evaluation costs.
    """

    root: Root
    names: Mapping[str, Value] = field(default_factory=dict)
    constant: bool = False
    meter: Meter = field(default_factory=Meter)

    def with_names(self, names: Mapping[str, Value]) -> Scope:
        """Give a scope in which `names` hide what they shadow."""
        return Scope(self.root, {**self.names, **names}, self.constant, self.meter)


def evaluate(expression: tree.Expression, scope: Scope) -> Value:
    """Compute `expression`. Raises InputError where Terraform would refuse, ExhaustedError where it takes too long."""
    scope.meter.spend(1)
    kind = type(expression)
    try:
        value = _EVALUATORS[kind](expression, scope)
    except kinds.Mismatch as error:
        tree.refuse(str(error), expression.at)
    return scope.meter.bounded(value, expression.at) if kind in _MAKERS else value


def _constant(node: tree.Constant, _: Scope) -> Value:
    return kinds.normal(node.value) if isinstance(node.value, Text) else node.value


def _template(node: tree.Template, scope: Scope) -> Value:
    if node.wraps and not isinstance(node.parts[0], Literal):
        return evaluate(node.parts[0], scope)
    texts: list[Text] = []
    for part in node.parts:
        if isinstance(part, Literal):
            texts.append(Text((part,)))
            continue
        value = evaluate(part, scope)
        try:
            texts.append(kinds.text_of(value, part.at))
        except kinds.Mismatch as error:
            tree.refuse(f"cannot put this into a string: {error}", part.at)
    return kinds.joined(texts)


def _variable(node: tree.Variable, scope: Scope) -> Value:
    found = scope.names.get(node.name, scope)
    return scope.root(node.name, node.at) if isinstance(found, Scope) else found


def _get_attribute(node: tree.GetAttribute, scope: Scope) -> Value:
    return get(evaluate(node.subject, scope), node.name, node.at)


def get(value: Value, name: str, at: Origin) -> Value:
    """Give the attribute `name` of an object or a map."""
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, Mapping):
        tree.refuse(f"{kinds.describe(value)} has no attribute {name!r}", at)
    try:
        return value[name]
    except KeyError:
        known = ", ".join(list(value)[:8])
        tree.refuse(f"there is no attribute {name!r}: it has {known or 'none'}", at)


def _index(node: tree.Index, scope: Scope) -> Value:
    subject, key = evaluate(node.subject, scope), evaluate(node.key, scope)
    if isinstance(subject, Unknown):
        return subject
    if isinstance(key, Unknown):
        return key
    if isinstance(subject, Mapping):
        name = kinds.text_of(key)
        if not name.known:
            return name.unknowns[0]
        return get(subject, name.value, node.at)
    if isinstance(subject, SetOf):
        tree.refuse("a set has no indexes: convert it with tolist()", node.at)
    if not isinstance(subject, tuple):
        tree.refuse(f"{kinds.describe(subject)} has no items", node.at)
    place = conversion.convert(key, conversion.Type("number"))
    if isinstance(place, Unknown):
        return place
    if not isinstance(place, int) or not 0 <= place < len(subject):
        tree.refuse(f"there is no item {key_text(key)}: it has {len(subject)}", node.at)
    return subject[place]


def key_text(key: Value) -> str:
    """Show a key in a message."""
    return key.display() if isinstance(key, Text) else str(key)


def _splat(node: tree.Splat, scope: Scope) -> Value:
    subject = evaluate(node.subject, scope)
    if isinstance(subject, Unknown):
        return subject
    if subject is None:
        return ()
    if isinstance(subject, SetOf):
        items: tuple[Value, ...] = subject.items
    else:
        items = subject if isinstance(subject, tuple) else (subject,)
    results = (evaluate(node.each, scope.with_names({"*": item})) for item in items)
    return ListOf(results) if isinstance(subject, SetOf | ListOf) else tuple(results)


def _call(node: tree.Call, scope: Scope) -> Value:
    if scope.constant:
        tree.refuse(f"only constant values may stand here: {node.name}() is a function", node.at)
    if node.name in {"try", "can"}:
        return _attempt(node, scope)
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    if node.expands and arguments:
        last = arguments.pop()
        if isinstance(last, Unknown):
            return last
        if isinstance(last, SetOf):
            last = last.items
        if not isinstance(last, tuple):
            tree.refuse(f"only a list can be expanded with '...', and this is {kinds.describe(last)}", node.at)
        arguments.extend(last)
    scope.meter.spend(sum(map(_length, arguments)))
    return functions.call(node.name, arguments, node.at, scope.meter)


def _length(value: Value) -> int:
    """Count the items of an argument: most functions look at each."""
    if isinstance(value, Text):
        return len(value.pieces)
    if isinstance(value, SetOf):
        return len(value.items)
    return len(value) if isinstance(value, tuple | dict) else 1


def _attempt(node: tree.Call, scope: Scope) -> Value:
    """Evaluate `try` and `can`: an argument that is not known in full could still fail."""
    for argument in node.arguments:
        try:
            value = evaluate(argument, scope)
        except InputError:
            continue
        unknown = kinds.first_unknown(value)
        if unknown is not None:
            return unknown
        return True if node.name == "can" else value
    if node.name == "can":
        return False
    tree.refuse("no argument of try() succeeds: add a fallback", node.at)


def _unary(node: tree.Unary, scope: Scope) -> Value:
    return operators.unary(node, evaluate(node.operand, scope))


def _binary(node: tree.Binary, scope: Scope) -> Value:
    return operators.binary(node, evaluate(node.left, scope), evaluate(node.right, scope))


def _conditional(node: tree.Conditional, scope: Scope) -> Value:
    truth = as_bool(evaluate(node.condition, scope), node.condition.at)
    if isinstance(truth, Unknown):
        return truth
    chosen, other = (node.yes, node.no) if truth else (node.no, node.yes)
    value = evaluate(chosen, scope)
    try:
        rest = evaluate(other, scope)
    except InputError:
        return value
    if isinstance(value, Unknown) or value is None or (rest is None and isinstance(other, tree.Constant)):
        return value
    return _as_branch(value, rest, node)


def _as_branch(value: Value, rest: Value, node: tree.Conditional) -> Value:
    """Convert the chosen result to the type that it shares with the other one."""
    mine, theirs = conversion.type_of(value), conversion.type_of(rest)
    if isinstance(value, Text | Document) or mine is None:
        if theirs is not None and theirs.kind not in {"string", "number", "bool"}:
            tree.refuse("the two results of a conditional need one type", node.at)
        return value
    if theirs is None:
        unsettled = "the type of the other result of this conditional is not known, and it decides the type of this one"
        empty = isinstance(value, tuple | Mapping) and not value
        return value if rest is None and (empty or _only_text(value)) else Unknown(unsettled, node.at)
    if isinstance(value, kinds.Handle) or isinstance(rest, kinds.Handle):
        return value
    together = conversion.unify([mine, theirs])
    if together is None:
        tree.refuse("the two results of a conditional need one type", node.at)
    return conversion.convert(value, together)


def _only_text(value: Value) -> bool:
    if isinstance(value, Mapping):
        return all(_only_text(item) for item in value.values())
    if isinstance(value, tuple):
        return all(_only_text(item) for item in value)
    return isinstance(value, Text)


def _tuple_of(node: tree.TupleOf, scope: Scope) -> Value:
    return tuple(evaluate(item, scope) for item in node.items)


def _object_of(node: tree.ObjectOf, scope: Scope) -> Value:
    result: dict[str, Value] = {}
    spelled: dict[str, Text] = {}
    for key, value in node.items:
        if isinstance(key, tree.Unsupported):
            tree.refuse("ambiguous key: put parentheses around the reference, or quotes around the name", key.at)
        name = _key(evaluate(key, scope), key.at)
        if isinstance(name, Unknown):
            return name
        result[name.value] = evaluate(value, scope)
        spelled[name.value] = name
    return kinds.Object(result, spelled)


def _key(value: Value, at: Origin) -> Text | Unknown:
    if value is None:
        tree.refuse("a key must not be null", at)
    text = kinds.text_of(value, at)
    return text.unknowns[0] if not text.known else text


def _for(node: tree.For, scope: Scope) -> Value:
    collection = evaluate(node.collection, scope)
    if isinstance(collection, kinds.Handle) and collection.reason:
        return Unknown(collection.reason, node.at)
    if isinstance(collection, Unknown):
        return collection
    pairs = _pairs(collection, node.collection.at)
    kept: list[tuple[Value, Value]] = []
    for key, item in pairs:
        names = dict(zip(node.names, (key, item) if len(node.names) > 1 else (item,), strict=True))
        inner = scope.with_names(names)
        if node.condition is not None:
            truth = as_bool(evaluate(node.condition, inner), node.condition.at)
            if isinstance(truth, Unknown):
                return truth
            if not truth:
                continue
        kept.append((evaluate(node.key, inner) if node.key else None, evaluate(node.value, inner)))
    if node.key is None:
        return tuple(value for _, value in kept)
    return _grouped(kept, node)


def _pairs(collection: Value, at: Origin) -> list[tuple[Value, Value]]:
    if isinstance(collection, SetOf):
        return [(item, item) for item in collection.items]
    if isinstance(collection, tuple):
        return list(enumerate(collection))
    if isinstance(collection, Mapping):
        return [(kinds.key_of(collection, name, at), collection[name]) for name in sorted(collection)]
    tree.refuse(f"only a list, set, map or object can be iterated, and this is {kinds.describe(collection)}", at)


def _grouped(pairs: list[tuple[Value, Value]], node: tree.For) -> Value:
    groups: dict[str, list[Value]] = {}
    spelled: dict[str, Text] = {}
    for key, value in pairs:
        name = _key(key, node.at)
        if isinstance(name, Unknown):
            return name
        if name.value in groups and not node.groups:
            message = f"two items have the key {name.value!r}: make keys distinct, or group them with '...'"
            tree.refuse(message, node.at)
        groups.setdefault(name.value, []).append(value)
        spelled.setdefault(name.value, name)
    if node.groups:
        return kinds.Object({name: tuple(items) for name, items in groups.items()}, spelled)
    return kinds.Object({name: items[0] for name, items in groups.items()}, spelled)


def _unsupported(node: tree.Unsupported, _: Scope) -> Value:
    return Unknown(node.reason, node.at)


ListOf = kinds.ListOf

# What makes a value that is larger than each of its parts.
_MAKERS = frozenset({tree.Template, tree.Splat, tree.Call, tree.TupleOf, tree.ObjectOf, tree.For})
_EVALUATORS: Mapping[type, Callable[..., Value]] = {
    tree.Constant: _constant,
    tree.Template: _template,
    tree.Variable: _variable,
    tree.GetAttribute: _get_attribute,
    tree.Index: _index,
    tree.Splat: _splat,
    tree.Call: _call,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Conditional: _conditional,
    tree.TupleOf: _tuple_of,
    tree.ObjectOf: _object_of,
    tree.For: _for,
    tree.Unsupported: _unsupported,
}
