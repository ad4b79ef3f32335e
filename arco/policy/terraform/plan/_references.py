"""Follow a reference to the instance that it reads, and take from there what the provider will compute.

A plan shows which attributes an expression reads, not how it combines them. So a value is taken only if

1. the expression has exactly one reference (for `members`: as many as there are unknown members), directly or through
   module inputs and outputs, which must have exactly one too; an index may be literal, or the instance's own key;
2. what it reads is unknown in this plan, since only that can have made the attribute unknown;
3. it is an attribute that can stand there (`USES`), and the instance's known attributes give its value (`FACTS`);
4. no text put around the value would name another such thing of the same plan (`arco_get` beside `arco_get_all`);
   an account's `.member` is whole, and nothing can stand around it.

Assumed, because no plan can show it: a lone reference passes unchanged but for the prefix that its place demands. Text
around it is ruled out by 4, as far as this plan's own names go; a function is not: the only reference that a plan shows
of `replace(google_service_account.a.email, "a@", "b@")` is its argument, and the result may be another account. To
refuse wherever another account exists would leave every plan with two accounts undecided, so this is an assumption and
no check: every value taken so is listed in `Deployment.assumptions`, in these words. Static mode reads the function.

In doubt (locals, several references, computed keys, splats) the value stays Unknown, and its reason says which of these
it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from arco.policy.deployment import Instance
from arco.policy.terraform.plan._configuration import Key, Reference, Resource, Scope, references_of
from arco.policy.terraform.plan._facts import USES, Use
from arco.policy.terraform.plan._json import Json
from arco.policy.values import Text, Unknown, Value

__all__ = ["Resolver", "block_of"]

_DEPTH_MAX = 32
_LIST = "members"
_EACH: tuple[Reference, ...] = (("each", "key"), ("count", "index"))
_EACH_VALUE = ("each", "value")
_OPAQUE = {
    "count": "it is computed from count.index",
    "each": "it is computed from the key or value of for_each",
    "local": "it goes through a local value, whose content a plan does not show",
    "data": "it reads a data source that is not read before apply",
}


class _UnresolvedError(Exception):
    """The reference cannot be followed; the message says why."""


@dataclass(frozen=True, slots=True)
class _Target:
    """Instances that a reference reads (several for a whole `for_each` resource) and the attribute, if it is named."""

    instances: tuple[Instance, ...]
    attribute: str | None


@dataclass(slots=True)
class Resolver:
    """Resolves the unknown attributes of one plan's instances.

    `raw` holds the instances as the plan has them, before facts are filled in; objects that only remain from before
    (forgotten, deposed) are not referred to by configuration and must not be in it.
    """

    root: Scope
    raw: Iterable[Instance]
    assumptions: set[str] = field(default_factory=set)
    _blocks: dict[tuple[str, str], dict[str | int | None, Instance]] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)
    _plain: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the instances by module instance and block."""
        for instance in self.raw:
            self._blocks.setdefault((instance.module, block_of(instance)), {})[instance.index] = instance

    def resolve(self, instance: Instance) -> Mapping[str, Value]:
        """Give the attributes of `instance`, with what references settle put in place of Unknown."""
        if not instance.type.startswith("google_"):
            return instance.values
        found = self._resource(instance)
        if found is None:
            return instance.values
        scope, resource = found
        return self._object(instance.values, resource.expressions, _Site(self, instance, scope, resource, ""))

    def _resource(self, instance: Instance) -> tuple[Scope, Resource] | None:
        scope = self.root.descend(instance.module)
        resource = scope.module.resources.get(block_of(instance)) if scope else None
        return (scope, resource) if scope and resource else None

    def _object(self, values: Mapping[str, Value], expressions: Mapping[str, Json], site: _Site) -> dict[str, Value]:
        return {name: self._attribute(name, value, expressions.get(name), site) for name, value in values.items()}

    def _attribute(self, name: str, value: Value, expression: Json, site: _Site) -> Value:
        here = site.at(name)
        use = USES.get(name)
        if isinstance(value, Unknown):
            # A list that is unknown as a whole has no known length: nothing can be put in its place.
            return here.one(value, expression, use) if use and name != _LIST else value
        if isinstance(value, tuple):
            if use and name == _LIST and any(isinstance(item, Unknown) for item in value):
                return here.many(value, expression, use)
            blocks = expression if isinstance(expression, list) else []
            if len(blocks) == len(value):
                return tuple(
                    self._object(item, block, here) if isinstance(item, Mapping) and isinstance(block, dict) else item
                    for item, block in zip(value, blocks, strict=True)
                )
        return value

    def follow(self, expression: Json, scope: Scope, reader: Instance | None, resource: Resource | None) -> _Target:
        """Give what the expression's only reference reads. Raises _UnresolvedError if there is not exactly one."""
        heads = references_of(expression)
        if heads is None:
            message = "the plan does not show what it refers to"
            raise _UnresolvedError(message)
        key = reader.index if reader else scope.key
        by_key = [head for head in heads if head in _EACH]
        rest = [head for head in heads if head not in _EACH]
        if len(rest) != 1 or len(by_key) > 1:
            message = "it has several references, and a plan does not show how they are combined"
            if len(heads) == 1:
                message = _OPAQUE["each"]
            raise _UnresolvedError(message)
        target = self._walk(rest[0], scope, _Reading(key, reader, resource, by_key=bool(by_key)), _DEPTH_MAX)
        if len(target.instances) > 1:
            message = "it reads several instances at once"
            raise _UnresolvedError(message)
        return target

    def targets(self, expression: Json, scope: Scope) -> list[_Target]:
        """Give what each reference of a list's expression reads. Raises _UnresolvedError if one cannot be followed."""
        heads = references_of(expression)
        if heads is None:
            message = "the plan does not show what it refers to"
            raise _UnresolvedError(message)
        return [self._walk(head, scope, _Reading(None, None, None, by_key=False), _DEPTH_MAX) for head in heads]

    def _walk(self, head: Reference, scope: Scope, reading: _Reading, depth: int) -> _Target:
        if depth == 0:
            message = "its references go through too many modules"
            raise _UnresolvedError(message)
        root = head[0]
        if reading.by_key and root in {"var", "module", "each"}:
            message = "it picks from a module's input or output by the key of for_each"
            raise _UnresolvedError(message)
        if head[:2] == _EACH_VALUE:
            return self._each_value(head, scope, reading)
        if root == "var":
            return self._input(head, scope, depth)
        if root == "module":
            return self._output(head, scope, depth)
        if root in _OPAQUE or len(head) < 2 or not isinstance(root, str):  # noqa: PLR2004 - type.name
            message = _OPAQUE.get(str(root), "a plan does not show what it refers to")
            raise _UnresolvedError(message)
        return self._resource_target(head, scope, reading)

    def _resource_target(self, head: Reference, scope: Scope, reading: _Reading) -> _Target:
        block = self._blocks.get((scope.address, f"{head[0]}.{head[1]}"), {})
        steps = head[2:]
        if steps and isinstance(steps[0], Key):
            instances = [block[steps[0].value]] if steps[0].value in block else []
            steps = steps[1:]
        elif reading.by_key:
            if steps:
                message = "it combines a reference with the key of for_each"
                raise _UnresolvedError(message)
            plain = reading.key is not None and reading.key in block and self._key_is_plain(block, reading)
            instances = [block[reading.key]] if plain else []
        else:
            instances = list(block.values())
        if not instances:
            message = f"this plan has no {head[0]}.{head[1]} that it surely reads"
            raise _UnresolvedError(message)
        attribute = steps[0] if steps and isinstance(steps[0], str) else None
        return _Target(tuple(instances), attribute)

    def _key_is_plain(self, block: Mapping[str | int | None, Instance], reading: _Reading) -> bool:
        """Whether no text around the key, and no sum with it, would hit `block` for every reading instance."""
        if reading.reader is None:
            return _plain({reading.key}, set(block))
        readers = self._blocks[(reading.reader.module, block_of(reading.reader))]
        question = (id(readers), id(block))
        if question not in self._plain:
            self._plain[question] = _plain(set(readers), set(block))
        return self._plain[question]

    def _each_value(self, head: Reference, scope: Scope, reading: _Reading) -> _Target:
        heads = references_of(reading.resource.for_each) if reading.resource else None
        if heads is None or len(heads) != 1 or len(heads[0]) != 2 or heads[0][0] in {*_OPAQUE, "var", "module"}:  # noqa: PLR2004
            raise _UnresolvedError(_OPAQUE["each"])
        keyed = _Reading(reading.key, reading.reader, reading.resource, by_key=True)
        found = self._resource_target(heads[0], scope, keyed)
        attribute = head[2] if len(head) > 2 and isinstance(head[2], str) else None  # noqa: PLR2004 - each.value.NAME
        return _Target(found.instances, attribute)

    def _input(self, head: Reference, scope: Scope, depth: int) -> _Target:
        name = head[1] if len(head) > 1 else None
        if scope.call is None or scope.parent is None or name not in scope.call.inputs:
            message = "it is computed from an input that is known, or has its default"
            raise _UnresolvedError(message)
        return self._inner(scope.call.inputs[str(name)], scope.parent, scope.key, head[2:], depth)

    def _output(self, head: Reference, scope: Scope, depth: int) -> _Target:
        steps = head[2:]
        key = None
        if steps and isinstance(steps[0], Key):
            key, steps = steps[0].value, steps[1:]
        child = scope.child(str(head[1]), key) if len(head) > 1 else None
        name = steps[0] if steps else None
        if child is None or not isinstance(name, str) or name not in child.module.outputs:
            message = "it reads a module, and the plan does not show which output"
            raise _UnresolvedError(message)
        return self._inner(child.module.outputs[name], child, None, steps[1:], depth)

    def _inner(self, expression: Json, scope: Scope, key: str | int | None, more: Reference, depth: int) -> _Target:
        """Follow an input's or output's only reference; `more` are the steps that its reader adds."""
        heads = references_of(expression) or ()
        rest = [head for head in heads if head not in _EACH]
        if len(rest) != 1 or len(heads) - len(rest) > 1:
            message = "it goes through a module's input or output that has several references"
            raise _UnresolvedError(message)
        by_key = len(heads) != len(rest)
        head = rest[0]
        if (not by_key and head[0] not in {"var", "module", *_OPAQUE} and _names_no_attribute(head)) or (
            head[0] == "var"
        ):
            head = (*head, *more)
        found = self._walk(head, scope, _Reading(key, None, None, by_key=by_key), depth - 1)
        if found.attribute is None and by_key and more and isinstance(more[0], str):
            return _Target(found.instances, more[0])
        return found

    def clashes(self, use: Use, value: str) -> bool:
        """Whether text around `value` would give another value that `use` could take somewhere in this plan."""
        kinds = ",".join(sorted(use.sources))
        if kinds not in self._named:
            everything = (
                use.value(instance.type, instance.values)
                for block in self._blocks.values()
                for instance in block.values()
                if instance.type in use.sources
            )
            self._named[kinds] = "\n".join({_core(found) for found in everything if found is not None})
        # Every name stands once, on a line of its own: a second occurrence is part of a longer name.
        return self._named[kinds].count(_core(value)) > 1


