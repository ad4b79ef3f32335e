"""One mistake in a plan that Terraform made of this repository: the exact set of rules that must find it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from arco.policy.case import Case, open_case
from arco.policy.matrix import read_matrix
from arco.policy.terraform.plan import load_plan_text
from policy_tests.inputs import MATRIX, findings_of, plan_of, rule_ids

Plan = dict[str, Any]
_RECORDED: Plan = json.loads(plan_of("dev").read_text(encoding="utf-8"))
_POLICY, _BUCKET, _ROLE = "google_storage_bucket_iam_policy", "google_storage_bucket", "google_project_iam_custom_role"
_PROD = 'module.workspace["acme/prod"]'
_LAB = 'module.workspace["acme/lab"]'


def _entry(plan: Plan, kind: str, where: str) -> Plan:
    entries = [e for e in plan["resource_changes"] if e["type"] == kind and e["address"].startswith(where)]
    assert entries, (kind, where)
    found: Plan = entries[0]
    return found


def _rewritten(old: str, new: str) -> Callable[[Plan], None]:
    """Edit the text of the policy of acme/prod."""

    def edit(plan: Plan) -> None:
        after = _entry(plan, _POLICY, _PROD)["change"]["after"]
        assert after["policy_data"].count(old) == 1, old
        after["policy_data"] = after["policy_data"].replace(old, new)

    return edit


def _bindings(edit: Callable[[list[Plan]], None]) -> Callable[[Plan], None]:
    """Edit the bindings of the policy of acme/prod."""

    def apply(plan: Plan) -> None:
        after = _entry(plan, _POLICY, _PROD)["change"]["after"]
        policy = json.loads(after["policy_data"])
        edit(policy["bindings"])
        after["policy_data"] = json.dumps(policy)

    return apply


def _unconditional(bindings: list[Plan]) -> None:
    del next(b for b in bindings if "api get heads" in str(b.get("condition")))["condition"]


def _public(bindings: list[Plan]) -> None:
    next(b for b in bindings if b["role"].endswith("_list"))["members"].append("allUsers")


def _swapped(plan: Plan) -> None:
    first, second = (_entry(plan, _POLICY, where)["change"]["after"] for where in (_PROD, _LAB))
    first["policy_data"], second["policy_data"] = second["policy_data"], first["policy_data"]


def _role_deletes(plan: Plan) -> None:
    _entry(plan, _ROLE, f'{_ROLE}.verb["create"]')["change"]["after"]["permissions"].append("storage.objects.delete")


def _not_uniform(plan: Plan) -> None:
    _entry(plan, _BUCKET, _PROD)["change"]["after"]["uniform_bucket_level_access"] = False


def _acting(*actions: str) -> Callable[[Plan], None]:
    """Let Terraform do something else with the policy of acme/prod, which exists."""

    def edit(plan: Plan) -> None:
        change = _entry(plan, _POLICY, _PROD)["change"]
        change.update(actions=list(actions), before=change["after"], after=None, after_unknown={})

    return edit


def _bucket_replaced(plan: Plan) -> None:
    """Make the bucket of acme/prod anew and leave its policy as the state has it."""
    for kind, actions in ((_BUCKET, ["delete", "create"]), (_POLICY, ["no-op"])):
        change = _entry(plan, kind, _PROD)["change"]
        change.update(actions=actions, before=change["after"], after_unknown={})


def _policy_emptied(plan: Plan) -> None:
    """Destroy the policy of acme/prod after it is made anew."""
    change = _entry(plan, _POLICY, _PROD)["change"]
    change.update(actions=["create", "delete"], before=change["after"])


def _deposed_role(plan: Plan) -> None:
    entry = copy.deepcopy(_entry(plan, _ROLE, f'{_ROLE}.verb["create"]'))
    before = entry["change"]["after"] | {
        "permissions": ["storage.objects.delete"],
        "name": "projects/arco-catalog-dev/roles/arco_create",
    }
    entry["deposed"] = "0a1b2c3d"
    entry["change"].update(actions=["delete"], before=before, after=None, after_unknown={})
    plan["resource_changes"].append(entry)


def _member_beside(plan: Plan) -> None:
    bucket = _entry(plan, _POLICY, _PROD)["change"]["after"]["bucket"]
    entry = copy.deepcopy(_entry(plan, _POLICY, _PROD))
    entry.update(address="google_storage_bucket_iam_member.m", type="google_storage_bucket_iam_member", name="m")
    del entry["module_address"]
    role, who = "roles/storage.legacyObjectReader", "user:ann@example.com"
    after = {"bucket": bucket, "role": role, "member": who, "condition": []}
    entry["change"].update(after=after, after_unknown={}, after_sensitive={})
    plan["resource_changes"].append(entry)


_MISTAKES: dict[str, tuple[Callable[[Plan], None], set[str]]] = {
    "condition dropped": (_bindings(_unconditional), {"bucket-wide-grant", "outside-prefix", "matrix-mismatch"}),
    "everybody lists": (
        _bindings(_public),
        {"public-access", "bucket-wide-grant", "fast-path-list", "matrix-mismatch"},
    ),
    "policies swapped": (
        _swapped,
        {"matrix-mismatch", "fast-path-list", "bucket-wide-grant", "condition-dead", "cross-scope"},
    ),
    "role deletes": (_role_deletes, {"immutable-root-overwrite", "matrix-mismatch"}),
    "uniform access off": (_not_uniform, {"condition-refused", "uniform-access"}),
    "policy deleted": (_acting("delete"), {"matrix-mismatch", "default-bindings"}),
    "policy forgotten": (_acting("forget"), {"default-bindings"}),
    "bucket replaced without its policy": (_bucket_replaced, {"unknown"}),
    "policy emptied by its own replacement": (_policy_emptied, {"unknown"}),
    "deposed role": (_deposed_role, {"immutable-root-overwrite", "matrix-mismatch"}),
    "member beside the policy": (
        _member_beside,
        {"bucket-wide-grant", "outside-prefix", "matrix-mismatch", "policy-conflict"},
    ),
    "keys in capitals": (_rewritten('{"bindings":', '{"Bindings":'), {"unknown", "matrix-mismatch"}),
}


def _case(plan: Plan) -> Case:
    return open_case(load_plan_text(json.dumps(plan), "plan.json"), read_matrix(MATRIX))


@pytest.mark.parametrize("name", _MISTAKES)
def test_a_mistake_in_a_plan_is_found_by_exactly_these_rules(name: str) -> None:
    """The plan as recorded is clean; with one edit, these rules find it, and name the workspace."""
    edit, expected = _MISTAKES[name]
    plan = copy.deepcopy(_RECORDED)

    edit(plan)
    found = findings_of(_case(plan))

    assert rule_ids(found) == expected
    assert any("acme/prod" in f"{finding.claim} {finding.place} {finding.witness}" for finding in found)


def test_the_recorded_plan_is_clean() -> None:
    """Without an edit nothing is found, so that each edit is what is found."""
    assert findings_of(_case(_RECORDED)) == []


def test_every_dropped_slash_in_a_plan_is_found() -> None:
    """Each condition of each workspace: the slash before the closing quote is dropped."""
    policies = [e["address"] for e in _RECORDED["resource_changes"] if e["type"] == _POLICY]
    silent = []
    for address in policies:
        data: str = _entry(_RECORDED, _POLICY, address)["change"]["after"]["policy_data"]
        expressions = {b["condition"]["expression"] for b in json.loads(data)["bindings"] if "condition" in b}
        for expression in sorted(expressions):
            plan = copy.deepcopy(_RECORDED)
            policy = json.loads(data)
            for binding in policy["bindings"]:
                if binding.get("condition", {}).get("expression") == expression:
                    binding["condition"]["expression"] = expression.replace('/")', '")')
            _entry(plan, _POLICY, address)["change"]["after"]["policy_data"] = json.dumps(policy)
            found = rule_ids(findings_of(_case(plan)))
            if not {"condition-no-slash", "outside-prefix", "matrix-mismatch"} <= found:
                silent.append((address, expression))

    assert len(policies) == 3
    assert silent == []
