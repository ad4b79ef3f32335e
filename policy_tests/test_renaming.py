"""Names are free: no verdict hangs on what locals, modules, resources or keys are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from arco.policy.case import Case
from policy_tests.inputs import MODULES, findings_of, one_workspace, opened
from policy_tests.renaming import Renaming, copied, renamed, renamings

_RENAMINGS = renamings(MODULES)


def _decided(case: Case) -> set[tuple[str, ...]]:
    """Spell what is decided, without what names may change: the addresses and the custom roles' names."""
    return {
        (
            grant.member,
            " ".join(sorted(grant.permissions)),
            str(grant.scope),
            grant.condition.text.value if grant.condition else "",
        )
        for grant in case.found.grants
    }


def test_names_of_every_kind_are_found() -> None:
    """The renaming would prove nothing if it missed a kind of name."""
    labels = {renaming.label for renaming in _RENAMINGS}

    assert labels >= {
        "local.conditions",
        "local.custom_roles",
        "local.workspaces",
        "module.workspace",
        "google_storage_bucket_iam_policy.catalog",
        "data.google_iam_policy.catalog",
        "key of module.workspace",
        "verb sweep",
        "condition state",
    }


@pytest.mark.parametrize("renaming", _RENAMINGS, ids=[renaming.label for renaming in _RENAMINGS])
def test_no_name_changes_a_verdict(renaming: Renaming, tmp_path: Path) -> None:
    """One name at a time: the policy decides the same."""
    variables = one_workspace(tmp_path)
    directory = copied(MODULES, tmp_path / "terraform")

    changed = renamed(directory, [renaming])
    case = opened(directory, [variables])

    assert changed
    assert findings_of(case) == []
    assert _decided(case) == _decided(opened(MODULES, [variables]))


def test_all_names_at_once_change_no_verdict(tmp_path: Path) -> None:
    """All names at once: still the same policy, found nowhere by name."""
    variables = one_workspace(tmp_path)
    directory = copied(MODULES, tmp_path / "terraform")

    renamed(directory, _RENAMINGS)
    case = opened(directory, [variables])

    assert findings_of(case) == []
    assert _decided(case) == _decided(opened(MODULES, [variables]))
    assert all("renamed_by_test" in grant.address for grant in case.found.grants)


@pytest.mark.parametrize("renaming", _RENAMINGS, ids=[renaming.label for renaming in _RENAMINGS])
def test_no_name_hides_a_mistake(renaming: Renaming, tmp_path: Path) -> None:
    """With a dropped slash, the finding stays whatever things are called."""
    variables = one_workspace(tmp_path)
    directory = copied(MODULES, tmp_path / "terraform")
    conditions = directory / "modules" / "workspace" / "iam_conditions.tf"
    text = conditions.read_text(encoding="utf-8")
    conditions.write_text(text.replace("}state/", "}state"), encoding="utf-8")

    renamed(directory, [renaming])
    found = findings_of(opened(directory, [variables]))

    assert {finding.rule for finding in found} == {"condition-no-slash", "outside-prefix", "matrix-mismatch"}
    assert {finding.origin.line for finding in found if finding.rule == "condition-no-slash" and finding.origin} == {16}
