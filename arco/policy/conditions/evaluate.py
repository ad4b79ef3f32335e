"""Evaluate a condition for one resource, as IAM does: errors and unknowns are absorbed where CEL absorbs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arco.policy.conditions.tree import (
    All,
    Constant,
    Either,
    Expression,
    ExtractPair,
    ExtractTest,
    Free,
    NameTest,
    Not,
    Opaque,
    ServiceIs,
    TypeIs,
)

__all__ = ["BUCKET_TYPE", "MANAGED_FOLDER_TYPE", "OBJECT_TYPE", "SERVICE", "Resource", "evaluate"]

SERVICE = "storage.googleapis.com"
BUCKET_TYPE = f"{SERVICE}/Bucket"
OBJECT_TYPE = f"{SERVICE}/Object"
MANAGED_FOLDER_TYPE = f"{SERVICE}/ManagedFolder"


@dataclass(frozen=True, slots=True)
class Resource:
    """What a condition sees: `name` is the full resource name, decoded. None is an attribute that does not exist."""

    type: str | None
    name: str | None
    service: str | None = SERVICE

    @classmethod
    def object(cls, bucket: str, name: str) -> Resource:
        """Name one object."""
        return cls(OBJECT_TYPE, f"projects/_/buckets/{bucket}/objects/{name}")

    @classmethod
    def bucket(cls, bucket: str) -> Resource:
        """Name one bucket, the resource on which listing is decided."""
        return cls(BUCKET_TYPE, f"projects/_/buckets/{bucket}")


def evaluate(expression: Expression, resource: Resource, free: Mapping[str, bool] | None = None) -> bool | None:
    """Decide the condition, or give None where it depends on a free or opaque leaf (or on an absent attribute).

    `free` assigns values to `Free` leaves by key. Only True grants.
    """
    if isinstance(expression, Not):
        item = evaluate(expression.item, resource, free)
        return None if item is None else not item
    if isinstance(expression, All | Either):
        absorbing = isinstance(expression, Either)
        values = [evaluate(item, resource, free) for item in expression.items]
        if absorbing in values:
            return absorbing
        return None if None in values else not absorbing
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, Free):
        return (free or {}).get(expression.key)
    if isinstance(expression, Opaque):
        return None
    if isinstance(expression, TypeIs):
        return None if resource.type is None else resource.type == expression.literal
    if isinstance(expression, ServiceIs):
        return None if resource.service is None else resource.service == expression.literal
    return None if resource.name is None else _about_name(expression, resource.name)


def _about_name(expression: NameTest | ExtractTest | ExtractPair, name: str) -> bool:
    if isinstance(expression, NameTest):
        return expression.test.holds(name)
    if isinstance(expression, ExtractTest):
        return expression.test.holds(expression.template.extract(name))
    return expression.left.extract(name) == expression.right.extract(name)
