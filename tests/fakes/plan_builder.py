"""Small plans, written as Terraform 1.11 writes them: build the parts, then `plan(...)`, then `text(...)`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = [
    "Json",
    "Object",
    "account",
    "block",
    "call",
    "change",
    "constant",
    "custom_role",
    "module",
    "plan",
    "refer",
    "stored",
    "text",
]

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, Json]

_ADDRESS = re.compile(
    r'(?:(?P<module>module\..+?)\.)?(?P<data>data\.)?(?P<type>[a-z]+_\w+)\.(?P<name>\w+)(?:\[(?P<index>"[^"]*"|\d+)\])?'
)

PROJECT = "demo-project"


def change(
    address: str,
    after: Object | None = None,
    *,
    unknown: Object | None = None,
    actions: Sequence[str] = ("create",),
    before: Object | None = None,
    deposed: str = "",
) -> Object:
    """Build one entry of `resource_changes`."""
    entry = _identity(address, with_module=True)
    entry["change"] = {
        "actions": list(actions),
        "before": before,
        "after": after,
        "after_unknown": unknown or {},
        "before_sensitive": False,
        "after_sensitive": {},
    }
    return entry | ({"deposed": deposed} if deposed else {})


def stored(address: str, values: Object) -> Object:
    """Build one resource of `prior_state`."""
    return _identity(address, with_module=False) | {"values": values, "sensitive_values": {}}


def account(address: str, account_id: str, *, known: bool = False, project: str = PROJECT) -> Object:
    """Plan a service account, whose e-mail is known (provider 6.13 and later) or not."""
    email = f"{account_id}@{project}.iam.gserviceaccount.com"
    after: Object = {"account_id": account_id, "project": project}
    unknown: Object = {"id": True, "name": True, "unique_id": True}
    if known:
        after |= {"email": email, "member": f"serviceAccount:{email}"}
    else:
        unknown |= {"email": True, "member": True}
    return change(address, after, unknown=unknown)


def custom_role(address: str, role_id: str, *, project: str = PROJECT) -> Object:
    """Plan a custom role on a first plan: its name is unknown."""
    after: Object = {"role_id": role_id, "project": project, "permissions": ["storage.objects.get"]}
    return change(address, after, unknown={"id": True, "name": True, "deleted": True, "permissions": [False]})


def refer(*references: str) -> Object:
    """Build an expression that reads `references`, each followed by its prefixes as Terraform writes them."""
    written: list[Json] = []
    for reference in references:
        steps = re.findall(r'\.?\w+|\["[^"]*"\]|\[\d+\]', reference)
        shortest = 3 if reference.startswith("data.") else 2
        written += ["".join(steps[:length]) for length in range(len(steps), min(shortest, len(steps)) - 1, -1)]
    return {"references": written}


def constant(value: Json) -> Object:
    """Build an expression that is a constant."""
    return {"constant_value": value}


def block(address: str, expressions: Object, *, for_each: Object | None = None) -> Object:
    """Build one resource of a module's configuration; `address` is the one within the module."""
    built: Object = {
        **_identity(address, with_module=False),
        "provider_config_key": "google",
        "expressions": expressions,
    }
    return built | ({"for_each_expression": for_each} if for_each else {})


def module(
    *resources: Object, outputs: Mapping[str, Object] | None = None, calls: Mapping[str, Object] | None = None
) -> Object:
    """Build a module of the configuration."""
    return {
        "resources": list(resources),
        "outputs": {name: {"expression": expression} for name, expression in (outputs or {}).items()},
        "module_calls": dict(calls or {}),
    }


def call(inputs: Object, called: Object) -> Object:
    """Build one module call."""
    return {"source": "./called", "expressions": inputs, "module": called}


def plan(
    *changes: Object,
    root: Object | None = None,
    variables: Mapping[str, Json] | None = None,
    prior: Object | None = None,
    more: Mapping[str, Json] | None = None,
) -> Object:
    """Build a complete plan; `more` replaces or adds members of the top, `prior` is the root module of the state."""
    top: Object = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {name: {"value": value} for name, value in (variables or {}).items()},
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        "configuration": {"provider_config": {"google": {"name": "google"}}, "root_module": root or {}},
        "applyable": True,
        "complete": True,
        "errored": False,
    }
    if prior is not None:
        top["prior_state"] = {"format_version": "1.0", "values": {"root_module": prior}}
    return top | dict(more or {})


def text(built: Object) -> str:
    """Write a plan as `terraform show -json` does: on one line."""
    return json.dumps(built)


def _identity(address: str, *, with_module: bool) -> Object:
    found = _ADDRESS.fullmatch(address)
    assert found is not None, address
    entry: Object = {
        "address": address,
        "mode": "data" if found["data"] else "managed",
        "type": found["type"],
        "name": found["name"],
    }
    if found["index"] is not None:
        entry["index"] = json.loads(found["index"])
    if with_module and found["module"]:
        entry["module_address"] = found["module"]
    return entry
