"""Objects that are looked up on demand: declared names, nested blocks, resource instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._bodies import META_ATTRIBUTES, block_values
from arco.policy.terraform.static._evaluate import Scope, evaluate
from arco.policy.terraform.static._provider import Provider, computed_attributes, normalised
from arco.policy.values import Text, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arco.policy.values import Origin

__all__ = ["Lookup", "Nested", "Resource", "provider_name"]


class Owner(Protocol):
    """What a resource needs of its module."""

    def once(self, name: str, at: Origin, compute: Callable[[], Value]) -> Value:
        """Compute once, and refuse a cycle."""

    def provider(self, name: str) -> Provider:
        """Give a provider configuration."""
        ...


class Lookup(kinds.Handle):
    """Names that are looked up on demand; KeyError for what is not declared."""

    def __init__(self, names: Mapping[str, object], find: Callable[[str], Value], reason: str = "") -> None:
        self.names = names
        self.find = find
        self.reason = reason

    def __getitem__(self, name: str) -> Value:
        """Look `name` up."""
        if name not in self.names:
            raise KeyError(name)
        return self.find(name)

    def __iter__(self) -> Iterator[str]:
        """Give the declared names."""
        return iter(sorted(self.names))


class Nested(kinds.Handle):
    """A nested block: what is written, and Unknown for what the provider may add."""

    def __init__(self, written: Mapping[str, Value], reason: str) -> None:
        self.written = written
        self.reason = reason

    def __getitem__(self, name: str) -> Value:
        """Give a written attribute, or Unknown."""
        found = self.written.get(name, Unknown(self.reason))
        if isinstance(found, tuple):
            return tuple(Nested(item, self.reason) if isinstance(item, kinds.Object) else item for item in found)
        return found

    def __iter__(self) -> Iterator[str]:
        """Give the written names."""
        return iter(self.written)


class Resource(kinds.Handle):
    """One instance of a resource or data source: what is written, and what the provider is known to compute."""

    def __init__(self, module: Owner, block: tree.Block, address: str, scope: Scope) -> None:
        self.module = module
        self.block = block
        self.address = address
        self.scope = scope
        self.memo: dict[str, Value] = {}
        self.reason = f"{address} holds attributes that the provider computes"
        self.ignored = _ignored(block)

    def __iter__(self) -> Iterator[str]:
        """Give the written names."""
        return iter(self.block.body.attributes)

    def __getitem__(self, name: str) -> Value:
        """Give an attribute: written, computed by the table, or Unknown."""
        if name not in self.memo:
            self.memo[name] = self.module.once(f"{self.address}.{name}", self.block.at, lambda: self.compute(name))
        return self.memo[name]

    def compute(self, name: str) -> Value:
        """Compute an attribute for a reference."""
        written = self.written(name)
        if written is not None:
            return written
        blocks = self.nested(name).get(name)
        if isinstance(blocks, tuple):
            return tuple(Nested(b, self.reason) if isinstance(b, kinds.Object) else b for b in blocks)
        if blocks is not None:
            return blocks
        known = computed_attributes(self.block.labels[0], data=self.block.type == "data").get(name)
        if known is not None:
            return known(self)
        return Unknown(f"computed by the provider: {self.address}.{name}", self.block.at)

    def written(self, name: str) -> Value:
        """Give an attribute as it is written, or None."""
        attribute = self.block.body.attributes.get(name)
        if attribute is None or name in META_ATTRIBUTES:
            return None
        value = normalised(self.block.labels[0], name, evaluate(attribute.value, self.scope))
        return self.unless_ignored(name, value)

    def blocks(self, name: str) -> Value:
        """Give the nested blocks called `name`: a tuple, or Unknown."""
        return self.nested(name).get(name, ())

    def nested(self, name: str | None = None) -> dict[str, Value]:
        """Give nested blocks by name."""
        found = block_values(self.block.body, self.scope, name)
        return {kind: self.unless_ignored(kind, blocks) for kind, blocks in found.items()}

    def unless_ignored(self, name: str, value: Value) -> Value:
        """Give a written value, or Unknown where `ignore_changes` lets the state's value stand."""
        if not self.ignored & {name, "all"}:
            return value
        reason = f"ignore_changes keeps what the state has: {self.address}.{name}; check a plan"
        return Unknown(reason, self.block.at)

    @property
    def provider(self) -> Provider:
        """The provider configuration that this resource uses."""
        written = self.block.body.attributes.get("provider")
        name = provider_name(written.value) if written else self.block.labels[0].split("_", 1)[0]
        return self.module.provider(name)

    def everything(self) -> dict[str, Value]:
        """Give all that is written, and what the table computes."""
        body, kind = self.block.body, self.block.labels[0]
        names = [name for name in body.attributes if name not in META_ATTRIBUTES]
        values = {name: kinds.settle(self.written(name)) for name in names}
        for name, blocks in self.nested().items():
            values[name] = kinds.settle(blocks)
        for name in computed_attributes(kind, data=self.block.type == "data"):
            if values.get(name) is None:
                values[name] = kinds.settle(self[name])
        return values


def _ignored(block: tree.Block) -> frozenset[str]:
    """Give the attributes that `lifecycle` excludes from changes; `all` stands for every one."""
    names: set[str] = set()
    for inner in block.body.blocks:
        attribute = inner.body.attributes.get("ignore_changes") if inner.type == "lifecycle" else None
        if attribute is None:
            continue
        items = attribute.value.items if isinstance(attribute.value, tree.TupleOf) else (attribute.value,)
        names.update(_first_name(item) for item in items)
    return frozenset(names)


def _first_name(node: tree.Expression) -> str:
    while isinstance(node, tree.GetAttribute | tree.Index):
        node = node.subject
    return node.name if isinstance(node, tree.Variable) else "all"


def provider_name(node: tree.Expression) -> str:
    """Spell the provider configuration that a `provider` argument names."""
    if isinstance(node, tree.Variable):
        return node.name
    if isinstance(node, tree.GetAttribute) and isinstance(node.subject, tree.Variable):
        return f"{node.subject.name}.{node.name}"
    if isinstance(node, tree.Constant) and isinstance(node.value, Text):
        return node.value.display()
    return "?"
