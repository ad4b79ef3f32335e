"""Every route to an object, in every life that a plan knows: what exists after apply counts, what is gone does not.

One dangerous resource is added to a plan that is clean. Terraform creates it, keeps it, changes it, moves it, imports
it, replaces it, lets go of it, or still has a deposed object of it: each time the same rule must find it. Where
Terraform deletes it, nothing may be found.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product

import pytest

from arco.policy.case import open_case
from arco.policy.findings import Finding
from arco.policy.judge import judge
from arco.policy.terraform.plan import load_plan_text
from tests.fakes.plan_builder import Json, Object, change, plan, text

_ANN = "user:ann@example.com"
_WRITER = "writer@demo-project.iam.gserviceaccount.com"
_WIDE = "roles/storage.objectAdmin"
_ON_DEMO: Json = 'resource.name.startsWith("projects/_/buckets/demo/objects/a/")'
_FOLDER: Json = [{"title": "one folder", "description": "", "expression": _ON_DEMO}]
_WHOLE = json.dumps({"bindings": [{"role": _WIDE, "members": [_ANN]}]})
_DENIED: Json = {
    "denied_principals": ["principalSet://goog/public:all"],
    "denied_permissions": ["storage.googleapis.com/*"],
}


def _member(**scope: Json) -> Object:
    return {**scope, "role": _WIDE, "member": _ANN, "condition": []}


def _bucket(**values: Json) -> Object:
    return {
        "name": "made-here",
        "project": "demo-project",
        "uniform_bucket_level_access": True,
        "public_access_prevention": "enforced",
        **values,
    }


ROUTES: dict[str, tuple[str, Object]] = {
    "google_storage_bucket_iam_member": ("bucket-wide-grant", _member(bucket="demo")),
    "google_storage_bucket_iam_binding": (
        "bucket-wide-grant",
        {"bucket": "demo", "role": _WIDE, "members": [_ANN], "condition": []},
    ),
    "google_storage_bucket_iam_policy": ("bucket-wide-grant", {"bucket": "b/demo", "policy_data": _WHOLE}),
    "google_storage_managed_folder_iam_member": (
        "public-access",
        {"bucket": "demo", "managed_folder": "a/", "role": _WIDE, "member": "allUsers", "condition": []},
    ),
    "google_project_iam_member": ("bucket-wide-grant", _member(project="demo-project")),
    "google_project_iam_binding": (
        "bucket-wide-grant",
        {"project": "demo-project", "role": _WIDE, "members": [_ANN], "condition": []},
    ),
    "google_project_iam_policy": ("bucket-wide-grant", {"project": "demo-project", "policy_data": _WHOLE}),
    "google_folder_iam_member": ("bucket-wide-grant", _member(folder="folders/1")),
    "google_organization_iam_member": ("bucket-wide-grant", _member(org_id="1")),
    "google_billing_account_iam_member": (
        "unknown",
        {"billing_account_id": "1", "role": "roles/owner", "member": _ANN, "condition": []},
    ),
    "google_service_account_iam_member": (
        "escalation",
        {
            "service_account_id": f"projects/demo-project/serviceAccounts/{_WRITER}",
            "role": "roles/iam.serviceAccountTokenCreator",
            "member": _ANN,
            "condition": [],
        },
    ),
    "google_cloud_run_v2_service_iam_member": (
        "unknown",
        {"name": "x", "role": "roles/run.invoker", "member": _ANN, "condition": []},
    ),
    "google_service_account_key": ("standing-key", {"service_account_id": f"projects/-/serviceAccounts/{_WRITER}"}),
    "google_storage_hmac_key": ("standing-key", {"service_account_email": _WRITER, "state": "ACTIVE"}),
    "google_compute_backend_bucket_signed_url_key": ("standing-key", {"backend_bucket": "demo", "name": "k"}),
    "google_storage_bucket_acl": ("unknown", {"bucket": "demo", "role_entity": ["OWNER:user-ann@example.com"]}),
    "google_storage_default_object_acl": ("unknown", {"bucket": "demo", "role_entity": ["READER:allUsers"]}),
    "google_storage_object_access_control": ("unknown", {"bucket": "demo", "object": "x", "entity": "allUsers"}),
    "google_storage_bucket": ("uniform-access", _bucket(uniform_bucket_level_access=False)),
    "google_privileged_access_manager_entitlement": ("unknown", {"parent": "projects/demo-project"}),
    "google_iam_project_access_policy": ("unknown", {"project": "demo-project"}),
    "google_iam_deny_policy": ("unknown", {"rules": [{"deny_rule": [_DENIED]}]}),
    "google_storage_transfer_job": ("unknown", {"transfer_spec": [{"gcs_data_sink": [{"bucket_name": "demo"}]}]}),
    "google_storage_control_iam_grant": ("unknown", {"name": "of a provider that nobody knows yet"}),
}
_KIND = "dangerous"


def _address(kind: str) -> str:
    return f"{kind}.{_KIND}"


def _stays(*actions: str) -> Callable[[str, Object], Object]:
    def entry(kind: str, values: Object) -> Object:
        before = None if actions == ("create",) else values
        return change(_address(kind), values, actions=actions, before=before)

    return entry


def _moved(kind: str, values: Object) -> Object:
    entry = change(_address(kind), values, actions=["no-op"], before=values)
    return entry | {"previous_address": f"{kind}.before"}


def _imported(kind: str, values: Object) -> Object:
    entry = change(_address(kind), values, actions=["no-op"], before=values)
    inner = entry["change"]
    assert isinstance(inner, dict)
    return entry | {"change": inner | {"importing": {"id": "demo"}}}


def _let_go(*actions: str, deposed: str = "") -> Callable[[str, Object], Object]:
    return lambda kind, values: change(_address(kind), actions=actions, before=values, deposed=deposed)


def _replaced_by_forgetting(kind: str, values: Object) -> Object:
    """Terraform makes another one, and lets go of the old one, which stays."""
    return change(_address(kind), values, actions=["create", "forget"], before=values)


ALIVE: dict[str, Callable[[str, Object], Object]] = {
    "created": _stays("create"),
    "kept": _stays("no-op"),
    "changed": _stays("update"),
    "replaced": _stays("delete", "create"),
    "replaced before it is destroyed": _stays("create", "delete"),
    "moved": _moved,
    "imported": _imported,
    "forgotten": _let_go("forget"),
    "replaced and forgotten": _replaced_by_forgetting,
    "deposed": _let_go("delete", deposed="0a1b2c3d"),
}


def _findings(*changes: Object) -> list[Finding]:
    account = change("google_service_account.writer", {"email": _WRITER, "account_id": "writer"}, actions=["no-op"])
    grant: Object = {"bucket": "demo", "role": "roles/storage.objectViewer", "member": f"serviceAccount:{_WRITER}"}
    clean = change("google_storage_bucket_iam_member.clean", grant | {"condition": _FOLDER}, actions=["no-op"])
    case = open_case(load_plan_text(text(plan(account, clean, *changes)), "plan.json"), None)
    return list(judge(case).findings)


def test_the_plan_without_the_route_is_clean() -> None:
    """So that each finding below is about the route."""
    assert _findings() == []


@pytest.mark.parametrize(("kind", "life"), list(product(ROUTES, ALIVE)))
def test_what_exists_after_apply_is_found(kind: str, life: str) -> None:
    """However it came to exist, and whatever Terraform calls it."""
    rule, values = ROUTES[kind]

    found = _findings(ALIVE[life](kind, values))

    assert [finding for finding in found if finding.rule == rule and _address(kind) in finding.place], (kind, life)


@pytest.mark.parametrize("kind", ROUTES)
def test_what_terraform_deletes_is_not_found(kind: str) -> None:
    """A grant that is gone grants nothing: the plan that mends a mistake is clean."""
    assert _findings(_let_go("delete")(kind, ROUTES[kind][1])) == []


@pytest.mark.parametrize("kind", ["google_storage_bucket_acl", "google_storage_hmac_key", "google_iam_deny_policy"])
def test_what_terraform_abandons_is_found(kind: str) -> None:
    """`deletion_policy = "ABANDON"` turns the deletion into letting go."""
    rule, values = ROUTES[kind]

    found = _findings(_let_go("delete")(kind, values | {"deletion_policy": "ABANDON"}))

    assert rule in {finding.rule for finding in found}


@pytest.mark.parametrize("life", ALIVE)
def test_a_custom_role_counts_in_every_life(life: str) -> None:
    """A role that gained a permission is found through the grant that names it."""
    name = "projects/demo-project/roles/r"
    role: Object = {"role_id": "r", "project": "demo-project", "name": name, "permissions": ["storage.objects.list"]}
    grant: Object = {"bucket": "demo", "role": name, "member": _ANN, "condition": []}

    found = _findings(
        ALIVE[life]("google_project_iam_custom_role", role),
        change("google_storage_bucket_iam_member.named", grant, actions=["no-op"]),
    )

    assert [finding.rule for finding in found] == ["bucket-wide-grant"]
