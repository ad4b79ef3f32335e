"""A stand-in for the google provider: its schema for the types that Arco uses, and nothing behind it.

Real Terraform core talks to it over the plugin protocol and can then plan without a cloud, an account or a network.
It refuses to apply. ``ARCO_STANDIN_EMAILS=unknown`` makes it as ignorant at plan time as a provider before 6.13, which
did not know the e-mail of an account that does not exist yet.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

# The library has no types, and lives in an environment of its own that no checker sees: hence not `import tf`.
tf_provider = import_module("tf.provider")
tf_runner = import_module("tf.runner")
tf_schema = import_module("tf.schema")
tf_types = import_module("tf.types")
tf_utils = import_module("tf.utils")
protocol = import_module("tf.gen.tfplugin_pb2")
policy_data = import_module("policy_data")

_SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
_TYPES = {"string": "String", "number": "Number", "bool": "Bool", "list": "List", "set": "Set", "map": "Map"}


@dataclass(frozen=True, slots=True)
class _Nested:
    """A nested block of either nesting; the library knows sets only."""

    type_name: str
    spec: dict[str, Any]

    def to_pb(self) -> object:
        """Return the block as the protocol spells it."""
        nested = protocol.Schema.NestedBlock
        return nested(
            type_name=self.type_name,
            block=tf_schema.Block(_attributes(self.spec), _blocks(self.spec)).to_pb(),
            min_items=self.spec.get("min", 0),
            max_items=self.spec.get("max", 0),
            nesting=nested.NestingMode.Value(self.spec["nesting"].upper()),
        )


def _type(text: str) -> object:
    name, _, inner = text.removesuffix(")").partition("(")
    kind = getattr(tf_types, _TYPES[name])
    return kind(_type(inner)) if inner else kind()


def _attributes(spec: dict[str, Any]) -> list[object]:
    parsed = {name: text.split() for name, text in spec.get("attributes", {}).items()}
    return [
        tf_schema.Attribute(
            name,
            _type(words[-1]),
            required="required" in words,
            optional="optional" in words,
            computed="computed" in words,
        )
        for name, words in parsed.items()
    ]


def _blocks(spec: dict[str, Any]) -> list[_Nested]:
    return [_Nested(name, block) for name, block in spec.get("blocks", {}).items()]


def _fill(spec: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` with every computed attribute that nobody set made unknown, in nested blocks too."""
    filled = dict(values)
    for name, text in spec.get("attributes", {}).items():
        if "computed" in text.split() and filled.get(name) is None:
            filled[name] = tf_types.Unknown
    for name, block in spec.get("blocks", {}).items():
        filled[name] = [_fill(block, element) for element in values.get(name) or []]
    return filled


@dataclass(frozen=True, slots=True)
class _Kind:
    """One resource or data source type. The library wants a class; an object with the same methods serves."""

    name: str
    spec: dict[str, Any]

    def get_name(self) -> str:
        """Return the type without the prefix of the provider."""
        return self.name.removeprefix("google_")

    def get_schema(self) -> object:
        """Return the schema that core holds a configuration against."""
        return tf_schema.Schema(_attributes(self.spec), version=0, block_types=_blocks(self.spec))

    def validate(self, _diagnostics: object, _type_name: str, _config: object) -> None:
        """Core has checked names, types and item counts; what else the real provider validates is out of reach."""

    def read(self, _context: object, config: dict[str, Any]) -> dict[str, Any]:
        """Compute the only data source there is."""
        text = policy_data.policy_data(config["binding"])
        return {**config, "policy_data": text, "id": policy_data.policy_id(text)}


class _Google:
    """What the library asks of a provider. Nothing here can apply: there is no ``create``."""

    def get_model_prefix(self) -> str:
        """Return what every type begins with."""
        return "google_"

    def full_name(self) -> str:
        """Return the address under which Terraform knows the provider."""
        return "registry.terraform.io/hashicorp/google"

    def get_provider_schema(self, _diagnostics: object) -> object:
        """Return the schema of the provider block."""
        return tf_schema.Schema(_attributes(_SCHEMA["provider"]), version=0)

    def validate_config(self, _diagnostics: object, _config: object) -> None:
        """Accept what the schema accepts."""

    def configure_provider(self, _diagnostics: object, _config: object) -> None:
        """Do nothing: there is nothing to connect to."""

    def get_resources(self) -> list[_Kind]:
        """Return the resource types."""
        return [_Kind(name, spec) for name, spec in _SCHEMA["resources"].items()]

    def get_data_sources(self) -> list[_Kind]:
        """Return the data source types."""
        return [_Kind(name, spec) for name, spec in _SCHEMA["data"].items()]

    def get_functions(self) -> list[_Kind]:
        """Return no functions."""
        return []

    def new_resource(self, kind: _Kind) -> _Kind:
        """Return the kind itself: it has no state."""
        return kind

    def new_data_source(self, kind: _Kind) -> _Kind:
        """Return the kind itself: it has no state."""
        return kind


def plan_resource_change(_servicer: object, request: Any, _context: object) -> object:  # noqa: ANN401 - has no types
    """Plan a change of a resource by its schema; the library would never ask the resource.

    Core proposes what is configured, merged with the computed values of the state if there is one.
    """
    proposed = tf_utils.read_dynamic_value(request.proposed_new_state)
    if proposed is None:
        return protocol.PlanResourceChange.Response(planned_state=request.proposed_new_state)
    planned = _fill(_SCHEMA["resources"][request.type_name], proposed)
    known = os.environ.get("ARCO_STANDIN_EMAILS", "known") == "known"
    if request.type_name == "google_service_account" and known:
        email = f"{planned['account_id']}@{planned['project']}.iam.gserviceaccount.com"
        planned |= {"email": email, "member": f"serviceAccount:{email}"}
    return protocol.PlanResourceChange.Response(planned_state=tf_utils.to_dynamic_value(planned))


def main() -> None:
    """Serve one run of Terraform."""
    tf_provider.ProviderServicer.PlanResourceChange = plan_resource_change
    tf_runner.run_provider(_Google(), sys.argv)


if __name__ == "__main__":
    main()
