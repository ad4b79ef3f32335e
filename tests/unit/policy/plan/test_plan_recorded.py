"""Plans that Terraform itself made of this repository's modules load, and what they leave open is what we know of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arco.policy.terraform.plan import load_plan, load_plan_text
from arco.policy.values import Text, Unknown, is_known

PLANS = Path(__file__).parents[3] / "terraform" / "plans"
POLICY = "google_storage_bucket_iam_policy"


@pytest.mark.parametrize("name", ["dev", "staging", "prod", "emails_unknown"])
def test_first_plan_of_an_environment_leaves_no_grant_open(name: str) -> None:
    """Bucket, policy and every account's e-mail are known before anything exists, and nothing had to be assumed."""
    loaded = load_plan(PLANS / f"{name}.plan.json")

    policies = [one for one in loaded.instances if one.type == POLICY]
    assert policies
    assert all(is_known(one.values["bucket"]) and is_known(one.values["policy_data"]) for one in policies)
    accounts = [one for one in loaded.instances if one.type == "google_service_account"]
    assert accounts
    assert all(is_known(one.values["email"]) and is_known(one.values["member"]) for one in accounts)
    assert loaded.assumptions == ()
    assert loaded.gaps == ()


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_email_that_the_loader_computes_is_the_one_that_terraform_planned(name: str) -> None:
    """With the known e-mails and members taken out, the loader computes them back."""
    path = PLANS / f"{name}.plan.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    planned = {}
    for entry in document["resource_changes"]:
        if entry["type"] == "google_service_account":
            change = entry["change"]
            planned[entry["address"]] = tuple(Text.of(change["after"].pop(key)) for key in ("email", "member"))
            change["after_unknown"] |= {"email": True, "member": True}

    loaded = load_plan_text(json.dumps(document), name)

    found = {
        one.address: (one.values["email"], one.values["member"]) for one in loaded.instances if one.address in planned
    }
    assert found == planned


@pytest.mark.parametrize("name", ["direct_reference", "module_depends_on"])
def test_policy_of_a_deferred_data_source_is_unknown(name: str) -> None:
    """A policy that Terraform reads at apply is not proved by its parts."""
    loaded = load_plan(PLANS / f"{name}.plan.json")

    (policy,) = [one for one in loaded.instances if one.type == POLICY]
    assert isinstance(policy.values["policy_data"], Unknown)