@dataclass(frozen=True, slots=True)
class _Reading:
    """Who reads: the key of its instance, and whether the expression uses that key as an index."""

    key: str | int | None
    reader: Instance | None
    resource: Resource | None
    by_key: bool


@dataclass(frozen=True, slots=True)
class _Site:
    """One attribute of one instance."""

    resolver: Resolver
    instance: Instance
    scope: Scope
    resource: Resource
    path: str

    def at(self, name: str) -> _Site:
        """Go to the attribute `name`."""
        path = f"{self.path}.{name}" if self.path else name
        return _Site(self.resolver, self.instance, self.scope, self.resource, path)

    def one(self, unknown: Unknown, expression: Json, use: Use) -> Value:
        """Resolve an attribute that is unknown in full."""
        try:
            target = self.resolver.follow(expression, self.scope, self.instance, self.resource)
            return Text.of(self._take(target, use)[0])
        except _UnresolvedError as error:
            return Unknown(f"{unknown.reason}: {error}")

    def many(self, items: tuple[Value, ...], expression: Json, use: Use) -> Value:
        """Resolve a list's unknown items: all of them, or none."""
        holes = [item for item in items if isinstance(item, Unknown)]
        try:
            if len(holes) == 1:
                targets = [self.resolver.follow(expression, self.scope, self.instance, self.resource)]
            else:
                targets = self.resolver.targets(expression, self.scope)
            values = [value for target in targets for value in self._take(target, use)]
        except _UnresolvedError as error:
            return _with_reason(items, str(error))
        if len(values) != len(holes):
            return _with_reason(items, "its references and its unknown items differ in number")
        rest = iter(sorted(values))
        return tuple(Text.of(next(rest)) if isinstance(item, Unknown) else item for item in items)

    def _take(self, target: _Target, use: Use) -> list[str]:
        return [self._take_one(instance, target.attribute, use) for instance in target.instances]

    def _take_one(self, instance: Instance, attribute: str | None, use: Use) -> str:
        allowed = use.sources.get(instance.type, frozenset())
        if attribute is not None:
            allowed = allowed & {attribute}
        read = f"{instance.address}.{attribute}" if attribute else instance.address
        if attribute is not None and USES.get(attribute) is use:
            value = self.resolver.resolve(instance).get(attribute)
            if isinstance(instance.values.get(attribute), Unknown) and isinstance(value, Text) and value.known:
                return self._assume(value.value, f"{instance.address}.{attribute}")
        if not any(isinstance(instance.values.get(name), Unknown) for name in allowed):
            message = f"it refers to {instance.address}, which does not settle it"
            raise _UnresolvedError(message)
        found = use.value(instance.type, instance.values)
        if found is None:
            message = f"it reads {read}, which is not known either"
            raise _UnresolvedError(message)
        if attribute != "member" and self.resolver.clashes(use, found):
            message = f"it reads {read} ({found}), and text around that could name something else of this plan"
            raise _UnresolvedError(message)
        return self._assume(found, read)

    def _assume(self, value: str, read: str) -> str:
        self.resolver.assumptions.add(
            f"{self.instance.address}.{self.path} is {value}, as it refers to {read} alone, "
            "and no function rewrites that (a plan does not show functions)"
        )
        return value


