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
        return self.written.get(name, Unknown(self.reason))

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
        blocks = block_values(self.block.body, self.scope, name).get(name)
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
        return normalised(self.block.labels[0], name, evaluate(attribute.value, self.scope))

    def blocks(self, name: str) -> Value:
        """Give the nested blocks called `name`: a tuple, or Unknown."""
        return block_values(self.block.body, self.scope, name).get(name, ())

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
        for name, blocks in block_values(body, self.scope).items():
            values[name] = kinds.settle(blocks)
        for name in computed_attributes(kind, data=self.block.type == "data"):
            if values.get(name) is None:
                values[name] = kinds.settle(self[name])
        return values


def provider_name(node: tree.Expression) -> str:
    """Spell the provider configuration that a `provider` argument names."""
    if isinstance(node, tree.Variable):
        return node.name
    if isinstance(node, tree.GetAttribute) and isinstance(node.subject, tree.Variable):
        return f"{node.subject.name}.{node.name}"
    if isinstance(node, tree.Constant) and isinstance(node.value, Text):
        return node.value.display()
    return "?"
