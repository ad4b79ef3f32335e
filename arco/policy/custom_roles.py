"""Custom roles of an input, and what a role's name allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from arco.policy import roles
from arco.policy.deployment import Instance
from arco.policy.model import Unsettled, same_project
from arco.policy.values import SetOf, Text, Unknown, Value

__all__ = ["CUSTOM_ROLE_TYPE", "CustomRoles", "may_matter"]

CUSTOM_ROLE_TYPE = re.compile(r"google_(project|organization)_iam_custom_role")
_NAME = re.compile(r"(?P<kind>projects|organizations)/(?P<parent>[^/]+)/roles/(?P<id>[^/]+)")

Permissions = frozenset[str] | Unknown


def may_matter(permissions: Permissions) -> bool:
    """Whether the permissions touch Cloud Storage, or lead to more access than they name."""
    data = roles.role_data()
    return isinstance(permissions, Unknown) or bool(
        permissions & (data.storage_permissions | data.escalation_permissions)
    )


@dataclass(slots=True)
class CustomRoles:
    """The roles that an input defines, by kind of parent and id; two definitions of one name are joined."""

    found: Mapping[tuple[str, str], list[tuple[str, Permissions]]]
    unsettled: list[Unsettled] = field(default_factory=list)

    @classmethod
    def of(cls, instances: Iterable[Instance]) -> CustomRoles:
        """Read the definitions. One whose name is not known may be any role, unless it cannot matter."""
        found: dict[tuple[str, str], list[tuple[str, Permissions]]] = {}
        unsettled = []
        for instance in instances:
            if not CUSTOM_ROLE_TYPE.fullmatch(instance.type):
                continue
            permissions = _permissions(instance.values.get("permissions"))
            name = instance.values.get("name") or instance.values.get("id")
            match = _NAME.fullmatch(name.value) if isinstance(name, Text) and name.known else None
            if match is not None:
                found.setdefault((match["kind"], match["id"]), []).append((match["parent"], permissions))
            elif may_matter(permissions):
                reason = "the role's name is not known, so that it may be one that is granted"
                unsettled.append(Unsettled(instance.address, "name", reason, instance.origin))
        return cls(found, unsettled)

    def permissions(self, role: str) -> Permissions | None:
        """Give what `role` allows; None for a name that neither the input nor the snapshot knows."""
        match = _NAME.fullmatch(role)
        if match is None:
            return roles.permissions_of(role)
        joined: frozenset[str] | None = None
        for parent, permissions in self.found.get((match["kind"], match["id"]), ()):
            if match["kind"] == "projects" and not same_project(parent, match["parent"]):
                continue
            if match["kind"] == "organizations" and parent != match["parent"]:
                continue
            if isinstance(permissions, Unknown):
                return permissions
            joined = permissions | (joined or frozenset())
        return joined


def _permissions(value: Value) -> Permissions:
    items = value.items if isinstance(value, SetOf) else value
    if not isinstance(items, tuple):
        return items if isinstance(items, Unknown) else Unknown("the custom role has no list of permissions")
    permissions = set()
    for item in items:
        if not isinstance(item, Text) or not item.known:
            return Unknown("one of its permissions is not known")
        permissions.add(item.value)
    return frozenset(permissions)
