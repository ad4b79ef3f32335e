"""One permission more, by every route: the rules against a concrete evaluator that knows nothing of them.

The small lake is right. One grant is added to it: each kind of permission, on each kind of resource, to a holder of a
row, to a holder in another workspace and to a stranger, under each kind of condition. Where the evaluator finds a
resource that the matrix does not give, some rule must object; where it finds none, every rule must be silent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

import pytest

from arco.policy.case import Case
from arco.policy.conditions import Refusal, Resource, evaluate, parse
from arco.policy.deployment import Instance
from arco.policy.findings import Finding
from arco.policy.grants import collect
from arco.policy.judge import judge
from arco.policy.model import ResourceKind, resource_kind
from tests.fakes.deployments import Plain, custom_role, deployed, instance
from tests.fakes.lake import account, case

PERMISSIONS = [
    "storage.objects.get",
    "storage.objects.create",
    "storage.objects.update",
    "storage.objects.delete",
    "storage.objects.list",
    "storage.objects.setIamPolicy",
    "storage.multipartUploads.create",
    "storage.multipartUploads.list",
    "storage.buckets.get",
    "storage.buckets.update",
    "storage.buckets.delete",
    "storage.buckets.getIamPolicy",
    "storage.buckets.setIamPolicy",
    "storage.managedFolders.create",
    "storage.managedFolders.setIamPolicy",
    "storage.folders.rename",
    "storage.hmacKeys.create",
    "storage.buckets.create",
    "iam.serviceAccounts.getAccessToken",
]
HOLDERS = [account("api"), account("api", "b"), "user:stranger@example.com"]
SCOPES: dict[str, dict[str, Plain]] = {
    "storage_bucket lake-a": {"bucket": "lake-a"},
    "storage_bucket lake-b": {"bucket": "lake-b"},
    "storage_managed_folder": {"bucket": "lake-a", "managed_folder": "ws=a/state/"},
    "project": {"project": "demo-project"},
    "folder": {"folder": "folders/1"},
    "organization": {"org_id": "1"},
}
_HEADS = 'resource.name.startsWith("projects/_/buckets/lake-a/objects/ws=a/heads/")'
CONDITIONS = [
    "",
    'resource.name.startsWith("projects/_/buckets/lake-a/objects/ws=a/state/")',
    '!resource.name.startsWith("projects/_/buckets/lake-a/objects/ws=a/")',
    'resource.type == "storage.googleapis.com/Bucket"',
    f"{_HEADS} && request.time < timestamp('2030-01-01T00:00:00Z')",
    'resource.name == "projects/_/buckets/nobodys"',
]
# A grant beside a whole policy, and spellings of conditions: each is an error of its own, and no answer here.
_FORMS = {"policy-conflict", "condition-dead", "condition-type-guard", "condition-unanchored", "limits"}
BUCKETS = ["lake-a", "lake-b", "nobodys"]
OBJECTS = ["ws=a/state/x", "ws=a/heads/x", "ws=a/other", "ws=b/state/x", "zzz"]


def _grant(permission: str, route: str, who: str, condition: str) -> tuple[Instance, Instance]:
    kind = route.partition(" ")[0]
    role = custom_role("added", permission, name="added")
    block: list[Plain] = [{"title": "added", "expression": condition}] if condition else []
    grant = instance(
        f"google_{kind}_iam_member",
        "added",
        role="projects/demo-project/roles/added",
        member=who,
        condition=block,
        **SCOPES[route],
    )
    return role, grant


def _resources(permission: str, route: str) -> Iterator[tuple[str, str, Resource]]:
    """Yield (bucket, object name, resource) for what the grant is attached above, as far as its kind is documented."""
    scope = SCOPES[route]
    for bucket in BUCKETS:
        if scope.get("bucket", bucket) != bucket:
            continue
        kind = resource_kind(permission)
        if kind is ResourceKind.OBJECT:
            for name in OBJECTS:
                if name.startswith(str(scope.get("managed_folder", ""))):
                    yield bucket, name, Resource.object(bucket, name)
        elif kind is ResourceKind.BUCKET and ("managed_folder" not in scope or permission == "storage.objects.list"):
            inside = f"projects/_/buckets/{bucket}/managedFolders/{scope.get('managed_folder')}"
            whole = Resource.bucket(bucket)
            folder = Resource("storage.googleapis.com/ManagedFolder", inside)
            yield bucket, "", folder if "managed_folder" in scope else whole


def _objections(judged: Case) -> list[Finding]:
    """Give the errors that speak of access: some rules object to a form, whatever is granted by it."""
    return [finding for finding in judge(judged).findings if finding.rule not in _FORMS and finding.severity == "error"]


def _declared(who: str, permission: str, bucket: str, name: str) -> bool:
    """What the lake's matrix gives the api: it reads two roots of its own workspace."""
    own = who.removeprefix("serviceAccount:api-")[:1]
    roots = (f"ws={own}/state/", f"ws={own}/heads/")
    return permission == "storage.objects.get" and bucket == f"lake-{own}" and name.startswith(roots)


