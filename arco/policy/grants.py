"""From Terraform instances to grants: every route to an object counts, what cannot be read is `Unsettled`.

Source: `google` provider resources that write allow policies. A type that is not known here fails closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from arco.policy.bindings import BEYOND, Binding, Reader, bindings_of
from arco.policy.buckets import default_bindings, read_buckets, unnamed_buckets
from arco.policy.conditions import Opaque, Refusal, Span, parse
from arco.policy.custom_roles import CUSTOM_ROLE_TYPE, CustomRoles, may_matter
from arco.policy.deployment import Deployment, Instance
from arco.policy.guardrails import GUARDRAIL_TYPE, guardrails
from arco.policy.model import (
    BASIC_ROLES,
    EVERYONE,
    Bucket,
    Condition,
    Grant,
    Scope,
    ScopeKind,
    Unsettled,
    normal_member,
)
from arco.policy.names import account_email, bucket_name, folder_name, project_name
from arco.policy.renewal import overtaken
from arco.policy.roles import becoming, running
from arco.policy.values import SetOf, Text, Unknown, Value, is_known

__all__ = ["Grants", "collect"]

_IAM_TYPE = re.compile(r"google_(?P<parent>\w+?)_iam_(?P<form>member|binding|policy)")
_PARENTS = {
    "storage_bucket": (ScopeKind.BUCKET, "bucket"),
    "storage_managed_folder": (ScopeKind.MANAGED_FOLDER, "bucket"),
    "project": (ScopeKind.PROJECT, "project"),
    "folder": (ScopeKind.FOLDER, "folder"),
    "organization": (ScopeKind.ORGANIZATION, "org_id"),
    "service_account": (ScopeKind.ACCOUNT, "service_account_id"),
}
# Types with `_iam_` in their name that grant nothing: they remove, describe, or only name identities.
_NOT_GRANTS = re.compile(
    r"google_(iam_workload_identity_pool(_provider)?|\w+_iam_(audit_config|member_remove|custom_role))"
)
# What grants nothing and is read by a rule all the same: how many of these there are is not for a guess either.
_READ_TYPE = re.compile(
    r"google_(service_account_key|storage_hmac_key|compute_backend_(bucket|service)_signed_url_key"
    r"|iam_workload_identity_pool_provider|\w+_iam_member_remove)"
)
# What a gap may hide: a resource of any other type neither grants nor owns anything. A module may hold everything.
_HARMLESS_TYPE = re.compile(r"(?!google_storage_bucket$)[a-z0-9]+_\w+")
_ACL_TYPE = re.compile(r"google_storage_(bucket|default_object|object)_(acl|access_control)")
# Engines that grant on request, or by a document of their own.
_ENGINE_TYPE = re.compile(r"google_(privileged_access_manager_entitlement|(deployment_manager|config)_deployment)")
# Movers read and write buckets as a service agent, whose own grants may stand anywhere.
_MOVER_TYPE = re.compile(r"google_(storage_transfer_job|storage_batch_operations_job|bigquery_data_transfer_config)")
# What the provider computes of a mover, and that names no bucket.
_COMPUTED = frozenset({"creation_time", "deletion_time", "id", "last_modification_time", "name", "self_link"})
# What IAM documents as a member; anything else is refused there, or means something that nobody documents.
_MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers|"
    r"(user|group|serviceAccount|domain|project(Owner|Editor|Viewer)|principal(Set)?|deleted):\S+"
)


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything that an input grants, on which buckets, and what it leaves unsettled.

    `impersonations` are the grants on service accounts that may let their holder become one. `assumptions` are
    sentences. `unnamed` are the buckets that the input makes under a name which is not known.
    """

    grants: tuple[Grant, ...]
    buckets: Mapping[str, Bucket]
    unsettled: tuple[Unsettled, ...]
    impersonations: tuple[Grant, ...] = ()
    assumptions: tuple[str, ...] = ()
    unnamed: tuple[Bucket, ...] = ()

    def refusal(self, grant: Grant) -> tuple[str, Span | None] | None:
        """Say why IAM would refuse a grant's condition, and where; None if it would not, or if there is none."""
        condition = grant.condition
        if condition is None:
            return None
        if isinstance(condition.parsed, Refusal):
            return condition.parsed.reason, condition.parsed.span
        if grant.member in EVERYONE:
            return f"{grant.member} cannot be granted anything under a condition", None
        if grant.role in BASIC_ROLES:
            return f"{grant.role} is a basic role, which takes no condition", None
        bucket = self.buckets.get(grant.scope.name)
        if grant.scope.kind is ScopeKind.BUCKET and bucket is not None and bucket.uniform is False:
            return f"bucket {bucket.name} has uniform bucket-level access off", None
        return None


