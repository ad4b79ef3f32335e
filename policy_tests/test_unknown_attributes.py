"""Nobody is proved innocent by what nobody knows: one unknown attribute of one grant is never exit 0."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arco.errors import InputError
from arco.policy.case import open_case
from arco.policy.judge import judge
from arco.policy.matrix import read_matrix
from arco.policy.terraform import load
from arco.policy.terraform.plan import load_plan_text
from policy_tests.inputs import MATRIX, MODULES, one_workspace, plan_of
from policy_tests.unknowing import without_attribute, without_planned
from tests.fakes.plan_builder import Json, Object, block, change, constant, module, plan, text

_LEAVES_MIN = 100


def test_every_unknown_leaf_of_a_source_is_an_error(tmp_path: Path) -> None:
    """Role, each member, title, expression, bucket, the policy as a whole: each makes the check fail when unknown."""
    matrix, deployment = read_matrix(MATRIX), load(MODULES, [one_workspace(tmp_path)])

    verdicts = {label: judge(open_case(changed, matrix)).errors for label, changed in without_attribute(deployment)}

    assert len(verdicts) >= _LEAVES_MIN
    assert [label for label, errors in verdicts.items() if not errors] == []
    assert {label.rpartition(".")[2].partition("[")[0] for label in verdicts} >= {
        "bucket", "expression", "members", "policy_data", "role", "title",
    }  # fmt: skip


def test_every_unknown_leaf_is_an_error_without_a_matrix(tmp_path: Path) -> None:
    """The same, where only the rules that need no layout are asked: here the known grants alone are clean."""
    (tmp_path / "main.tf").write_text(_CLEAN, encoding="utf-8")
    deployment = load(tmp_path)

    verdicts = {label: judge(open_case(changed, None)).errors for label, changed in without_attribute(deployment)}

    assert judge(open_case(deployment, None)).errors == 0
    assert [label for label, errors in verdicts.items() if not errors] == []
    assert len(verdicts) == 17


def test_every_unknown_attribute_of_a_recorded_plan_is_an_error() -> None:
    """What Terraform reports as known after apply fails, unless the plan's configuration settles it again."""
    matrix = read_matrix(MATRIX)
    plans = dict(without_planned(plan_of("dev").read_text(encoding="utf-8")))

    verdicts = {label: judge(open_case(load_plan_text(plan, "plan"), matrix)).errors for label, plan in plans.items()}

    assert {label.rpartition(".")[2] for label in verdicts} >= {"bucket", "policy_data"}
    assert [label for label, errors in verdicts.items() if not errors] == []


@pytest.mark.parametrize("attribute", ["bucket", "role", "member", "condition"])
def test_every_unknown_attribute_of_a_planned_member_is_an_error(attribute: str) -> None:
    """A member that nobody can follow to a resource stays unknown."""
    address = "google_storage_bucket_iam_member.m"
    after: Object = {
        "bucket": "demo",
        "role": "roles/storage.objectViewer",
        "member": "user:a@example.com",
        "condition": _IF,
    }
    known: Object = {name: value for name, value in after.items() if name != attribute}
    expressions: Object = {"role": constant(_ROLE)}
    built = plan(change(address, known, unknown={attribute: True}), root=module(block(address, expressions)))

    judgement = judge(open_case(load_plan_text(text(built), "plan"), None))

    assert judgement.errors
    assert {finding.rule for finding in judgement.findings} == {"unknown"}


def test_a_policy_that_is_not_json_is_refused() -> None:
    """A plan whose policy nobody can read is an error of the input, not an empty policy."""
    recorded = json.loads(plan_of("dev").read_text(encoding="utf-8"))
    for entry in recorded["resource_changes"]:
        if entry["type"] == "google_storage_bucket_iam_policy":
            entry["change"]["after"]["policy_data"] = "{"

    with pytest.raises(InputError, match="policy_data is not a policy in JSON"):
        open_case(load_plan_text(json.dumps(recorded), "plan"), None)


_ROLE = "roles/storage.objectViewer"
_IF: Json = [
    {
        "title": "one folder",
        "description": "",
        "expression": 'resource.name.startsWith("projects/_/buckets/demo/objects/a/")',
    }
]
_CLEAN = r"""
resource "google_storage_bucket_iam_member" "member" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title       = "one folder"
    description = "reports"
    expression  = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}

resource "google_storage_bucket_iam_binding" "binding" {
  bucket  = "demo"
  role    = "roles/storage.objectCreator"
  members = ["user:ann@example.com", "user:bob@example.com"]

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/b/\")"
  }
}
"""
