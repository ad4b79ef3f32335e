"""One mistake in the Terraform of this repository: found, with its instance, its witness and its line."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from arco.cli import main
from arco.policy.case import open_case
from arco.policy.deployment import Deployment, Instance
from arco.policy.matrix import read_matrix
from arco.policy.rules import matrix_mismatch
from arco.policy.terraform import load
from arco.policy.values import Document, Literal, Text, Value
from policy_tests.inputs import ENVIRONMENTS, MATRIX, MODULES, findings_of, one_workspace, opened, rule_ids
from policy_tests.renaming import copied

_CONDITIONS = Path("modules") / "workspace" / "iam_conditions.tf"
_ROOTS = ("cursors", "heads", "l0", "ledger", "locks", "manifests", "quarantine", "state")
_POLICY = "google_storage_bucket_iam_policy"
_DEV = next(path for path in ENVIRONMENTS if path.stem == "dev")


def _edited(tmp_path: Path, file: Path | str, find: str, put: str) -> Path:
    directory = copied(MODULES, tmp_path / "terraform")
    path = directory / file
    text = path.read_text(encoding="utf-8")
    assert text.count(find) == 1, find
    path.write_text(text.replace(find, put), encoding="utf-8")
    return directory


@pytest.mark.parametrize("root", _ROOTS)
def test_a_dropped_slash_is_found_with_a_witness_on_its_line(
    root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of the eight conditions: exit 1, a sibling as the witness, and the line of the condition."""
    directory = _edited(tmp_path, _CONDITIONS, f"}}{root}/", f"}}{root}")
    text = (directory / _CONDITIONS).read_text(encoding="utf-8").splitlines()
    line = next(number for number, code in enumerate(text, 1) if code.strip().startswith(root))

    code = main(["policy", "check", str(directory), "--var-file", str(_DEV), "--matrix", str(MATRIX)])

    output = capsys.readouterr().out
    assert code == 1
    assert f"iam_conditions.tf:{line}" in output
    assert "^ no final slash" in output
    assert re.search(rf"= witness: holds for projects/_/buckets/\S+/objects/\S+/{root}[^/]", output) or re.search(
        rf"= witness: holds for \S*{root}[^/]", output
    )


@pytest.mark.parametrize("root", _ROOTS)
def test_a_dropped_condition_is_found(root: str, tmp_path: Path) -> None:
    """A condition that is true for every name opens the bucket."""
    expression = f'"resource.name.startsWith(\\"${{local.scope}}{root}/\\")"'
    directory = _edited(tmp_path, _CONDITIONS, expression, '"true"')

    found = findings_of(opened(directory, [one_workspace(tmp_path)]))

    assert {"bucket-wide-grant", "condition-vacuous", "outside-prefix", "matrix-mismatch"} <= rule_ids(found)


@pytest.mark.parametrize("verb", ["get", "create", "list", "administer"])
def test_a_role_that_gains_delete_is_found(verb: str, tmp_path: Path) -> None:
    """Whoever holds the role may delete where the matrix does not say so."""
    directory = copied(MODULES, tmp_path / "terraform")
    roles = directory / "roles.tf"
    text = roles.read_text(encoding="utf-8")
    at = text.index("permissions = [", text.index(f"    {verb} = {{")) + len("permissions = [")
    roles.write_text(text[:at] + '"storage.objects.delete", ' + text[at:], encoding="utf-8")

    found = findings_of(opened(directory, [one_workspace(tmp_path)]))

    assert "matrix-mismatch" in rule_ids(found)
    assert "immutable-root-overwrite" in rule_ids(found)


def _policies(deployment: Deployment) -> list[Instance]:
    return [instance for instance in deployment.instances if instance.type == _POLICY]


def _with_bindings(instance: Instance, change: Value) -> Instance:
    document = Document(Text((Literal(""),)), {"bindings": change})
    return replace(instance, values={**instance.values, "policy_data": document})


def _bindings(instance: Instance) -> tuple[Value, ...]:
    document = instance.values["policy_data"]
    assert isinstance(document, Document)
    assert isinstance(document.content, dict)
    bindings = document.content["bindings"]
    assert isinstance(bindings, tuple)
    return bindings


def test_two_workspaces_with_each_other_s_policies_are_found() -> None:
    """Accounts that were swapped between two workspaces: both instances are named."""
    deployment = load(MODULES, [_DEV])
    first, second, *_ = _policies(deployment)
    swapped = {
        first.address: _with_bindings(first, _bindings(second)),
        second.address: _with_bindings(second, _bindings(first)),
    }
    instances = tuple(swapped.get(instance.address, instance) for instance in deployment.instances)

    found = findings_of(open_case(replace(deployment, instances=instances), read_matrix(MATRIX)))

    assert "matrix-mismatch" in rule_ids(found)
    text = "\n".join(f"{finding.claim} {finding.place} {finding.witness}" for finding in found)
    assert first.address in text
    assert second.address in text


@pytest.mark.parametrize("account", ["api", "compactor", "gc"])
def test_two_workspaces_with_swapped_members_are_found(account: str) -> None:
    """One account's members, exchanged between two workspaces with everything else in place."""
    deployment = load(MODULES, [_DEV])
    first, second, *_ = _policies(deployment)
    mine, yours = (_member(instance, account) for instance in (first, second))
    swapped = {
        first.address: _with_bindings(first, _replaced(_bindings(first), mine, yours)),
        second.address: _with_bindings(second, _replaced(_bindings(second), yours, mine)),
    }
    instances = tuple(swapped.get(instance.address, instance) for instance in deployment.instances)

    found = findings_of(open_case(replace(deployment, instances=instances), read_matrix(MATRIX)))

    text = "\n".join(f"{finding.claim} {finding.place} {finding.witness}" for finding in found)
    assert "matrix-mismatch" in rule_ids(found)
    assert first.address in text
    assert second.address in text
    assert f"{account} lacks" in text


def _member(instance: Instance, account: str) -> str:
    members = [text.value for binding in _bindings(instance) for text in _members_of(binding)]
    return next(member for member in members if member.startswith(f"serviceAccount:{account}-"))


def _members_of(binding: Value) -> tuple[Text, ...]:
    assert isinstance(binding, dict)
    members = binding["members"]
    assert isinstance(members, tuple)
    return tuple(member for member in members if isinstance(member, Text))


def _replaced(bindings: tuple[Value, ...], old: str, new: str) -> tuple[Value, ...]:
    changed = []
    for binding in bindings:
        assert isinstance(binding, dict)
        members = tuple(Text.of(new) if text.value == old else text for text in _members_of(binding))
        changed.append({**binding, "members": members})
    return tuple(changed)


def test_each_dropped_grant_of_one_workspace_is_found_by_name() -> None:
    """Every binding of one workspace in turn: without it, the check fails and says which workspace lacks what."""
    deployment, matrix = load(MODULES, [_DEV]), read_matrix(MATRIX)
    policy = _policies(deployment)[1]
    label = policy.module.partition('"')[2].partition('"')[0]
    bindings = _bindings(policy)

    silent = []
    for index in range(len(bindings)):
        changed = _with_bindings(policy, (*bindings[:index], *bindings[index + 1 :]))
        instances = tuple(changed if item is policy else item for item in deployment.instances)
        found = matrix_mismatch.RULE.check(open_case(replace(deployment, instances=instances), matrix))
        if not any(f"in workspace {label}" in finding.claim for finding in found):
            silent.append(index)

    assert label
    assert len(bindings) > len(_ROOTS)
    assert silent == []