@dataclass(frozen=True, slots=True)
class _Collector:
    custom_roles: CustomRoles
    made: Mapping[str, Bucket]
    grants: list[Grant] = field(default_factory=list)
    impersonations: list[Grant] = field(default_factory=list)
    unsettled: list[Unsettled] = field(default_factory=list)


def collect(deployment: Deployment) -> Grants:
    """Read every grant of `deployment`. Raises InputError for a policy document that no provider would accept."""
    managed = [instance for instance in deployment.instances if not instance.data]
    custom_roles = CustomRoles.of(managed)
    collector = _Collector(custom_roles, read_buckets(managed, ()), unsettled=custom_roles.unsettled)
    for gap in deployment.gaps:
        if _may_hide_something(gap.type):
            collector.unsettled.append(Unsettled(gap.address, "instances", gap.reason, gap.origin))
    for instance in managed:
        _read_instance(collector, instance)
    buckets = read_buckets(managed, collector.grants)
    grants = (*collector.grants, *default_bindings(collector.grants, buckets.values()))
    unnamed = unnamed_buckets(managed)
    open_questions, assumptions = guardrails(managed, (*grants, *collector.impersonations))
    unsettled = (
        *collector.unsettled,
        *open_questions,
        *_unseen_accounts(managed, grants, collector.impersonations),
        *_movers(managed, buckets),
        *_doors(grants, unnamed),
        *overtaken(managed),
    )
    return Grants(grants, buckets, unsettled, tuple(collector.impersonations), assumptions, tuple(unnamed))


def _may_hide_something(kind: str) -> bool:
    read = any(pattern.fullmatch(kind) for pattern in (CUSTOM_ROLE_TYPE, _READ_TYPE))
    return not _HARMLESS_TYPE.fullmatch(kind) or _may_grant(kind) or read


def _may_grant(kind: str) -> bool:
    # Of other providers (aws_iam_role), none grants access to Cloud Storage.
    iam = kind.startswith("google") and "_iam_" in kind and not _NOT_GRANTS.fullmatch(kind)
    others = (_ACL_TYPE, _ENGINE_TYPE, _MOVER_TYPE)
    return iam or any(pattern.fullmatch(kind) for pattern in others)


def _read_instance(collector: _Collector, instance: Instance) -> None:
    match = _IAM_TYPE.fullmatch(instance.type)
    if any(pattern.fullmatch(instance.type) for pattern in (_NOT_GRANTS, GUARDRAIL_TYPE, _MOVER_TYPE)):
        return
    if match and match["parent"] in _PARENTS:
        _read_grants(collector, instance, _PARENTS[match["parent"]], match["form"])
    elif match:
        _read_foreign(collector, instance, match["form"])
    elif _ACL_TYPE.fullmatch(instance.type):
        _read_acl(collector, instance)
    elif _may_grant(instance.type):
        reason = f"{instance.type} is not known here, and may grant access"
        Reader(instance, collector.unsettled).leave("type", reason, beyond=True)


def _read_grants(collector: _Collector, instance: Instance, place: tuple[ScopeKind, str], form: str) -> None:
    reader = Reader(instance, collector.unsettled)
    scope = _scope(reader, *place)
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
                member=normal_member(member.value),
                role=binding.role.value,
                permissions=permissions,
                scope=scope,
                condition=condition,
                address=instance.address,
                member_text=member,
                role_text=binding.role,
                origin=binding.origin,
                note=instance.note,
            )
            if scope.kind is not ScopeKind.ACCOUNT:
                collector.grants.append(grant)
            elif permissions & becoming():
                collector.impersonations.append(grant)


