"""Modules: what names mean in one, its inputs and outputs, and the instances that it makes.

Invariant: everything is computed once, on demand, so that order is dependency order and a cycle is refused.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from arco.errors import EmptyInputError, InputError
from arco.policy.deployment import Gap, Instance
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._bodies import META_ATTRIBUTES, Keys, expand, key_suffix
from arco.policy.terraform.static._evaluate import Scope, evaluate
from arco.policy.terraform.static._limits import ALL_INSTANCES_MAX, MODULES_MAX, Meter
from arco.policy.terraform.static._objects import Lookup, Resource, provider_name
from arco.policy.terraform.static._provider import Provider
from arco.policy.terraform.static._references import check_references
from arco.policy.terraform.static._sources import ModuleSource, read_module
from arco.policy.terraform.static._variables import check_validations, input_value
from arco.policy.values import Text, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arco.policy.values import Origin

__all__ = ["Module", "Program"]

_CALL_ATTRIBUTES = META_ATTRIBUTES | {"source", "version", "providers"}
_DEPTH_MAX = 32
_TOO_MANY = (
    f"static mode enumerates at most {ALL_INSTANCES_MAX} instances and {MODULES_MAX} modules in all: check a plan"
)
Input = Callable[[], "tuple[Value, Origin]"]


class Program:
    """One load: the directories read so far, and what the modules make."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.instances: list[Instance] = []
        self.gaps: list[Gap] = []
        self.sources: dict[str, ModuleSource] = {}
        self.meter = Meter()
        self.modules = 0

    def source(self, directory: str) -> ModuleSource:
        """Read a module directory once."""
        if directory not in self.sources:
            self.sources[directory] = read_module(directory)
        return self.sources[directory]


