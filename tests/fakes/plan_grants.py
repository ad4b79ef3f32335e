"""Grants whose attributes are unknown at plan, and the question what a loader makes of them."""

from __future__ import annotations

from arco.policy.deployment import Deployment
from arco.policy.terraform.plan import load_plan_text
from arco.policy.values import Unknown, Value
from tests.fakes.plan_builder import Json, Object, block, change, module, plan, text

__all__ = [
    "ACCOUNT",
    "BINDING",
    "BUCKET",
    "EMAIL",
    "MEMBER",
    "NAME",
    "ROLE",
    "grant",
    "load",
    "reason_of",
    "settle",
    "value_of",
]

MEMBER = "google_storage_bucket_iam_member.x"
BINDING = "google_storage_bucket_iam_binding.x"
ROLE = "google_project_iam_custom_role.r"
ACCOUNT = "google_service_account.a"
BUCKET = "google_storage_bucket.b"
NAME = "projects/demo-project/roles/arco_get"
EMAIL = "reader@demo-project.iam.gserviceaccount.com"


def load(*changes: Object, root: Object, **more: Json) -> Deployment:
    """Load a plan of `changes` with the configuration `root`; `more` are further members of the top."""
    return load_plan_text(text(plan(*changes, root=root, more=more)), "plan.json")


def value_of(loaded: Deployment, address: str, name: str) -> Value:
    """Give the attribute `name` of the instance at `address`."""
    (instance,) = [one for one in loaded.instances if one.address == address]
    return instance.values[name]


def grant(address: str = MEMBER, *unknown: str) -> Object:
    """Plan a grant of which the attributes `unknown` are known only after apply."""
    after: Object = {"bucket": "demo", "role": "roles/x", "member": "allUsers", "condition": []}
    known: Object = {name: value for name, value in after.items() if name not in unknown}
    return change(address, known, unknown=dict.fromkeys(unknown, True))


def settle(attribute: str, expression: Object, *others: Object) -> Value:
    """Load a grant whose `attribute` is unknown and written as `expression`, beside `others`."""
    root = module(block(MEMBER, {attribute: expression}))
    return value_of(load(grant(MEMBER, attribute), *others, root=root), MEMBER, attribute)


def reason_of(value: Value) -> str:
    """Give the reason of a value, which must be unknown."""
    assert isinstance(value, Unknown)
    return value.reason
