"""What a role may do: a dated snapshot of Google's predefined roles, and what some permissions lead to.

Invariants:

* A role that the snapshot does not name is unknown (`None`), never harmless (the empty set).
* Only storage permissions and those that lead to more access (escalation) are kept, except for `roles/storage.*`,
  whose lists are whole: the absence of any other permission from a set means nothing.
* Basic roles hold no object permission; what project owners, editors and viewers reach comes from `default_bindings`.

Source: `data/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["EscalationGroup", "RoleData", "becoming", "default_bindings", "permissions_of", "role_data", "running"]

# Runs, or logs into, what already runs as an account, without a permission on that account. The snapshot's groups hold
# those of Cloud Run and of movers; of these, it only knows that the roles exist.
_RUNNING: Mapping[str, str] = {
    "roles/cloudfunctions.invoker": "cloudfunctions.functions.invoke",
    "roles/cloudscheduler.jobRunner": "cloudscheduler.jobs.run",
    "roles/cloudtasks.enqueuer": "cloudtasks.tasks.create",
    "roles/cloudtasks.taskRunner": "cloudtasks.tasks.run",
    "roles/compute.osAdminLogin": "compute.instances.osAdminLogin",
    "roles/compute.osLogin": "compute.instances.osLogin",
    "roles/container.admin": "container.pods.create",
    "roles/container.developer": "container.pods.exec",
    "roles/iap.tunnelResourceAccessor": "iap.tunnelInstances.accessViaIAP",
    "roles/integrations.integrationInvoker": "integrations.integrations.invoke",
    "roles/osconfig.osPolicyAssignmentAdmin": "osconfig.osPolicyAssignments.create",
    "roles/osconfig.patchJobExecutor": "osconfig.patchJobs.exec",
    "roles/workflows.invoker": "workflows.executions.create",
}
_DATA = Path(__file__).with_name("data") / "gcs_roles.json"


@dataclass(frozen=True, slots=True)
class EscalationGroup:
    """Permissions that lead to more access than they name; `meaning` completes `whoever holds one …`."""

    name: str
    meaning: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class RoleData:
    """The snapshot: every predefined role of the day `as_of` (ISO date), and the curated groups.

    `default_bindings_uniform` and `default_bindings_acl` map a convenience group (`projectEditor`) to the roles that
    Cloud Storage grants it on a new bucket with uniform access, or without. `acl_roles` maps the role of a bucket ACL
    entry (`OWNER`) to the role it equals.
    """

    source: str
    as_of: str
    roles: Mapping[str, frozenset[str]]
    storage_permissions: frozenset[str]
    escalation: tuple[EscalationGroup, ...]
    default_bindings_uniform: Mapping[str, tuple[str, ...]]
    default_bindings_acl: Mapping[str, tuple[str, ...]]
    acl_roles: Mapping[str, str]

    @property
    def escalation_permissions(self) -> frozenset[str]:
        """All permissions of all groups."""
        return frozenset[str]().union(*(group.permissions for group in self.escalation))


def permissions_of(role: str) -> frozenset[str] | None:
    """Give the storage and escalation permissions of a predefined role, or None for a name that is not known.

    `role` is spelled as in a binding (`roles/storage.objectViewer`). Custom roles are never known here.
    """
    return role_data().roles.get(role)


@cache
def becoming() -> frozenset[str]:
    """Give the permissions that make their holder a service account, where they are held on that account.

    `iam.serviceAccounts.actAs` is among them: it takes a permission to deploy as well, of which no list is complete.
    """
    groups = {group.name: group.permissions for group in role_data().escalation}
    held = groups["become_service_account"] | groups["iam_policy_write"]
    return frozenset(name for name in held if name.startswith("iam.serviceAccount"))


def running(role: str, permissions: frozenset[str]) -> str | None:
    """Give a permission of `role` to run what runs as an account, of those that the snapshot's groups do not hold."""
    return _RUNNING.get(role) or min(permissions & frozenset(_RUNNING.values()), default=None)


def default_bindings(*, uniform: bool) -> Mapping[str, tuple[str, ...]]:
    """Map each convenience group (`projectEditor`) to what a new bucket grants it, with uniform access or without."""
    data = role_data()
    return data.default_bindings_uniform if uniform else data.default_bindings_acl


@cache
def role_data() -> RoleData:
    """Read the snapshot once a process (about 2 ms)."""
    raw = json.loads(_DATA.read_bytes())
    nothing = frozenset[str]()
    roles = {f"roles/{name}": nothing for name in raw["other_roles"]}
    roles.update((f"roles/{name}", frozenset(permissions)) for name, permissions in raw["roles"].items())
    bindings = raw["default_bindings"]
    return RoleData(
        source=raw["source"],
        as_of=raw["as_of"],
        roles=roles,
        storage_permissions=frozenset(raw["storage_permissions"]),
        escalation=tuple(
            EscalationGroup(name, group["meaning"], frozenset(group["permissions"]))
            for name, group in raw["escalation_permissions"].items()
        ),
        default_bindings_uniform={who: tuple(names) for who, names in bindings["uniform"].items()},
        default_bindings_acl={who: tuple(names) for who, names in bindings["acl"].items()},
        acl_roles=raw["acl_roles"],
    )