class Module:
    """One instance of a module: `path` is its address, empty for the root."""

    def __init__(
        self,
        program: Program,
        source: ModuleSource,
        path: str,
        inputs: Mapping[str, Input],
        providers: Callable[[str], Provider] | None = None,
    ) -> None:
        self.program = program
        self.source = source
        self.path = path
        self.prefix = f"{path}." if path else ""
        self.inputs = inputs
        self.inherited = providers
        self.scope = Scope(self.root, meter=program.meter)
        self.memo: dict[str, Value] = {}
        self.running: list[str] = []
        self.keys: dict[str, Keys | Unknown] = {}
        self.children: dict[tuple[str, str | int | None], Module] = {}

    def once(self, name: str, at: Origin, compute: Callable[[], Value]) -> Value:
        """Compute a value once. Raises InputError if it depends on itself."""
        if name in self.memo:
            return self.memo[name]
        if name in self.running:
            cycle = " -> ".join([*self.running[self.running.index(name) :], name])
            tree.refuse(f"cycle: {cycle}", at)
        self.running.append(name)
        try:
            self.memo[name] = compute()
        finally:
            self.running.pop()
        return self.memo[name]

    # Names

    def root(self, name: str, at: Origin) -> Value:
        """Give what the first name of a reference means. Raises InputError if it means nothing."""
        source = self.source
        if name == "var":
            return Lookup(source.variables, self.variable)
        if name == "local":
            return Lookup(source.locals, self.local)
        if name == "module":
            return Lookup(source.modules, self.module_value)
        if name == "data":
            types = {kind: None for mode, kind, _ in source.resources if mode == "data"}
            return Lookup(types, lambda kind: self.resources_of("data", kind))
        if name == "path":
            return self.paths(at)
        if name == "terraform":
            unknown = Unknown("terraform.workspace depends on where Terraform runs: check a plan", at)
            return kinds.Object({"workspace": unknown})
        if name in {"self", "ephemeral"}:
            return Unknown(f"static mode does not compute {name!r}", at)
        if any(mode == "resource" and kind == name for mode, kind, _ in source.resources):
            return self.resources_of("resource", name)
        if name in {"each", "count"}:
            needed = "for_each" if name == "each" else "count"
            tree.refuse(f"{name!r} has a meaning only in a block with {needed}: add it", at)
        tree.refuse(f"nothing is called {name!r} here: declare it, or quote it if it is text", at)

    def paths(self, at: Origin) -> Value:
        """Give `path`: relative to the root module, as Terraform runs in it."""
        inside = posixpath.relpath(self.source.directory, self.program.directory)
        return kinds.Object({
            "cwd": Unknown("path.cwd depends on where Terraform runs", at),
            "module": kinds.computed(inside, at),
            "root": kinds.computed(".", at),
        })  # fmt: skip

    def variable(self, name: str) -> Value:
        """Give the value of an input variable."""
        block = self.source.variables[name]
        return self.once(f"var.{name}", block.at, lambda: input_value(block, self.given(name)))

    def given(self, name: str) -> Mapping[str, tuple[Value, Origin]]:
        """Give what the caller passed for one variable."""
        return {name: self.inputs[name]()} if name in self.inputs else {}

    def local(self, name: str) -> Value:
        """Give the value of a local."""
        attribute = self.source.locals[name]
        return self.once(f"local.{name}", attribute.at, lambda: evaluate(attribute.value, self.scope))

    def output(self, name: str) -> Value:
        """Give the value of an output."""
        block = self.source.outputs[name]
        value = block.body.attributes.get("value")
        if value is None:
            tree.refuse(f"output {name!r} has no value: add one", block.at)
        return self.once(f"output.{name}", block.at, lambda: evaluate(value.value, self.scope))

    def provider(self, name: str) -> Provider:
        """Give a provider configuration: this module's own, or the one it inherits."""
        block = self.source.providers.get(name)
        if block is None:
            return self.inherited(name) if self.inherited else Provider.unset(name)
        attributes = block.body.attributes
        found = {key: self.provider_value(name, key, attributes[key]) for key in Provider.SETTINGS if key in attributes}
        return Provider.of(name, found)

    def provider_value(self, name: str, key: str, attribute: tree.Attribute) -> Value:
        """Compute one setting of a provider block."""
        place = f"provider.{name}.{key}"
        return self.once(place, attribute.at, lambda: evaluate(attribute.value, self.scope))

    # Resources

    def resources_of(self, mode: str, kind: str) -> Value:
        """Give the resources of a type, by name."""
        names = {name: None for m, k, name in self.source.resources if (m, k) == (mode, kind)}
        return Lookup(names, lambda name: self.resource_value(mode, kind, name))

    def block_keys(self, address: str, block: tree.Block) -> Keys | Unknown:
        """Expand a block once."""
        if address not in self.keys:
            found: list[Keys | Unknown] = []

            def compute() -> Value:
                found.append(expand(block.body, self.scope))
                return None

            self.once(f"{address} (instances)", block.at, compute)
            self.keys[address] = found[0]
        return self.keys[address]

    def resource_value(self, mode: str, kind: str, name: str) -> Value:
        """Give what a reference to a resource means: one object, a list of them, or a map of them."""
        block = self.source.resources[mode, kind, name]
        address = f"{'data.' if mode == 'data' else ''}{kind}.{name}"
        keys = self.block_keys(address, block)
        if isinstance(keys, Unknown):
            return Unknown(f"the instances of {self.prefix}{address} are not known: {keys.reason}", keys.origin)
        instances = {key: self.instance(address, block, key, names) for key, names in keys.items()}
        return _by_key(instances, block)

    def instance(self, address: str, block: tree.Block, key: str | int | None, names: Mapping[str, Value]) -> Value:
        """Give one instance of a resource."""
        spelled = f"{self.prefix}{address}{key_suffix(key)}"
        return self.once(spelled, block.at, lambda: Resource(self, block, spelled, self.scope.with_names(names)))

    # Modules

    def child(self, name: str, key: str | int | None, names: Mapping[str, Value]) -> Module | Unknown:
        """Give one instance of a called module, or Unknown if its source is not in a local directory."""
        if (name, key) not in self.children:
            block = self.source.modules[name]
            source = self.called_source(block)
            if isinstance(source, Unknown):
                return source
            path = f"{self.prefix}module.{name}{key_suffix(key)}"
            if path.count("module.") > _DEPTH_MAX:
                tree.refuse("modules are nested too deeply: does a module call itself?", block.at)
            scope = self.scope.with_names(names)
            inputs = {
                n: self.argument(path, a, scope) for n, a in block.body.attributes.items() if n not in _CALL_ATTRIBUTES
            }
            for given, attribute in block.body.attributes.items():
                if given not in _CALL_ATTRIBUTES and given not in source.variables:
                    tree.refuse(f"module {name!r} has no variable {given!r}: remove it or declare it", attribute.at)
            for wanted, declared in source.variables.items():
                if wanted not in inputs and "default" not in declared.body.attributes:
                    tree.refuse(f"module {name!r} needs {wanted!r}: set it here", block.at)
            self.children[name, key] = Module(self.program, source, path, inputs, self.passed(block))
        return self.children[name, key]

    def argument(self, path: str, attribute: tree.Attribute, scope: Scope) -> Input:
        """Make an input of a child, computed here when the child asks."""
        name = f"{path} {attribute.name}"
        return lambda: (self.once(name, attribute.at, lambda: evaluate(attribute.value, scope)), attribute.value.at)

    def called_source(self, block: tree.Block) -> ModuleSource | Unknown:
        """Read the directory that a module block calls. Raises InputError if a local directory is not there."""
        attribute = block.body.attributes.get("source")
        if attribute is None:
            tree.refuse("a module needs a source: add one", block.at)
        value = attribute.value
        text = value.value if isinstance(value, tree.Constant) else None
        if not isinstance(text, Text):
            return Unknown("the module's source is not a plain string", attribute.at)
        if not text.value.startswith(("./", "../")):
            return Unknown(f"the module {text.value!r} is not in a local directory: check a plan", attribute.at)
        directory = posixpath.normpath(posixpath.join(self.source.directory, text.value))
        try:
            return self.program.source(directory)
        except EmptyInputError as error:
            message = f"the module's directory holds no .tf file: correct the source directory={directory}"
            raise InputError(message, source=value.at.file, line=value.at.line, column=value.at.column) from error

    def passed(self, block: tree.Block) -> Callable[[str], Provider]:
        """Give the provider configurations that a child inherits."""
        attribute = block.body.attributes.get("providers")
        if attribute is None:
            return self.provider
        mapped: dict[str, str] = {}
        if isinstance(attribute.value, tree.ObjectOf):
            for key, value in attribute.value.items:
                if isinstance(key, tree.Constant) and isinstance(key.value, Text):
                    mapped[key.value.display()] = provider_name(value)
        return lambda name: self.provider(mapped[name]) if name in mapped else Provider.unset(name)

    def module_value(self, name: str) -> Value:
        """Give what a reference to a module means: its outputs, by key if it has instances."""
        block = self.source.modules[name]
        keys = self.block_keys(f"module.{name}", block)
        if isinstance(keys, Unknown):
            return Unknown(f"the instances of {self.prefix}module.{name} are not known: {keys.reason}", keys.origin)
        instances: dict[str | int | None, Value] = {}
        for key, names in keys.items():
            child = self.child(name, key, names)
            if isinstance(child, Unknown):
                return child
            instances[key] = Lookup(child.source.outputs, child.output)
        return _by_key(instances, block)

    # Everything

    def run(self) -> None:
        """Compute the whole module, its resources and its children; refuse what Terraform would refuse."""
        check_references(self.source)
        for name, block in self.source.variables.items():
            self.variable(name)
            at = self.given(name)[name][1] if name in self.inputs else block.at
            check_validations(block, self.scope, at)
        for name in self.source.locals:
            self.local(name)
        for block in self.source.not_read:
            shown = " ".join((block.type, *block.labels))
            reason = f"static mode does not read {block.type} blocks: check a plan"
            self.program.gaps.append(Gap(f"{self.prefix}{shown}", block.type, reason, block.at))
        for (mode, kind, name), block in self.source.resources.items():
            self.run_resource(mode, kind, name, block)
        for name, block in self.source.modules.items():
            self.run_module(name, block)
        for name in self.source.outputs:
            self.output(name)

    def run_resource(self, mode: str, kind: str, name: str, block: tree.Block) -> None:
        """Emit the instances of a resource, or the gap where they cannot be enumerated."""
        address = f"{'data.' if mode == 'data' else ''}{kind}.{name}"
        keys = self.block_keys(address, block)
        if isinstance(keys, Unknown):
            self.program.gaps.append(Gap(f"{self.prefix}{address}", kind, keys.reason, block.at))
            return
        if len(self.program.instances) + len(keys) > ALL_INSTANCES_MAX:
            self.program.gaps.append(Gap(f"{self.prefix}{address}", kind, _TOO_MANY, block.at))
            return
        for key, names in keys.items():
            resource = self.instance(address, block, key, names)
            if isinstance(resource, Resource):
                made = Instance(
                    address=resource.address,
                    type=kind,
                    name=name,
                    module=self.path,
                    index=key,
                    values=resource.everything(),
                    data=mode == "data",
                    origin=block.at,
                )
                self.program.instances.append(made)

    def run_module(self, name: str, block: tree.Block) -> None:
        """Run the instances of a called module, or emit the gap where there are none to run."""
        keys = self.block_keys(f"module.{name}", block)
        if not isinstance(keys, Unknown):
            self.program.modules += len(keys)
            if self.program.modules > MODULES_MAX:
                keys = Unknown(_TOO_MANY, block.at)
        children = keys if isinstance(keys, Unknown) else [self.child(name, key, names) for key, names in keys.items()]
        for child in [children] if isinstance(children, Unknown) else children:
            if isinstance(child, Unknown):
                self.program.gaps.append(Gap(f"{self.prefix}module.{name}", "module", child.reason, block.at))
                return
            child.run()


def _by_key(instances: Mapping[str | int | None, Value], block: tree.Block) -> Value:
    """Shape instances as Terraform does: an object, a list for `count`, a map for `for_each`."""
    if "count" in block.body.attributes:
        return tuple(instances.values())
    if "for_each" in block.body.attributes:
        return kinds.Object({str(key): value for key, value in instances.items()})
    return instances[None]
