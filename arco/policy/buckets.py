"""The buckets of an input, and the bindings that Cloud Storage adds to those whose policy nobody owns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from arco.policy import roles
from arco.policy.deployment import Instance
from arco.policy.model import BASIC_ROLES, Bucket, Grant, Scope, ScopeKind, same_project
from arco.policy.names import bucket_name, project_name
from arco.policy.values import Text

__all__ = ["default_bindings", "read_buckets", "unnamed_buckets"]


def read_buckets(instances: Iterable[Instance], grants: Iterable[Grant]) -> dict[str, Bucket]:
    """Name every bucket that is made or granted on. Of two resources with one name, what both promise is promised."""
    managed = list(instances)
    policies = [instance for instance in managed if instance.type == "google_storage_bucket_iam_policy"]
    # A policy that Terraform forgets stays, and is nobody's from then on.
    owned = {bucket_name(policy.values.get("bucket")) for policy in policies if not policy.note}
    found: dict[str, Bucket] = {}
    for instance in managed:
        name = bucket_name(instance.values.get("name"))
        if instance.type != "google_storage_bucket" or name is None:
            continue
        bucket = _made(instance, name, owned=name in owned)
        found[name] = _both(found[name], bucket) if name in found else bucket
    for grant in grants:
        name = grant.scope.name
        if not grant.scope.inherited and name not in found:
            found[name] = Bucket(name, None, name in owned, None, grant.address, grant.origin)
    return found


def unnamed_buckets(instances: Iterable[Instance]) -> list[Bucket]:
    """Give the buckets that are made under a name which is not known, each named by its address."""
    made = (instance for instance in instances if instance.type == "google_storage_bucket")
    return [_made(i, i.address, owned=False) for i in made if bucket_name(i.values.get("name")) is None]


def _made(instance: Instance, name: str, *, owned: bool) -> Bucket:
    uniform = instance.values.get("uniform_bucket_level_access")
    prevention = instance.values.get("public_access_prevention")
    return Bucket(
        name=name,
        project=project_name(instance.values.get("project")),
        owned=owned,
        uniform=uniform if isinstance(uniform, bool) else None,
        address=instance.address,
        origin=instance.origin,
        made=True,
        prevention=prevention.value if isinstance(prevention, Text) and prevention.known else None,
    )


def _both(left: Bucket, right: Bucket) -> Bucket:
    project = left.project if left.project == right.project else None
    uniform = left.uniform if left.uniform == right.uniform else None
    prevention = left.prevention if left.prevention == right.prevention else None
    return replace(left, project=project, uniform=uniform, prevention=prevention)


def default_bindings(grants: Iterable[Grant], buckets: Iterable[Bucket]) -> Iterator[Grant]:
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
