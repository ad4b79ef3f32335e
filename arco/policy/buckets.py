"""The buckets of an input, and the bindings that Cloud Storage adds to those whose policy nobody owns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from arco.policy import roles
from arco.policy.deployment import Instance
from arco.policy.model import BASIC_ROLES, Bucket, Grant, Scope, ScopeKind, same_project
from arco.policy.names import bucket_name, is_enforced, project_name

__all__ = ["default_bindings", "read_buckets"]


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
        uniform = instance.values.get("uniform_bucket_level_access")
        project = project_name(instance.values.get("project"))
        bucket = Bucket(name, project, name in owned, uniform if isinstance(uniform, bool) else None, "")
        private = is_enforced(instance.values.get("public_access_prevention"))
        bucket = replace(bucket, address=instance.address, origin=instance.origin, private=private)
        found[name] = _both(found[name], bucket) if name in found else bucket
    for grant in grants:
        name = grant.scope.name
        if not grant.scope.inherited and name not in found:
            found[name] = Bucket(name, None, name in owned, None, grant.address, grant.origin)
    return found


def _both(left: Bucket, right: Bucket) -> Bucket:
    project = left.project if left.project == right.project else None
    uniform = left.uniform if left.uniform == right.uniform else None
    return replace(left, project=project, uniform=uniform, private=left.private and right.private)


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