def _scope(reader: Reader, kind: ScopeKind, attribute: str) -> Scope | None:
    text = reader.text(attribute)
    if text is None:
        return None
    if kind in {ScopeKind.FOLDER, ScopeKind.ORGANIZATION}:
        return Scope(kind, text.value.rpartition("/")[2])
    readers = {ScopeKind.PROJECT: project_name, ScopeKind.ACCOUNT: account_email}
    name = readers.get(kind, bucket_name)(text)
    if name is None:
        reader.leave(attribute, f"{text.value!r} is no name of a {attribute}, and may be read as another", text.origin)
        return None
    if kind is not ScopeKind.MANAGED_FOLDER:
        return Scope(kind, name)
    folder = reader.text("managed_folder")
    if folder is not None and folder_name(folder) is None:
        reader.leave("managed_folder", f"{folder.value!r} is no name of a managed folder, which ends in '/'")
        return None
    return Scope(kind, name, folder.value) if folder is not None else None


def _permissions(collector: _Collector, reader: Reader, role: Text) -> frozenset[str] | None:
    """Resolve a role, or record that the input does not settle what it allows."""
    found = collector.custom_roles.permissions(role.value)
    if isinstance(found, frozenset):
        return found
    if found is not None:
        why = f"has permissions that are not known: {found.reason}"
    elif "/roles/" in role.value:
        why = "is not defined in this input, so nobody knows here what it allows"
    else:
        why = "is not in the snapshot of Google's roles, so nobody knows here what it allows"
    reader.leave("role", f"{role.value} {why}", role.origin)
    return None


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
        permissions = _permissions(collector, reader, binding.role)
        if permissions is not None and (may_matter(permissions) or running(binding.role.value, permissions)):
            reason = f"{binding.role.value} on a {instance.type} may lead to another account, which is not decided here"
            reader.leave("role", reason, binding.role.origin, beyond=True)


def _read_acl(collector: _Collector, instance: Instance) -> None:
    name = bucket_name(instance.values.get("bucket"))
    if name is not None and name in collector.made and collector.made[name].uniform:
        return
    reason = "access control lists count unless the bucket has uniform_bucket_level_access = true in this input"
    collector.unsettled.append(Unsettled(instance.address, "type", reason, instance.origin))


def _unseen_accounts(
    instances: list[Instance], grants: Iterable[Grant], impersonations: Iterable[Grant]
) -> Iterator[Unsettled]:
    """Whoever becomes an account that this input neither makes nor grants anything may gain whatever that holds."""
    made = {account_email(i.values.get("email")) for i in instances if i.type == "google_service_account"}
    seen = {grant.member for grant in grants} | {f"serviceAccount:{email}" for email in made if email}
    for grant in impersonations:
        if f"serviceAccount:{grant.scope.name}" not in seen:
            reason = f"{grant.role} may lead to {grant.scope}, and what that may do is not shown here"
            origin = grant.origin or grant.role_text.origin
            yield Unsettled(grant.address, "role", reason, origin, BEYOND)


def _doors(grants: Iterable[Grant], unnamed: Iterable[Bucket]) -> Iterator[Unsettled]:
    """The default bindings of a bucket of unknown name let in whoever holds a basic role, and no rule can name it."""
    basic = next((grant for grant in grants if grant.role in BASIC_ROLES and grant.scope.inherited), None)
    if basic is None:
        return
    for bucket in unnamed:
        reason = f"whether {basic.role} reaches the bucket by its default bindings hangs on a name that is not known"
        yield Unsettled(bucket.address, "name", reason, bucket.origin)


def _movers(instances: Iterable[Instance], buckets: Mapping[str, Bucket]) -> Iterator[Unsettled]:
    """A mover that names a bucket of this input, or of which something is not known, may read and write in it."""
    for instance in instances:
        if not _MOVER_TYPE.fullmatch(instance.type):
            continue
        named = sorted(buckets.keys() & set(_texts(instance.values.values())))
        unknown = not all(is_known(value) for name, value in instance.values.items() if name not in _COMPUTED)
        if named or unknown:
            where = f"bucket {named[0]}" if named else "buckets that are not known"
            reason = f"it moves objects of {where} as a service agent, whose grants the input need not show"
            yield Unsettled(instance.address, "type", reason, instance.origin, BEYOND)


def _texts(values: Iterable[Value]) -> Iterator[str]:
    """Yield every known text inside `values`, without what stands around a bucket's name."""
    for value in values:
        if isinstance(value, Text):
            yield value.display().removeprefix("b/").removeprefix("gs://").partition("/")[0]
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, SetOf | tuple):
            yield from _texts(value.items if isinstance(value, SetOf) else value)
