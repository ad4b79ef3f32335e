"""From Terraform instances to grants: every route to an object counts, what cannot be read is `Unsettled`.

Source: `google` provider resources that write allow policies. A type that is not known here fails closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from arco.policy import roles
from arco.policy.bindings import Binding, Reader, bindings_of
from arco.policy.conditions import Opaque, Span, parse
from arco.policy.deployment import Deployment, Instance
from arco.policy.model import (
    BASIC_ROLES,
    Bucket,
    Condition,
    Grant,
    Scope,
    ScopeKind,
    Unsettled,
    normal_member,
    same_project,
)
from arco.policy.values import Text, Unknown, Value

__all__ = ["Grants", "collect"]

_IAM_TYPE = re.compile(r"google_(?P<parent>\w+?)_iam_(?P<form>member|binding|policy)")
_PARENTS = {
    "storage_bucket": (ScopeKind.BUCKET, "bucket"),
    "storage_managed_folder": (ScopeKind.MANAGED_FOLDER, "bucket"),
    "project": (ScopeKind.PROJECT, "project"),
    "folder": (ScopeKind.FOLDER, "folder"),
    "organization": (ScopeKind.ORGANIZATION, "org_id"),
}
# Types with `_iam_` in their name that grant nothing: they remove, describe, or only name identities.
_NOT_GRANTS = re.compile(
    r"google_(iam_(deny_policy|principal_access_boundary_policy|workload_identity_pool(_provider)?|access_boundary_policy"
    r"|(projects|folders|organizations)_policy_binding)|\w+_iam_(audit_config|member_remove|custom_role))"
)
# What a gap may hide: a resource of any other type neither grants nor owns anything. A module may hold everything.
_HARMLESS_TYPE = re.compile(r"(?!google_storage_bucket$)[a-z0-9]+_\w+")
_ACL_TYPE = re.compile(r"google_storage_(bucket|default_object|object)_(acl|access_control)")
_CUSTOM_ROLE = re.compile(r"google_(project|organization)_iam_custom_role")
# Engines that grant on request, or by a document of their own.
_ENGINE_TYPE = re.compile(r"google_(privileged_access_manager_entitlement|(deployment_manager|config)_deployment)")
# What IAM documents as a member; anything else is refused there, or means something that nobody documents.
_MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers|"
    r"(user|group|serviceAccount|domain|project(Owner|Editor|Viewer)|principal(Set)?|deleted):\S+"
)


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything that an input grants, on which buckets, and what it leaves unsettled."""

    grants: tuple[Grant, ...]
    buckets: Mapping[str, Bucket]
    unsettled: tuple[Unsettled, ...]


@dataclass(slots=True)
class _Collector:
    custom_roles: Mapping[str, frozenset[str] | Unknown]
    buckets: dict[str, Bucket]
    grants: list[Grant] = field(default_factory=list)
    unsettled: list[Unsettled] = field(default_factory=list)


def collect(deployment: Deployment) -> Grants:
    """Read every grant of `deployment`. Raises InputError for a policy document that no provider would accept."""
    managed = [instance for instance in deployment.instances if not instance.data]
    # With a note, the policy is in force and Terraform lets go of it: nobody keeps it whole.
    policies = (i for i in managed if i.type == "google_storage_bucket_iam_policy" and not i.note)
    owned = {_plain(instance.values.get("bucket")) for instance in policies}
    collector = _Collector(_custom_roles(managed), _buckets(managed, owned))
    for gap in deployment.gaps:
        if not _HARMLESS_TYPE.fullmatch(gap.type) or _may_grant(gap.type):
            collector.unsettled.append(Unsettled(gap.address, "instances", gap.reason, gap.origin))
    for instance in managed:
        _read_instance(collector, instance)
    for grant in collector.grants:
        if grant.scope.kind is ScopeKind.BUCKET and grant.scope.name not in collector.buckets:
            name = grant.scope.name
            collector.buckets[name] = Bucket(name, None, name in owned, None, grant.address, grant.origin)
    defaults = _default_bindings(collector.grants, collector.buckets.values())
    return Grants((*collector.grants, *defaults), collector.buckets, tuple(collector.unsettled))


def _may_grant(kind: str) -> bool:
    # Of other providers (aws_iam_role), none grants access to Cloud Storage.
    iam = kind.startswith("google") and "_iam_" in kind and not _NOT_GRANTS.fullmatch(kind)
    return iam or bool(_ACL_TYPE.fullmatch(kind) or _ENGINE_TYPE.fullmatch(kind))


def _read_instance(collector: _Collector, instance: Instance) -> None:
    match = _IAM_TYPE.fullmatch(instance.type)
    if _NOT_GRANTS.fullmatch(instance.type):
        return
    if match and match["parent"] in _PARENTS:
        _read_grants(collector, instance, match["parent"], match["form"])
    elif match:
        _read_foreign(collector, instance, match["form"])
    elif _ACL_TYPE.fullmatch(instance.type):
        _read_acl(collector, instance)
    elif _may_grant(instance.type):
        reason = f"{instance.type} is not known here, and may grant access"
        collector.unsettled.append(Unsettled(instance.address, "type", reason, instance.origin))


def _read_grants(collector: _Collector, instance: Instance, parent: str, form: str) -> None:
    reader = Reader(instance, collector.unsettled)
    scope = _scope(reader, *_PARENTS[parent])
    for binding in bindings_of(reader, form):
        permissions = _permissions(collector, reader, binding.role)
        condition = _condition(binding)
        if scope is None or permissions is None:
            continue
        for member in binding.members:
            if not _MEMBER.fullmatch(member.value):
                reader.leave("member", f"{member.value!r} is no form of member that IAM documents", member.origin)
                continue
            grant = Grant(
                normal_member(member.value),
                binding.role.value,
                permissions,
                scope,
                condition,
                instance.address,
                member,
                binding.role,
                binding.origin,
                instance.note,
            )
            collector.grants.append(grant)


