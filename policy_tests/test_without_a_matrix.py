"""Inputs that have nothing to do with Arco: rules that need a layout are not asked, and the rest decide."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arco.cli import main
from arco.policy.rules import RULES
from tests.fakes.plan_builder import Json, Object, change, plan, text

_NEED_A_LAYOUT = [rule.id for rule in RULES if rule.needs_layout]
_CONFINED: Json = [
    {
        "title": "reports",
        "description": "",
        "expression": 'resource.name.startsWith("projects/_/buckets/company-data/objects/reports/")',
    }
]


def _written(tmp_path: Path, *changes: Object) -> str:
    path = tmp_path / "plan.json"
    path.write_text(text(plan(*changes)), encoding="utf-8")
    return str(path)


def _member(role: str, condition: Json) -> Object:
    after: Object = {"bucket": "company-data", "role": role, "member": "group:analysts@example.com"}
    return change("google_storage_bucket_iam_member.analysts", after | {"condition": condition})


def test_a_grant_on_a_folder_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A conditional reader of one folder is what everybody should write: exit 0, and what was not asked is listed."""
    path = _written(tmp_path, _member("roles/storage.objectViewer", _CONFINED))

    code = main(["policy", "check", path])

    output = capsys.readouterr().out
    assert code == 0
    assert f"not asked, for want of --matrix: {', '.join(_NEED_A_LAYOUT)}\n" in output
    assert "assumed: access inherited from the project" in output
    assert f"no errors ({len(RULES) - len(_NEED_A_LAYOUT)} rules, 1 grant, 1 principal, 1 bucket; " in output


def test_the_rules_that_were_not_asked_stand_in_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs can tell proved from not asked."""
    path = _written(tmp_path, _member("roles/storage.objectViewer", _CONFINED))

    main(["policy", "check", path, "--json"])

    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == "proved"
    assert document["rules"]["not_asked"] == _NEED_A_LAYOUT
    assert document["assumptions"]


@pytest.mark.parametrize("role", ["roles/storage.objectUser", "roles/storage.objectViewer", "roles/storage.admin"])
def test_a_grant_on_the_whole_bucket_is_found(role: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reaches every name of a bucket is named, with a witness."""
    path = _written(tmp_path, _member(role, []))

    code = main(["policy", "check", path])

    output = capsys.readouterr().out
    assert code == 1
    assert "error[bucket-wide-grant]: group:analysts@example.com can" in output
    assert "= witness: may" in output


def test_an_input_without_grants_is_not_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan that grants nothing gives 3: most likely it is not the plan that was meant."""
    path = _written(tmp_path, change("google_storage_bucket.b", {"name": "company-data"}))

    code = main(["policy", "check", path])

    assert code == 3
    assert "nothing to check" in capsys.readouterr().err


def test_other_clouds_are_no_concern(tmp_path: Path) -> None:
    """A role of another cloud grants nothing in Cloud Storage, whatever its type is called."""
    role = change("aws_iam_role.r", {"name": "lambda"})
    path = _written(tmp_path, role, _member("roles/storage.objectViewer", _CONFINED))

    code = main(["policy", "check", path])

    assert code == 0


def test_a_grant_on_something_else_without_storage_is_clean(tmp_path: Path) -> None:
    """A publisher on a topic reaches no object and becomes nobody else."""
    after: Object = {"topic": "t", "role": "roles/pubsub.publisher", "member": "user:a@example.com"}
    topic = change("google_pubsub_topic_iam_member.p", after)
    path = _written(tmp_path, topic, _member("roles/storage.objectViewer", _CONFINED))

    code = main(["policy", "check", path])

    assert code == 0


def test_a_type_that_nobody_knows_is_not_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new kind of IAM resource may grant anything, and fails closed."""
    after: Object = {"role": "roles/storage.admin", "member": "allUsers"}
    path = _written(tmp_path, change("google_storage_control_iam_grant.g", after))

    code = main(["policy", "check", path])

    assert code == 1
    assert "error[unknown]: not settled: type: google_storage_control_iam_grant" in capsys.readouterr().out
