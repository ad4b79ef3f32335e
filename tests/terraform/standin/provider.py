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
from pathlib import Path
from typing import Any, NoReturn

import tf.provider
from policy_data import policy_data, policy_id
from tf.blocks import SetNestedBlock
from tf.gen import tfplugin_pb2 as pb
from tf.runner import run_provider
from tf.schema import Attribute, Block, Schema
from tf.types import Bool, List, Map, Number, Set, String, TfType, Unknown
from tf.utils import read_dynamic_value, to_dynamic_value

_SIMPLE: dict[str, TfType] = {"string": String(), "number": Number(), "bool": Bool()}
_COLLECTIONS: dict[str, type[List | Map]] = {"list": List, "set": Set, "map": Map}
_SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))


class _Nested(SetNestedBlock):
    """A nested block of either nesting; the library knows sets only."""

    def __init__(self, name: str, spec: dict[str, Any]) -> None:
        super().__init__(name, Block(_attributes(spec), _blocks(spec)))
        self.spec = spec

    def to_pb(self) -> pb.Schema.NestedBlock:
        """Return the block as the protocol spells it."""
        return pb.Schema.NestedBlock(
            type_name=self.type_name,
            block=self.block.to_pb(),
            min_items=self.spec.get("min", 0),
            max_items=self.spec.get("max", 0),
            nesting=pb.Schema.NestedBlock.NestingMode.Value(self.spec["nesting"].upper()),
        )


def _type(text: str) -> TfType:
    name, _, inner = text.removesuffix(")").partition("(")
    return _COLLECTIONS[name](_type(inner)) if inner else _SIMPLE[name]


def _attributes(spec: dict[str, Any]) -> list[Attribute]:
    parsed = {name: text.split() for name, text in spec.get("attributes", {}).items()}
    return [
        Attribute(
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
            filled[name] = Unknown
    for name, block in spec.get("blocks", {}).items():
        filled[name] = [_fill(block, element) for element in values.get(name) or []]
    return filled


@dataclass(frozen=True, slots=True)
class _Kind:
    """One resource or data source type. The library wants a class; an object with the same methods serves."""

    name: str
    spec: dict[str, Any]

    def get_name(self) -> str:
        return self.name.removeprefix("google_")

    def get_schema(self) -> Schema:
        return Schema(_attributes(self.spec), version=0, block_types=_blocks(self.spec))

    def validate(self, _diagnostics: object, _type_name: str, _config: object) -> None:
        """Core has checked names, types and item counts; what else the real provider validates is out of reach."""

    def read(self, _context: object, config: dict[str, Any]) -> dict[str, Any]:
        """Compute the only data source there is."""
        text = policy_data(config["binding"])
        return {**config, "policy_data": text, "id": policy_id(text)}

    def create(self, *_arguments: object) -> NoReturn:
        message = "the stand-in provider plans and never applies"
        raise NotImplementedError(message)


class _Servicer(tf.provider.ProviderServicer):
    """Plans the creation of a resource by the schema; the library would never ask the resource."""

    def PlanResourceChange(  # noqa: N802 - named by the protocol
        self, request: pb.PlanResourceChange.Request, _context: object
    ) -> pb.PlanResourceChange.Response:
        proposed = read_dynamic_value(request.proposed_new_state)
        planned = _fill(_SCHEMA["resources"][request.type_name], proposed)
        known = os.environ.get("ARCO_STANDIN_EMAILS", "known") == "known"
        if request.type_name == "google_service_account" and known:
            email = f"{planned['account_id']}@{planned['project']}.iam.gserviceaccount.com"
            planned |= {"email": email, "member": f"serviceAccount:{email}"}
        return pb.PlanResourceChange.Response(planned_state=to_dynamic_value(planned))


class _Google:
    """What the library asks of a provider."""

    def get_model_prefix(self) -> str:
        return "google_"

    def full_name(self) -> str:
        return "registry.terraform.io/hashicorp/google"

    def get_provider_schema(self, _diagnostics: object) -> Schema:
        return Schema(_attributes(_SCHEMA["provider"]), version=0)

    def validate_config(self, _diagnostics: object, _config: object) -> None:
        """Accept what the schema accepts."""

    def configure_provider(self, _diagnostics: object, _config: object) -> None:
        """Nothing to connect to."""

    def get_resources(self) -> list[_Kind]:
        return [_Kind(name, spec) for name, spec in _SCHEMA["resources"].items()]

    def get_data_sources(self) -> list[_Kind]:
        return [_Kind(name, spec) for name, spec in _SCHEMA["data"].items()]

    def get_functions(self) -> list[_Kind]:
        return []

    def new_resource(self, kind: _Kind) -> _Kind:
        return kind

    def new_data_source(self, kind: _Kind) -> _Kind:
        return kind


def main() -> None:
    """Serve one run of Terraform."""
    tf.provider.ProviderServicer = _Servicer
    run_provider(_Google(), sys.argv)


if __name__ == "__main__":
    main()