def _scope(reader: Reader, kind: ScopeKind, attribute: str) -> Scope | None:
    name = reader.text(attribute)
    if name is None:
        return None
    plain = name.value.rpartition("/")[2]
    if kind is not ScopeKind.MANAGED_FOLDER:
        return Scope(kind, plain)
    folder = reader.text("managed_folder")
    return Scope(kind, plain, folder.value) if folder is not None else None


def _permissions(collector: _Collector, reader: Reader, role: Text) -> frozenset[str] | None:
    """Resolve a role, or record that the input does not settle what it allows."""
    custom = collector.custom_roles.get(role.value)
    if isinstance(custom, frozenset):
        return custom
    if isinstance(custom, Unknown):
        reader.leave("role", f"the permissions of {role.value} are not known: {custom.reason}", role.origin)
        return None
    known = roles.permissions_of(role.value)
    if known is None:
        custom_role = "/roles/" in role.value
        where = "is not defined in this input" if custom_role else "is not in the snapshot of Google's roles"
        reader.leave("role", f"{role.value} {where}, so nobody knows here what it allows", role.origin)
    return known


def _condition(binding: Binding) -> Condition | None:
    if binding.condition is None:
        return None
    if isinstance(binding.condition, Unknown):
        opaque = Opaque(binding.condition.reason, Span(0, 0))
        return Condition(binding.title, Text((binding.condition,)), opaque)
    return Condition(binding.title, binding.condition, parse(binding.condition.value))


def _read_foreign(collector: _Collector, instance: Instance, form: str) -> None:
    """A policy of something else: harmless if its roles hold neither storage nor escalation permissions."""
    reader = Reader(instance, collector.unsettled)
    for binding in bindings_of(reader, form):
        permissions = _permissions(collector, reader, binding.role) or frozenset()
        data = roles.role_data()
        if permissions & (data.storage_permissions | data.escalation_permissions):
            reason = f"{binding.role.value} on a {instance.type} may lead to another account, which is not decided here"
            reader.leave("role", reason, binding.role.origin)


def _read_acl(collector: _Collector, instance: Instance) -> None:
    bucket = instance.values.get("bucket")
    name = bucket.value.rpartition("/")[2] if isinstance(bucket, Text) and bucket.known else None
    if name in collector.buckets and collector.buckets[name].uniform:
        return
    reason = "access control lists count unless the bucket has uniform_bucket_level_access = true in this input"
    collector.unsettled.append(Unsettled(instance.address, "type", reason, instance.origin))


def _custom_roles(instances: Iterable[Instance]) -> dict[str, frozenset[str] | Unknown]:
    found: dict[str, frozenset[str] | Unknown] = {}
    for instance in instances:
        if _CUSTOM_ROLE.fullmatch(instance.type):
            name = instance.values.get("name") or instance.values.get("id")
            if isinstance(name, Text) and name.known:
                permissions = _role_permissions(instance.values.get("permissions"))
                earlier = found.get(name.value, frozenset())
                if isinstance(permissions, frozenset) and isinstance(earlier, frozenset):
                    permissions |= earlier
                found[name.value] = permissions if isinstance(earlier, frozenset) else earlier
    return found


def _role_permissions(value: Value) -> frozenset[str] | Unknown:
    items = value if isinstance(value, tuple) else getattr(value, "items", None)
    if not isinstance(items, tuple):
        return value if isinstance(value, Unknown) else Unknown("the custom role has no list of permissions")
    permissions = set()
    for item in items:
        if not isinstance(item, Text) or not item.known:
            return Unknown("one of its permissions is not known")
        permissions.add(item.value)
    return frozenset(permissions)


def _buckets(instances: Iterable[Instance], owned: AbstractSet[str | None]) -> dict[str, Bucket]:
    found: dict[str, Bucket] = {}
    for instance in instances:
        name = _plain(instance.values.get("name"))
        if instance.type == "google_storage_bucket" and name is not None:
            uniform = instance.values.get("uniform_bucket_level_access")
            found[name] = Bucket(
                name,
                _plain(instance.values.get("project")),
                name in owned,
                uniform if isinstance(uniform, bool) else None,
                instance.address,
                instance.origin,
            )
    return found


def _plain(value: Value) -> str | None:
    return value.value.rpartition("/")[2] if isinstance(value, Text) and value.known else None


def _default_bindings(grants: Iterable[Grant], buckets: Iterable[Bucket]) -> Iterator[Grant]:
    """Cloud Storage binds a project's basic roles on each new bucket; only an owned policy removes that."""
    basic = [grant for grant in grants if grant.scope.kind is ScopeKind.PROJECT and grant.role in BASIC_ROLES]
    for bucket in buckets:
        if bucket.owned:
            continue
        for grant in basic:
            if not same_project(bucket.project, grant.scope.name):
                continue
            for role in roles.default_bindings(uniform=bucket.uniform is not False)[BASIC_ROLES[grant.role]]:
                yield replace(
                    grant,
                    role=role,
                    permissions=roles.permissions_of(role) or frozenset(),
                    scope=Scope(ScopeKind.BUCKET, bucket.name),
                    condition=None,
                    note=f"default binding of {grant.role} on bucket {bucket.name}",
                )
