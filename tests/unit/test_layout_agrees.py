"""One layout, said three times: in the typed keys, in the access matrix, and in the Terraform. Here they meet."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from arco.errors import InputError
from arco.layout import Root, Scope
from arco.policy import conditions
from arco.policy.case import Case, open_case
from arco.policy.matrix import read_matrix
from arco.policy.model import ScopeKind
from arco.policy.terraform import load

TREE = Path(__file__).resolve().parents[2]
ENVIRONMENTS = sorted(path.stem for path in (TREE / "infra/environments").glob("*.tfvars"))
MATRIX = read_matrix(TREE / "infra/access_matrix.txt")
PROTOCOL: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "layout_roots.toml").read_text("utf-8")
)


def _case(environment: str, *more: Path) -> Case:
    files = (TREE / f"infra/environments/{environment}.tfvars", *more)
    return open_case(load(TREE / "infra/terraform", files), MATRIX)


def _roles_with(letter: str, root: Root) -> list[str]:
    return sorted(role for role, row in MATRIX.rows.items() if letter in row[f"{root.value}/"])


def test_roots_are_those_of_the_matrix_and_the_protocol() -> None:
    """No root is known to one of them only."""
    roots = {root.value for root in Root}

    assert {root.name for root in MATRIX.layout.roots} == roots
    assert PROTOCOL.keys() == roots


@pytest.mark.parametrize("root", Root)
def test_immutable_roots_are_those_that_nobody_overwrites(root: Root) -> None:
    """I1: where the protocol creates only, the matrix says `immutable`, and elsewhere it does not."""
    (declared,) = (declared for declared in MATRIX.layout.roots if declared.name == root.value)

    assert declared.immutable is (not PROTOCOL[root.value]["overwrites"])


@pytest.mark.parametrize("root", Root)
def test_writers_of_the_matrix_are_those_of_the_protocol(root: Root) -> None:
    """I3: who creates, overwrites and deletes under each root, and that `shared` means more than one creator."""
    (declared,) = (declared for declared in MATRIX.layout.roots if declared.name == root.value)
    said = PROTOCOL[root.value]

    assert {
        "creates": _roles_with("c", root),
        "overwrites": _roles_with("o", root),
        "deletes": _roles_with("d", root),
    } == said
    assert declared.shared is (len(said["creates"]) > 1)


def test_scope_fills_the_template_of_the_matrix() -> None:
    """The prefix of a scope is the matrix's, with its two names in it."""
    assert MATRIX.layout.scope.format(tenant="acme-2", workspace="lab_1") == Scope("acme-2", "lab_1").prefix


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_scope_of_each_workspace_is_the_deployed_one(environment: str) -> None:
    """Each workspace of each environment has the prefix that its scope spells."""
    declared = _case(environment).declared
    workspaces = declared.workspaces if declared is not None else ()

    assert workspaces
    assert all(Scope(*workspace.label.split("/")).prefix == workspace.scope for workspace in workspaces)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_conditions_are_the_prefixes_of_the_roots(environment: str) -> None:
    """In each workspace the anchored conditions of the Terraform are scope + root + `/`, for each root and no other."""
    case = _case(environment)
    workspaces = case.declared.workspaces if case.declared is not None else ()
    found: dict[str, set[str]] = {workspace.bucket: set() for workspace in workspaces}
    for grant in case.found.grants:
        if grant.condition is not None:
            leaf = grant.expression
            assert isinstance(leaf, conditions.NameTest)
            assert (grant.scope.kind, leaf.test.kind) == (ScopeKind.BUCKET, conditions.TestKind.STARTS_WITH)
            found[grant.scope.name].add(leaf.test.literal)

    expected = {
        workspace.bucket: {
            f"projects/_/buckets/{workspace.bucket}/objects/{Scope(*workspace.label.split('/')).prefix}{root.value}/"
            for root in Root
        }
        for workspace in workspaces
    }
    assert found == expected
    assert expected


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "0",
        "a-b",
        "a_b",
        "a" * 63,
        "",
        "a" * 64,
        "A",
        "-a",
        "_a",
        "a/b",
        "a.b",
        "a=b",
        "..",
        "a\n",
        "a%2f",
        "a b",
    ],
    ids=lambda name: ascii(name[:9]),
)
def test_scope_takes_the_names_that_terraform_takes(name: str, tmp_path: Path) -> None:
    """A workspace that can be deployed can be named, and none that cannot; static mode judges ASCII names only."""
    override = tmp_path / "override.tfvars"
    override.write_text(f"workspaces = {json.dumps([{'tenant': name, 'workspace': 'prod'}])}\n", encoding="utf-8")

    def deployed() -> bool:
        try:
            _case(ENVIRONMENTS[0], override)
        except InputError:
            return False
        return True

    def named() -> bool:
        try:
            Scope(name, "prod")
        except InputError:
            return False
        return True

    assert deployed() is named()
