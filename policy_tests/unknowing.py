"""Take knowledge away from an input, one attribute at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from arco.policy.deployment import Deployment
from arco.policy.values import Document, SetOf, Text, Unknown, Value

__all__ = ["without_attribute", "without_planned"]

_IAM = ("google_storage_bucket_iam_policy", "google_storage_bucket_iam_member", "google_storage_bucket_iam_binding")
_UNKNOWN = Unknown("taken away by a test")


def without_attribute(deployment: Deployment) -> Iterator[tuple[str, Deployment]]:
    """Yield a label and the input with one leaf of one grant unknown, for every leaf."""
    for index, instance in enumerate(deployment.instances):
        if instance.type not in _IAM:
            continue
        for label, values in _parts(instance.values):
            changed = replace(instance, values=values)
            instances = (*deployment.instances[:index], changed, *deployment.instances[index + 1 :])
            yield f"{instance.address}{label}", replace(deployment, instances=instances)


def _parts(values: Mapping[str, Value]) -> Iterator[tuple[str, Mapping[str, Value]]]:
    for name, item in values.items():
        for label, changed in _holes(item):
            yield f".{name}{label}", {**values, name: changed}


def _items(items: tuple[Value, ...]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    for index, item in enumerate(items):
        for label, changed in _holes(item):
            yield f"[{index}]{label}", (*items[:index], changed, *items[index + 1 :])


def _holes(value: Value) -> Iterator[tuple[str, Value]]:
    """Yield the value itself as unknown, and the value with each part of it unknown."""
    if value is None:
        return
    yield "", _UNKNOWN
    if isinstance(value, Document):
        for label, content in _holes(value.content):
            yield f".content{label}", Document(Text((_UNKNOWN,)), content)
    elif isinstance(value, SetOf):
        yield from ((label, SetOf(items)) for label, items in _items(value.items))
    elif isinstance(value, tuple):
        yield from _items(value)
    elif isinstance(value, Mapping):
        yield from _parts(value)


def without_planned(text: str) -> Iterator[tuple[str, str]]:
    """Yield a label and a plan in which Terraform does not know one attribute of one grant."""
    plan = json.loads(text)
    for index, entry in enumerate(plan["resource_changes"]):
        if entry["type"] not in _IAM:
            continue
        for name, value in entry["change"]["after"].items():
            if value is not None:
                yield f"{entry['address']}.{name}", json.dumps(_unknown(plan, index, name))


def _unknown(plan: dict[str, Any], index: int, name: str) -> dict[str, Any]:
    changed = copy.deepcopy(plan)
    change = changed["resource_changes"][index]["change"]
    del change["after"][name]
    change["after_unknown"][name] = True
    return changed
