"""The role snapshot: what roles hold, what is unknown, and that the snapshot can be rebuilt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arco.policy import roles
from arco.policy.data.rebuild_roles import read_roles, rebuild
from arco.policy.roles import default_bindings, permissions_of, role_data

DATA = Path(roles.__file__).parent / "data"

COLUMNS = (
    "storage.objects.get",
    "storage.objects.list",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.update",
    "storage.objects.move",
    "storage.objects.restore",
    "storage.objects.setIamPolicy",
    "storage.folders.rename",
    "storage.managedFolders.setIamPolicy",
    "storage.buckets.get",
    "storage.buckets.update",
    "storage.buckets.setIamPolicy",
    "storage.hmacKeys.create",
)

# One column a permission, in the order of COLUMNS; from Google's role pages, independently of the data file.
MATRIX = {
    "storage.objectViewer": "xx............",
    "storage.objectCreator": "..x...........",
    "storage.objectUser": "xxxxxxx.x.....",
    "storage.objectAdmin": "xxxxxxxxx.....",
    "storage.folderAdmin": "xxxxxxxxxx....",
    "storage.admin": "xxxxxxxxxxxxx.",
    "storage.legacyObjectReader": "x.............",
    "storage.legacyObjectOwner": "x...x..x......",
    "storage.legacyBucketReader": ".x........x...",
    "storage.legacyBucketWriter": ".xxx..x.x.x...",
    "storage.legacyBucketOwner": ".xxx..x.xxxxx.",
    "storage.bucketViewer": "..........x...",
    "storage.insightsCollectorService": "..........x...",
    "storage.editor": "........x....x",
    "storage.viewer": "..............",
    "storage.hmacKeyAdmin": ".............x",
    "storage.expressModeUserAccess": "xxxxx.x...x...",
    "storage.expressModeServiceInput": ".xxxx.........",
    "storage.expressModeServiceOutput": "xx.x..........",
    "storage.annotationGeneratorService": "xx..x.........",
}


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_storage_role_holds_exactly_what_its_page_says(name: str) -> None:
    """Each storage role has the permissions of the documented matrix, and none of the others in it."""
    held = permissions_of(f"roles/{name}")

    assert held is not None
    assert "".join("x" if column in held else "." for column in COLUMNS) == MATRIX[name]


def test_matrix_names_every_storage_role_of_the_snapshot() -> None:
    """No storage role of the snapshot escapes the comparison."""
    names = {role.removeprefix("roles/") for role in role_data().roles if role.startswith("roles/storage.")}

    assert names == set(MATRIX)


@pytest.mark.parametrize("role", ["", "roles/", "roles/storage.nope", "storage.admin", "projects/p/roles/admin"])
def test_unknown_role_is_none_never_empty(role: str) -> None:
    """A name that the snapshot does not hold gives None, so that nobody takes it as harmless."""
    assert permissions_of(role) is None


def test_known_role_without_interest_is_empty_not_unknown() -> None:
    """A predefined role with neither storage nor escalation permissions is known, and empty."""
    assert permissions_of("roles/accessapproval.viewer") == frozenset()


@pytest.mark.parametrize("role", ["roles/owner", "roles/editor"])
def test_basic_roles_hold_no_object_permission_yet_may_become_others(role: str) -> None:
    """Basic roles reach objects through default bindings only, and act as service accounts."""
    held = permissions_of(role)

    assert held is not None
    assert not {name for name in held if name.startswith("storage.objects.")}
    assert "iam.serviceAccounts.actAs" in held


def test_default_bindings_let_project_editors_own_a_new_bucket() -> None:
    """A new bucket grants project editors bucket and object ownership, which is why its policy must be owned."""
    uniform, acl = default_bindings(uniform=True), default_bindings(uniform=False)

    assert uniform["projectEditor"] == ("roles/storage.legacyBucketOwner", "roles/storage.legacyObjectOwner")
    assert acl["projectViewer"] == ("roles/storage.legacyBucketReader",)


def test_groups_and_default_roles_speak_of_known_names_only() -> None:
    """Default bindings and ACL roles name roles of the snapshot, and storage escalation names storage permissions."""
    data = role_data()
    named = {role for table in (data.default_bindings_uniform, data.default_bindings_acl) for role in table}

    assert named == {"projectViewer", "projectEditor", "projectOwner"}
    for table in (data.default_bindings_uniform, data.default_bindings_acl):
        assert all(permissions_of(role) for granted in table.values() for role in granted)
    assert all(permissions_of(role) for role in data.acl_roles.values())
    storage = {name for name in data.escalation_permissions if name.startswith("storage.")}
    assert storage <= data.storage_permissions


def test_snapshot_is_complete_and_dated() -> None:
    """All 2,461 roles of the dated snapshot are known, and five escalation groups hold 79 permissions."""
    data = role_data()

    assert len(data.roles) == 2461
    assert data.as_of == "2026-08-22"
    assert "iann0036/iam-dataset" in data.source
    assert len(data.escalation) == 5
    assert sum(len(group.permissions) for group in data.escalation) == 79


def _copy(directory: Path, **roles_: list[str]) -> Path:
    for name, permissions in roles_.items():
        role = {"name": f"roles/{name.replace('_', '.')}", "stage": "GA", "includedPermissions": permissions}
        (directory / f"{name.replace('_', '.')}.json").write_text(json.dumps(role), encoding="utf-8")
    return directory


def test_rebuilt_snapshot_selects_by_permission_and_keeps_what_is_curated(tmp_path: Path) -> None:
    """Storage roles stay whole, others keep storage and escalation permissions, the rest is listed as known."""
    copy = _copy(
        tmp_path,
        storage_admin=["storage.objects.get", "resourcemanager.projects.get"],
        run_admin=["run.services.get", "run.services.update", "storage.objects.future"],
        dns_admin=["dns.zones.get"],
    )
    present = (DATA / "gcs_roles.json").read_text(encoding="utf-8")

    rebuilt = json.loads(rebuild(read_roles(copy), present, commit="abc", date="2027-01-01"))

    assert rebuilt["roles"] == {
        "run.admin": ["run.services.update", "storage.objects.future"],
        "storage.admin": ["resourcemanager.projects.get", "storage.objects.get"],
    }
    assert rebuilt["other_roles"] == ["dns.admin"]
    assert rebuilt["storage_permissions"] == [
        "storage.objects.dropContexts",
        "storage.objects.future",
        "storage.objects.get",
    ]
    assert rebuilt["escalation_permissions"] == json.loads(present)["escalation_permissions"]
    assert rebuilt["as_of"] == "2027-01-01"


def test_rebuilding_from_the_snapshots_own_roles_changes_nothing_but_the_commit(tmp_path: Path) -> None:
    """The present file is what the tool writes: same selection, same order, same layout."""
    data = json.loads((DATA / "gcs_roles.json").read_text(encoding="utf-8"))
    for name in [*data["roles"], *data["other_roles"]]:
        role = {"name": f"roles/{name}", "includedPermissions": data["roles"].get(name, [])}
        (tmp_path / f"{name}.json").write_text(json.dumps(role), encoding="utf-8")
    present = (DATA / "gcs_roles.json").read_text(encoding="utf-8")

    rebuilt = rebuild(read_roles(tmp_path), present, commit="2073fa52", date="2026-08-22")

    assert rebuilt == present


@pytest.mark.parametrize("text", ["{}", "[]", '{"name": "projects/p/roles/x"}'])
def test_rebuilding_refuses_what_is_not_a_role(tmp_path: Path, text: str) -> None:
    """A file that is not a predefined role stops the tool, which names it."""
    (tmp_path / "odd.json").write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=r"odd\.json"):
        read_roles(tmp_path)


def test_rebuilding_from_nothing_is_an_error(tmp_path: Path) -> None:
    """An empty directory is a wrong path, not a snapshot without roles."""
    with pytest.raises(ValueError, match="no role files"):
        read_roles(tmp_path)