def _with_reason(items: tuple[Value, ...], reason: str) -> tuple[Value, ...]:
    return tuple(Unknown(f"{item.reason}: {reason}") if isinstance(item, Unknown) else item for item in items)


def _plain(keys: set[str | int | None], others: set[str | int | None]) -> bool:
    words = [key for key in keys if isinstance(key, str)]
    if len(words) < len(keys):
        return keys == others
    return not _wrapped(words, {key for key in others if isinstance(key, str)})


def _wrapped(words: list[str], others: Iterable[str]) -> bool:
    """Whether one prefix and suffix (not both empty) turn every word into one of `others` or of `words`."""
    pool = set(others)
    first = words[0]
    for other in pool:
        start = other.find(first)
        while start >= 0 and other != first:
            before, after = other[:start], other[start + len(first) :]
            if all(f"{before}{word}{after}" in pool for word in words):
                return True
            start = other.find(first, start + 1)
    return False


def _core(value: str) -> str:
    """Give the part of a value that text can be put around: an account's e-mail without prefix or path."""
    return re.split("[:/]", value)[-1] if "@" in value else value


def _names_no_attribute(head: Reference) -> bool:
    return len([step for step in head if isinstance(step, str)]) == 2  # noqa: PLR2004 - type.name


def block_of(instance: Instance) -> str:
    """Give the address of the instance's block within its module, as `configuration` spells it."""
    return f"{'data.' if instance.data else ''}{instance.type}.{instance.name}"
