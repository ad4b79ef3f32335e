"""Large plans that are clean, and one fault to plant among ten thousand grants.

Two kinds: the recorded plan of this repository with as many workspaces as wanted, whole as Terraform writes it (planned
values, prior state and checks included), which the access matrix describes; and a plan of many teams without a layout,
whose grants stand in members and bindings, on buckets, folders and a project.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import islice, product

from tests.fakes.plan_builder import PROJECT, Json, Object, change, custom_role, plan, text
from tests.tree import ROOT

__all__ = ["CATALOG_GRANTS", "catalog_plan", "faulty", "teams_plan"]

# Grants in one workspace of the catalog.
CATALOG_GRANTS = 28
_OWNER = "arco-catalog-dev"
_MODEL = {"tenant": "acme", "workspace": "prod"}
_DIGEST = "97462f8097f25113"
_MODULE, _FOREIGN = 'module.workspace["acme/prod"]', ('module.workspace["acme-2/prod"]', 'module.workspace["acme/lab"]')
_LAST_PREFIX = re.compile(r'(?<=[a-z0-9])/\\+"\)')
# Ways to write one condition: each means the same, and each is another expression to decide.
_SPELLINGS = ("{0}", "!(!{0})", "{0} || {0}", "({0} && true)", '{0} && resource.name != "x"')


def catalog_plan(workspaces: int) -> str:
    """Give the text of a plan with so many workspaces, `CATALOG_GRANTS` grants in each. The access matrix holds."""
    recorded: Json = json.loads((ROOT / "tests/terraform/plans/dev.plan.json").read_text())
    return json.dumps(_grown(recorded, workspaces))


def _grown(value: Json, workspaces: int) -> Json:
    """Repeat what belongs to the model's workspace for each new one, and leave out the other recorded ones."""
    if isinstance(value, dict):
        return {key: _grown(item, workspaces) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    grown: list[Json] = []
    for item in value:
        place = _place(item)
        if place == _MODEL or (isinstance(place, str) and place.startswith(_MODULE)):
            model = json.dumps(item)
            grown += (_renamed(model, number) for number in range(workspaces))
        elif isinstance(place, str) and not place.startswith(_FOREIGN):
            grown.append(_grown(item, workspaces))
    return grown


def _place(item: Json) -> Json:
    """Say whose an item of a list is: the address of a resource or module, a workspace's own record, or nobody's."""
    if not isinstance(item, dict):
        return ""
    if item.keys() == _MODEL.keys():
        return item
    address: Json = item.get("address", "")
    return address.get("to_display") if isinstance(address, dict) else address


def _renamed(model: str, number: int) -> Json:
    """Make the model's item that of the workspace `t{number}/prod`."""
    tenant = f"t{number}"
    digest = hashlib.sha256(f"{_OWNER}/{tenant}/prod".encode()).hexdigest()
    changed = model.replace("acme/prod", f"{tenant}/prod").replace("acme/workspace=prod", f"{tenant}/workspace=prod")
    changed = changed.replace('"acme"', f'"{tenant}"').replace(_DIGEST, digest[:16]).replace(_DIGEST[:10], digest[:10])
    item: Json = json.loads(changed)
    return _respelled(item)


def _respelled(value: Json) -> Json:
    """Write the conditions of a policy in turn in each way that means the same."""
    if isinstance(value, dict):
        value = {key: _respelled(item) for key, item in value.items()}
        if isinstance(data := value.get("policy_data"), str):
            policy = json.loads(data)
            for number, binding in enumerate(policy["bindings"]):
                if "condition" in binding:
                    condition = binding["condition"]
                    condition["expression"] = _SPELLINGS[number % len(_SPELLINGS)].format(condition["expression"])
            value["policy_data"] = json.dumps(policy)
        return value
    return [_respelled(item) for item in value] if isinstance(value, list) else value


def teams_plan(grants: int) -> str:
    """Give the text of a clean plan with so many grants, by members and bindings, under conditions of many shapes."""
    roles = [custom_role(f'google_project_iam_custom_role.r["{n}"]', f"team_role_{n}") for n in range(20)]
    entries = islice(_team_grants(), grants)
    buckets = (
        change(
            f'google_storage_bucket.b["{n}"]',
            {
                "name": f"team-{n}",
                "project": PROJECT,
                "uniform_bucket_level_access": True,
                "public_access_prevention": "enforced",
            },
        )
        for n in range(grants // 10 + 1)
    )
    return text(plan(*roles, *buckets, *entries))


def _team_grants() -> Iterator[Object]:
    """Yield grants without end: ten for each team's bucket, of people, groups, accounts and federated principals."""
    team = 0
    while True:
        bucket, objects = f"team-{team}", f"projects/_/buckets/team-{team}/objects/"
        for number, (expression, role) in enumerate(islice(_questions(objects, team), 10)):
            member = (
                f"user:u{number}@example.com",
                f"group:g{team}@example.com",
                f"serviceAccount:s{team}@example.com",
            )
            condition: Object = {"title": f"c{number}", "expression": expression, "description": None}
            after: Object = {"bucket": bucket, "role": role, "member": member[number % 3], "condition": [condition]}
            yield change(f'google_storage_bucket_iam_member.m["{team}/{number}"]', after)
        team += 1


def _questions(objects: str, team: int) -> Iterator[tuple[str, str]]:
    """Yield pairs of a condition inside one folder and a role."""
    folders = (
        'resource.name.startsWith("{0}a{1}/")',
        'resource.name.startsWith("{0}b/") && request.time < timestamp("2030-01-01T00:00:00Z")',
        'resource.name.startsWith("{0}c/") && !resource.name.endsWith(".tmp")',
        'resource.name.startsWith("{0}d/") || resource.name.startsWith("{0}e/x{1}/")',
        'resource.name == "{0}f/index.json"',
        'resource.name.startsWith("{0}g/{1}/") && resource.matchTag("1/env", "prod")',
        'resource.name.startsWith("{0}t/") && resource.name.extract("{0}t/{{day}}/") == "2026-{1}"',
    )
    roles = ("roles/storage.objectViewer", "roles/storage.objectCreator", "roles/storage.objectUser")
    custom = f"projects/{PROJECT}/roles/team_role_{team % 20}"
    yield from ((folder.format(objects, team % 7), role) for role, folder in product((custom, *roles), folders))


def faulty(plan_text: str) -> str:
    """Drop the final slash of the last prefix in a clean plan, and change nothing else."""
    *_, last = _LAST_PREFIX.finditer(plan_text)
    return plan_text[: last.start()] + plan_text[last.start() + 1 :]
