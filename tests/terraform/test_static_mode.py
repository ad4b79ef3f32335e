"""Static mode against real Terraform core, on this repository's modules: the same refusals, attributes and names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arco.errors import InputError
from arco.policy.deployment import Deployment
from arco.policy.terraform import load
from arco.policy.values import Document, SetOf, Text, Unknown, Value

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENTS = ("dev", "prod", "staging")
NAME = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)
# Names that a careless join with '-', '_' or '/' would confuse.
CONFUSABLE = st.text("a-_", min_size=0, max_size=3).map("a{}".format)


def _cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return cases


def _load(directory: str, environment: str | None, variables: dict[str, Any], scratch: Path) -> Deployment:
    files = [] if environment is None else [ROOT / f"infra/environments/{environment}.tfvars"]
    override = scratch / "override.tfvars"
    override.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in variables.items()))
    return load(ROOT / directory, [*files, override])


def _plain(value: Value) -> object:
    match value:
        case Text():
            return value.value if value.known else None
        case Document():
            return value.text.value
        case SetOf():
            return [_plain(item) for item in value.items]
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case Unknown():
            return None
        case _:
            return value


def _set(value: object) -> object:
    """Return what the plan shows without what nobody wrote: null and blocks that are not there."""
    if isinstance(value, dict):
        return {key: _set(item) for key, item in value.items() if item is not None and item != []}
    if isinstance(value, list):
        return [_set(item) for item in value]
    return value


def _refused() -> list[Any]:
    cases = [case for case in _cases("refused.json") if case["by"] == "validation"]
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", _refused())
def test_static_mode_refuses_what_core_refuses(case: dict[str, Any], tmp_path: Path) -> None:
    """A failed validation is an input error with the module's own message, as recorded from core."""
    directory = case.get("directory", "infra/terraform")

    with pytest.raises(InputError) as caught:
        _load(directory, case.get("environment"), case["variables"], tmp_path)
    assert case["message"] in str(caught.value)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_attribute_of_a_plan_is_the_same_in_static_mode(environment: str, tmp_path: Path) -> None:
    """Core knows an attribute at plan time: static mode says the same, down to the text of policy_data."""
    recorded = json.loads((HERE / f"plans/{environment}.plan.json").read_text(encoding="utf-8"))["resource_changes"]
    deployment = _load("infra/terraform", environment, {}, tmp_path)
    instances = {instance.address: instance for instance in deployment.instances if not instance.data}

    assert sorted(instances) == sorted(change["address"] for change in recorded)
    for change in recorded:
        after = _set(change["change"]["after"])
        assert isinstance(after, dict)
        static = {name: _plain(instances[change["address"]].values.get(name)) for name in after}
        assert _set(static) == after, change["address"]


@pytest.mark.parametrize("case", _cases("accepted.json"), ids=lambda c: c["name"])
def test_static_mode_derives_the_names_that_core_derives(case: dict[str, Any], tmp_path: Path) -> None:
    """Digests, joins and cuts of unusual names are Terraform's."""
    recorded = json.loads((HERE / "plans/names.json").read_text(encoding="utf-8"))["names"][case["name"]]
    deployment = _load("infra/terraform", case["environment"], case["variables"], tmp_path)
    buckets = {_plain(i.values["name"]) for i in deployment.instances if i.type == "google_storage_bucket"}
    emails = {_plain(i.values["email"]) for i in deployment.instances if i.type == "google_service_account"}

    assert buckets == {names["bucket"] for names in recorded.values()}
    assert emails == {email for names in recorded.values() for email in names["accounts"].values()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NAME | CONFUSABLE, NAME | CONFUSABLE), min_size=2, max_size=4, unique=True))
def test_no_two_workspaces_share_a_name(tmp_path: Path, pairs: list[tuple[str, str]]) -> None:
    """Whatever the names, buckets and accounts are apart, as long as Google allows, and derive as promised."""
    workspaces = [{"tenant": tenant, "workspace": workspace} for tenant, workspace in pairs]
    deployment = _load("infra/terraform", "dev", {"workspaces": workspaces}, tmp_path)
    buckets = [_plain(i.values["name"]) for i in deployment.instances if i.type == "google_storage_bucket"]
    accounts = [_plain(i.values["account_id"]) for i in deployment.instances if i.type == "google_service_account"]
    digests = [hashlib.sha256(f"arco-catalog-dev/{t}/{w}".encode()).hexdigest() for t, w in pairs]

    assert sorted(map(str, buckets)) == sorted(f"arco-{digest[:16]}" for digest in digests)
    assert {f"gc-{digest[:10]}" for digest in digests} <= set(accounts)
    assert len(set(accounts)) == len(accounts) == 6 * len(pairs)
    assert all(6 <= len(str(account)) <= 30 for account in accounts)
