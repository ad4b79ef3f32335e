"""Terraform's own plans of this repository's modules are of today's inputs and show the whole policy.

What this proves is core and schema; ``README.md`` beside this file says what it does not.
"""

from __future__ import annotations

import hashlib
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RECORD = "make plans"
ENVIRONMENTS = ("dev", "prod", "staging")
KNOWN = (*ENVIRONMENTS, "emails_unknown", "unchanged")
DEFERRED = ("direct_reference", "module_depends_on")
POLICY = "google_storage_bucket_iam_policy"


def _load(path: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((HERE / path).read_text(encoding="utf-8"))
    return value


def _cases(path: str) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = json.loads((HERE / path).read_text(encoding="utf-8"))
    return value


def _policies(plan: str) -> dict[str, dict[str, Any]]:
    changes = _load(f"plans/{plan}.plan.json")["resource_changes"]
    found = {change["module_address"]: change["change"] for change in changes if change["type"] == POLICY}
    assert found, f"no {POLICY} in the plan {plan}"
    return found


def test_recordings_are_of_todays_inputs() -> None:
    """A recorded plan of other modules would prove something about other modules."""
    recorded = _load("plans/inputs.json")
    paths = {path for pattern in recorded["globs"] for path in ROOT.glob(pattern) if path.is_file()}
    today = {path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    changed = sorted({path for path, _ in today.items() ^ recorded["files"].items()})

    assert not changed, f"changed since they were recorded: {', '.join(changed)}\nrecord again with: {RECORD}"


@pytest.mark.parametrize("plan", KNOWN)
def test_plan_shows_every_policy(plan: str) -> None:
    """Nothing in a bucket policy is unknown before anything exists, not even with a provider that knows no e-mail."""
    for address, change in _policies(plan).items():
        assert "policy_data" in change["after"], address
        assert not change["after_unknown"].get("policy_data"), address


@pytest.mark.parametrize("plan", DEFERRED)
def test_planted_reference_hides_the_policy(plan: str) -> None:
    """The test above bites: one direct reference, or depends_on on the module, and policy_data is unknown."""
    for address, change in _policies(plan).items():
        assert change["after_unknown"]["policy_data"] is True, address
        assert "policy_data" not in change["after"], address


@pytest.mark.parametrize("plan", ENVIRONMENTS)
def test_plan_is_complete_and_has_all_workspaces(plan: str) -> None:
    """Three workspaces, each with a policy, a bucket and six accounts, and six roles for all of them."""
    recorded = _load(f"plans/{plan}.plan.json")
    counts: dict[str, int] = {}
    for change in recorded["resource_changes"]:
        assert change["change"]["actions"] == ["create"]
        counts[change["type"]] = counts.get(change["type"], 0) + 1

    assert recorded["complete"] is True
    assert recorded["errored"] is False
    assert counts == {
        POLICY: 3,
        "google_storage_bucket": 3,
        "google_service_account": 18,
        "google_project_iam_custom_role": 6,
    }


def test_second_plan_on_equal_inputs_changes_nothing() -> None:
    """What core plans once it does not plan again: no list is reordered, no default creeps in."""
    changes = _load("plans/unchanged.plan.json")["resource_changes"]

    assert len(changes) == 6 + 1 + 6 + 1
    assert all(change["change"]["actions"] == ["no-op"] for change in changes)


def test_teardown_as_in_the_runbook_deletes_six_accounts_and_nothing_else() -> None:
    """Forgetting the policy and the bucket first keeps both, and leaves other workspaces alone."""
    actions = _load("plans/teardown.actions.json")
    deleted = [address for address, action in actions.items() if action == ["delete"]]

    assert len(deleted) == 6
    assert all(address.startswith('module.workspace["acme/lab"].google_service_account.') for address in deleted)
    assert all(action == ["no-op"] for address, action in actions.items() if address not in deleted)


def test_policy_of_one_workspace_is_the_one_written_by_hand() -> None:
    """The expectation comes from the access matrix and the provider's documentation, not from the stand-in."""
    recorded = _policies("dev")['module.workspace["acme/prod"]']["after"]["policy_data"]
    expected = _load("expected/dev_acme_prod.json")

    assert json.loads(recorded) == expected
    assert recorded == json.dumps(expected, separators=(",", ":"))


@pytest.mark.parametrize("case", _cases("expected/policy_data.json"), ids=lambda case: case["claim"])
def test_standin_computes_policy_data_as_documented(case: dict[str, Any]) -> None:
    """The stand-in's merging, order and escapes are those of the provider's documentation."""
    standin = runpy.run_path(str(HERE / "standin" / "policy_data.py"), run_name="standin_policy_data")

    assert standin["policy_data"](case["bindings"]) == case["text"]


@pytest.mark.parametrize("plan", ENVIRONMENTS)
def test_names_in_a_plan_are_unique_and_fit(plan: str) -> None:
    """Two workspaces never share an account or a bucket, and no name is longer than Google allows."""
    changes = _load(f"plans/{plan}.plan.json")["resource_changes"]
    accounts = [c["change"]["after"]["account_id"] for c in changes if c["type"] == "google_service_account"]
    buckets = [c["change"]["after"]["name"] for c in changes if c["type"] == "google_storage_bucket"]

    assert len(set(accounts)) == len(accounts)
    assert len(set(buckets)) == len(buckets)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", account) for account in accounts)
    assert all(re.fullmatch(r"arco-[0-9a-f]{16}", bucket) for bucket in buckets)


def test_unusual_names_derive_what_the_architecture_says() -> None:
    """a-b/c against a/b-c, underscores, 63 characters, one workspace in two projects: all apart, all as written."""
    seen: dict[str, str] = {}
    for case in _cases("accepted.json"):
        project = f"arco-catalog-{case['environment']}"
        for key, names in _load("plans/names.json")["names"][case["name"]].items():
            digest = hashlib.sha256(f"{project}/{key}".encode()).hexdigest()
            api = f"api-{digest[:10]}@{project}.iam.gserviceaccount.com"

            assert names["bucket"] == f"arco-{digest[:16]}"
            assert names["accounts"]["api"] == api
            assert seen.setdefault(api, f"{project}/{key}") == f"{project}/{key}"
