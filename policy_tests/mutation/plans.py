"""The good plan as recorded, cut down to a few workspaces, and copies of it with one thing changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from policy_tests.inputs import plan_of
from policy_tests.mutation.access import Resource

__all__ = ["BUCKET", "POLICY", "ROLE", "Binding", "Entry", "Plan", "recorded"]

# As JSON has them.
Entry = dict[str, Any]
Binding = dict[str, Any]

POLICY, BUCKET, ROLE = "google_storage_bucket_iam_policy", "google_storage_bucket", "google_project_iam_custom_role"
_MODULE = "module.workspace["
# Nobody reads them, and copies are cheaper without.
_UNREAD = {"planned_values", "prior_state", "checks", "output_changes", "relevant_attributes"}


@dataclass(frozen=True)
class Plan:
    """A plan; methods that change something give another one, and share what they leave."""

    document: dict[str, Any]

    @property
    def entries(self) -> list[Entry]:
        """Give the entries of `resource_changes`."""
        entries: list[Entry] = self.document["resource_changes"]
        return entries

    @property
    def text(self) -> str:
        """Give the plan as Terraform prints it."""
        return json.dumps(self.document)

    def of_type(self, kind: str) -> list[int]:
        """Give where the entries of a type are."""
        return [index for index, entry in enumerate(self.entries) if entry["type"] == kind]

    def edited(self, index: int, edit: Callable[[Entry], None]) -> Plan:
        """Change one entry."""
        entry = copy.deepcopy(self.entries[index])
        edit(entry)
        return self.with_entries([*self.entries[:index], entry, *self.entries[index + 1 :]])

    def with_entries(self, entries: list[Entry]) -> Plan:
        """Give the plan with other entries."""
        return Plan({**self.document, "resource_changes": entries})

    @cached_property
    def bindings(self) -> list[Binding]:
        """Give the bindings of the first policy."""
        return self.bindings_of(0)

    def bindings_of(self, policy: int) -> list[Binding]:
        """Give the bindings of a policy."""
        data = self.entries[self.of_type(POLICY)[policy]]["change"]["after"]["policy_data"]
        bindings: list[Binding] = json.loads(data)["bindings"]
        return bindings

    def with_bindings(self, bindings: list[Binding], policy: int = 0) -> Plan:
        """Give the plan with other bindings in a policy."""

        def edit(entry: Entry) -> None:
            entry["change"]["after"]["policy_data"] = json.dumps({"bindings": bindings})

        return self.edited(self.of_type(POLICY)[policy], edit)

    def with_binding(self, index: int, **changes: object) -> Plan:
        """Give the plan with one binding of the first policy changed; None takes a key away."""
        changed = {key: value for key, value in (self.bindings[index] | changes).items() if value is not None}
        return self.with_bindings([*self.bindings[:index], changed, *self.bindings[index + 1 :]])

    def with_expression(self, index: int, expression: str) -> Plan:
        """Give the plan with another condition in one binding."""
        return self.with_binding(index, condition=self.bindings[index]["condition"] | {"expression": expression})

    def with_resource(self, kind: str, name: str, after: dict[str, Any]) -> Plan:
        """Give the plan with one resource more, in the root module."""
        entry = {
            "address": f"{kind}.{name}",
            "mode": "managed",
            "type": kind,
            "name": name,
            "provider_name": "registry.terraform.io/hashicorp/google",
            "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": {"id": True}},
        }
        return self.with_entries([*self.entries, entry])

    @property
    def resources(self) -> Iterator[Resource]:
        """Give what will exist, for the oracle."""
        for entry in self.entries:
            change = entry["change"]
            kept = entry.get("deposed") or "forget" in change["actions"]
            values = change["before"] if kept else change["after"]
            if values is not None:
                yield entry["type"], values

    @property
    def buckets(self) -> tuple[str, ...]:
        """Give the names of the buckets."""
        return tuple(self.entries[index]["change"]["after"]["name"] for index in self.of_type(BUCKET))


def recorded(*labels: str) -> Plan:
    """Read the plan of an environment, with these workspaces only."""
    raw = json.loads(plan_of("dev").read_text(encoding="utf-8"))
    document = {key: value for key, value in raw.items() if key not in _UNREAD}
    prefixes = tuple(f'{_MODULE}"{label}"]' for label in labels)
    document["resource_changes"] = [
        entry
        for entry in raw["resource_changes"]
        if not entry["address"].startswith(_MODULE) or entry["address"].startswith(prefixes)
    ]
    workspaces = raw["variables"]["workspaces"]["value"]
    kept = [record for record in workspaces if f"{record['tenant']}/{record['workspace']}" in labels]
    document["variables"] = {**raw["variables"], "workspaces": {"value": kept}}
    return Plan(document)