def _gained(permission: str, route: str, who: str, condition: str) -> list[str]:
    """List the resources that the added grant opens and the matrix does not give."""
    expression = parse(condition or "true")
    assert not isinstance(expression, Refusal)
    before_2030 = {"(request.time < timestamp('2030-01-01T00:00:00Z'))": True}
    return [
        f"{bucket}/{name}"
        for bucket, name, resource in _resources(permission, route)
        if evaluate(expression, resource, before_2030) and not _declared(who, permission, bucket, name)
    ]


@pytest.mark.parametrize("route", SCOPES)
def test_the_three_forms_of_a_resource_grant_the_same(route: str) -> None:
    """A member, a binding and a whole policy are read alike, so that what follows needs to ask one of them."""
    kind, role = route.partition(" ")[0], "roles/storage.objectUser"
    condition = {"title": "added", "expression": CONDITIONS[1]}
    binding = {"role": role, "members": [HOLDERS[0]], "condition": condition}
    written: dict[str, dict[str, Plain]] = {
        "member": {"role": role, "member": HOLDERS[0], "condition": [condition]},
        "binding": {"role": role, "members": [HOLDERS[0]], "condition": [condition]},
        "policy": {"policy_data": json.dumps({"bindings": [binding]})},
    }

    read = [
        collect(deployed(instance(f"google_{kind}_iam_{form}", **values, **SCOPES[route])))
        for form, values in written.items()
    ]

    (grant,) = {(g.member, g.role, g.permissions, g.scope, g.expression) for found in read for g in found.grants}
    assert [len(found.grants) for found in read] == [1, 1, 1]
    assert grant[2]
    assert [found.unsettled for found in read] == [(), (), ()]


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_one_permission_more_is_found_by_every_route(permission: str) -> None:
    """A gained resource is a finding, whatever the route; of an own lake or anywhere, for a holder."""
    silent = []
    for route, who, condition in product(SCOPES, HOLDERS, CONDITIONS):
        gained = _gained(permission, route, who, condition)
        if who.startswith("user:"):
            gained = [name for name in gained if name.startswith("lake-")]
        if not gained:
            continue
        # The matrix alone must object: that another rule does as well would hide what it misses.
        objecting = {finding.rule for finding in _objections(case(*_grant(permission, route, who, condition)))}
        if not objecting & {"matrix-mismatch", "unknown"}:
            silent.append((route, who, condition, gained[0]))

    assert silent == []


@pytest.mark.parametrize("permission", [p for p in PERMISSIONS if resource_kind(p) is ResourceKind.OBJECT])
def test_nothing_gained_is_no_finding(permission: str) -> None:
    """A grant that opens nothing new to a holder is not objected to."""
    loud = []
    for route, who, condition in product(SCOPES, HOLDERS[:2], CONDITIONS):
        if not _gained(permission, route, who, condition):
            found = _objections(case(*_grant(permission, route, who, condition)))
            loud += [(route, who, condition, finding.claim) for finding in found]

    assert loud == []


@pytest.mark.parametrize("permission", ["storage.folders.rename", "storage.managedFolders.setIamPolicy"])
@pytest.mark.parametrize("who", HOLDERS)
def test_permission_without_a_documented_resource_is_never_silent(permission: str, who: str) -> None:
    """What nobody documents is found where it is granted without a condition."""
    for route in SCOPES:
        assert _objections(case(*_grant(permission, route, who, ""))), route


@pytest.mark.parametrize(
    "condition",
    [
        "",
        'resource.type == "iam.googleapis.com/ServiceAccount"',
        'resource.service == "iam.googleapis.com"',
        '!resource.name.startsWith("projects/_/buckets/")',
    ],
)
@pytest.mark.parametrize("who", HOLDERS)
def test_becoming_another_account_is_never_silent(condition: str, who: str) -> None:
    """A condition that may hold for a service account does not hide who may act as one."""
    added = _grant("iam.serviceAccounts.getAccessToken", "project", who, condition)

    assert _objections(case(*added))
