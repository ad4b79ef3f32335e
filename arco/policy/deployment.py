"""What Terraform would make: resource instances with their attributes, from a plan or from source.

Both loaders (`terraform/plan/`, `terraform/static/`) end here, so that everything behind them judges one model.
Invariant: nothing that could grant access is left out. What a loader cannot enumerate is a `Gap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arco.policy.values import Origin, Value

__all__ = ["Deployment", "Gap", "Instance"]


@dataclass(frozen=True, slots=True)
class Instance:
    """One resource or data source instance.

    `address` is Terraform's, with module path and key. Nested blocks are tuples of mappings under their type's name.
    `note` says why an instance counts that the plan does not create (`kept by forget`, `deposed`), or is empty.
    `actions` is what a plan does with it (`delete`, `create`: it is replaced); empty where the input does not say.
    """

    address: str
    type: str
    name: str
    module: str
    index: str | int | None
    values: Mapping[str, Value]
    data: bool = False
    origin: Origin | None = None
    note: str = ""
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the input has and the loader cannot enumerate: instances of `type` at `address`."""

    address: str
    type: str
    reason: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """All instances of an input, the root module's variables, and what could not be enumerated.

    `assumptions` lists each value that rests on what the input cannot show, one sentence each, sorted.
    """

    source: str
    instances: tuple[Instance, ...]
    variables: Mapping[str, Value] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    assumptions: tuple[str, ...] = ()
