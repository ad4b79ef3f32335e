"""The recorded plan of this repository, cut down to one workspace: every shape of value, each a third as often."""

from __future__ import annotations

import json
from typing import TypeAlias

from arco.policy.deployment import Deployment
from arco.policy.terraform.plan import load_plan_text
from tests.tree import ROOT

__all__ = ["RECORDED", "SMALL", "load"]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

RECORDED = (ROOT / "tests/terraform/plans/dev.plan.json").read_text()
_KEPT = {"tenant": "acme", "workspace": "prod"}
_OTHERS = ('module.workspace["acme-2/prod"]', 'module.workspace["acme/lab"]')


def load(text: str) -> Deployment:
    """Load the text of a plan."""
    return load_plan_text(text, "plan.json")


def _cut(value: Json) -> Json:
    """Leave out what belongs to other workspaces."""
    if isinstance(value, list):
        return [_cut(item) for item in value if not _is_foreign(item)]
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items() if not key.startswith(_OTHERS)}
    return value


def _is_foreign(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    address = value.get("address", value.get("to_display"))
    place = address.get("to_display") if isinstance(address, dict) else address
    workspace = value.keys() == _KEPT.keys() and value != _KEPT
    return workspace or (isinstance(place, str) and place.startswith(_OTHERS))


SMALL = json.dumps(_cut(json.loads(RECORDED)))
