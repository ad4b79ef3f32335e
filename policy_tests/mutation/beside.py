"""Operators over the plan beyond one binding: roles, other resources, the project, another workspace."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from policy_tests.mutation.operators import Changed, Registry
from policy_tests.mutation.plans import ROLE, Entry, Plan
from policy_tests.mutation.sites import SITES, account, custom, expression

__all__ = ["BESIDE"]

BESIDE = Registry()
_Mutants = Iterator[tuple[str, Changed]]
_MEMBER = "google_storage_bucket_iam_member"
_GAINS = (
    "storage.objects.delete",
    "storage.objects.update",
    "storage.objects.create",
    "storage.objects.list",
    "storage.buckets.setIamPolicy",
    "storage.objects.setIamPolicy",
)


def _role_with(plan: Plan, index: int, permissions: list[str]) -> Plan:
    def edit(entry: Entry) -> None:
        entry["change"]["after"]["permissions"] = permissions

    return plan.edited(index, edit)


def _permissions(plan: Plan, index: int) -> list[str]:
    held: list[str] = plan.entries[index]["change"]["after"]["permissions"]
    return held


@BESIDE.add("a custom role gains a permission")
def role_gains(plan: Plan) -> _Mutants:
    for number, index in enumerate(plan.of_type(ROLE)):
        held = _permissions(plan, index)
        for more in (_GAINS[number], _GAINS[(number + 1) % len(_GAINS)]):
            if more not in held:
                yield f"{plan.entries[index]['index']} gains {more}", _role_with(plan, index, [*held, more])


@BESIDE.add("a custom role loses a permission")
def role_loses(plan: Plan) -> _Mutants:
    for index in plan.of_type(ROLE):
        held = _permissions(plan, index)
        for less in held[:2]:
            kept = [permission for permission in held if permission != less]
            yield f"{plan.entries[index]['index']} loses {less}", _role_with(plan, index, kept)


@BESIDE.add("a deposed copy of a custom role holds more")
def role_deposed(plan: Plan) -> _Mutants:
    for number, index in enumerate(plan.of_type(ROLE)):
        entry = copy.deepcopy(plan.entries[index])
        after: dict[str, Any] = entry["change"]["after"]
        name = f"projects/{after['project']}/roles/{after['role_id']}"
        before = after | {"permissions": [_GAINS[number], *after["permissions"]], "name": name}
        entry["deposed"] = "0a1b2c3d"
        entry["change"] |= {"actions": ["delete"], "before": before, "after": None, "after_unknown": {}}
        yield f"{entry['index']} with {_GAINS[number]}", plan.with_entries([*plan.entries, entry])


@BESIDE.add("an account holds a predefined role on the project")
def project_level(plan: Plan) -> _Mutants:
    for name, role in (
        ("api", "roles/storage.objectViewer"),
        ("reader", "roles/storage.objectCreator"),
        ("gc", "roles/storage.objectAdmin"),
        ("invoker", "roles/storage.objectUser"),
        ("compactor", "roles/storage.admin"),
        ("antientropy", "roles/storage.legacyBucketReader"),
    ):
        yield f"{name} {role}", _on_project(plan, role, account(plan, name), [])


@BESIDE.add("an account holds a custom role on the project, within the folder of another")
def project_level_within_a_folder(plan: Plan) -> _Mutants:
    for number, index in enumerate((*SITES[:4], *SITES[5:7])):
        condition = [{"title": "project", "expression": expression(plan, index)}]
        who = account(plan, ("invoker", "reader")[number % 2])
        yield f"binding {index}", _on_project(plan, custom(plan, "swap"), who, condition)


def _on_project(plan: Plan, role: str, member: str, condition: list[dict[str, str]]) -> Plan:
    project = plan.document["variables"]["project"]["value"]
    after = {"project": project, "role": role, "member": member, "condition": condition}
    return plan.with_resource("google_project_iam_member", "m", after)


@BESIDE.add("a member resource stands beside the policy")
def member_beside(plan: Plan) -> _Mutants:
    for number, name in enumerate(("api", "reader", "gc", "invoker", "compactor", "antientropy")):
        role = custom(plan, ("swap", "sweep", "create")[number % 3])
        condition = [{"title": "beside", "expression": expression(plan, SITES[number + 1])}] if number % 2 else []
        after = {"bucket": plan.buckets[0], "role": role, "member": account(plan, name), "condition": condition}
        yield f"{name} {role}", plan.with_resource(_MEMBER, "m", after)


@BESIDE.add("a stranger's member resource stands beside the policy")
def stranger_beside(plan: Plan) -> _Mutants:
    for number, role in enumerate(("objectViewer", "objectCreator", "objectAdmin", "legacyBucketReader", "objectUser")):
        who = ("user:eve@example.com", "group:all@example.com")[number % 2]
        after = {"bucket": f"b/{plan.buckets[0]}", "role": f"roles/storage.{role}", "member": who, "condition": []}
        yield f"{who} {role}", plan.with_resource(_MEMBER, "m", after)


@BESIDE.add("somebody may act as an account of the workspace")
def account_taken_over(plan: Plan) -> _Mutants:
    roles = ("iam.serviceAccountTokenCreator", "iam.serviceAccountOpenIdTokenCreator", "iam.workloadIdentityUser")
    for number, name in enumerate(("api", "compactor", "gc", "antientropy", "reader", "api")):
        email = account(plan, name).partition(":")[2]
        project = plan.document["variables"]["project"]["value"]
        who = ("user:eve@example.com", account(plan, "invoker"))[number % 2]
        after = {
            "service_account_id": f"projects/{project}/serviceAccounts/{email}",
            "role": f"roles/{roles[number % len(roles)]}",
            "member": who,
            "condition": [],
        }
        label = f"{who} as {name} by {after['role']}"
        yield label, plan.with_resource("google_service_account_iam_member", "m", after)


@BESIDE.add("somebody may act as every account of the project")
def every_account_taken_over(plan: Plan) -> _Mutants:
    for number, role in enumerate(
        (
            "serviceAccountTokenCreator",
            "serviceAccountKeyAdmin",
            "serviceAccountAdmin",
            "workloadIdentityUser",
            "securityAdmin",
        )
    ):
        who = ("user:eve@example.com", account(plan, "invoker"))[number % 2]
        yield f"{who} {role}", _on_project(plan, f"roles/iam.{role}", who, [])


@BESIDE.add("a binding is taken over by the account of another workspace", workspaces=2)
def workspaces_crossed(plan: Plan) -> _Mutants:
    others = plan.bindings_of(1)
    for index in SITES[:8]:
        (other,) = {
            m for binding in others for m in binding["members"] if m[:19] == plan.bindings[index]["members"][0][:19]
        }
        yield f"binding {index}", plan.with_binding(index, members=[other])


@BESIDE.add("a binding names the folder of another workspace", workspaces=2)
def scope_of_another_workspace(plan: Plan) -> _Mutants:
    titles = {binding["condition"]["title"]: binding for binding in plan.bindings_of(1) if "condition" in binding}
    for index in SITES[:8]:
        other = titles[plan.bindings[index]["condition"]["title"]]["condition"]["expression"]
        yield f"binding {index}", plan.with_expression(index, other)


@BESIDE.add("an account of one workspace holds a grant on the bucket of another", workspaces=2)
def bucket_of_another_workspace(plan: Plan) -> _Mutants:
    others = plan.bindings_of(1)
    for index in SITES[:6]:
        binding = plan.bindings[index]
        title = binding["condition"]["title"]
        where = next(i for i, other in enumerate(others) if other.get("condition", {}).get("title") == title)
        members = [*others[where]["members"], *binding["members"]]
        changed = [*others[:where], others[where] | {"members": members}, *others[where + 1 :]]
        yield f"binding {index}", plan.with_bindings(changed, 1)
