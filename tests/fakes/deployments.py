"""Small deployments for tests of what stands behind the loaders: write values as plain Python."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from arco.policy.deployment import Deployment, Gap, Instance
from arco.policy.values import SetOf, Text, Unknown, Value

__all__ = ["Plain", "bucket", "custom_role", "deployed", "instance", "member", "owned_policy", "prefix", "value"]

Plain: TypeAlias = "Mapping[str, Plain] | Sequence[Plain] | str | Value"


def value(plain: Plain) -> Value:
    """Make a value: strings become text, lists tuples, everything else stays."""
    if isinstance(plain, str):
        return Text.of(plain)
    if isinstance(plain, Mapping):
        return {name: value(item) for name, item in plain.items()}
    if isinstance(plain, list | tuple):
        return tuple(value(item) for item in plain)
    assert plain is None or isinstance(plain, Text | bool | int | float | Unknown | SetOf), plain
    return plain


def instance(kind: str, label: str = "x", /, **values: Plain) -> Instance:
    """Make a resource of the root module."""
    return Instance(f"{kind}.{label}", kind, label, "", None, {key: value(item) for key, item in values.items()})


def deployed(
    *instances: Instance, gaps: Sequence[Gap] = (), variables: Mapping[str, Plain] | None = None
) -> Deployment:
    """Make an input."""
    given = {name: value(item) for name, item in (variables or {}).items()}
    return Deployment("input", instances, given, tuple(gaps))


def prefix(folder: str, *, name: str = "demo") -> str:
    """Spell the condition for one folder of a bucket."""
    return f'resource.name.startsWith("projects/_/buckets/{name}/objects/{folder}")'


def member(
    role: Plain = "roles/storage.legacyObjectReader",
    who: Plain = "user:ann@example.com",
    expression: str = "",
    *,
    name: str = "m",
    kind: str = "google_storage_bucket_iam_member",
    scope: Mapping[str, Plain] | None = None,
) -> Instance:
    """Make an `_iam_member`, on the bucket `demo` unless `scope` is given; conditional if there is an expression."""
    condition: list[Plain] = [{"title": name, "expression": expression}] if expression else []
    return instance(kind, name, role=role, member=who, condition=condition, **(scope or {"bucket": "demo"}))


def bucket(
    name: str = "demo", *, project: Plain = "demo-project", uniform: Plain = True, prevention: Plain = "enforced"
) -> Instance:
    """Make a bucket."""
    return instance(
        "google_storage_bucket",
        name,
        name=name,
        project=project,
        uniform_bucket_level_access=uniform,
        public_access_prevention=prevention,
    )


def custom_role(role_id: str, *permissions: str, name: str = "r") -> Instance:
    """Make a custom role of the project `demo-project`."""
    full = f"projects/demo-project/roles/{role_id}"
    return instance("google_project_iam_custom_role", name, name=full, permissions=list(permissions))


def owned_policy(*bindings: Mapping[str, Plain], on: str = "demo") -> Instance:
    """Make a whole bucket policy, as JSON text."""
    return instance("google_storage_bucket_iam_policy", on, bucket=on, policy_data=json.dumps({"bindings": bindings}))
