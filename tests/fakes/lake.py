"""A small lake under a matrix: two workspaces, three accounts each, and a policy that the matrix describes."""

from __future__ import annotations

from arco.policy.case import Case, open_case
from arco.policy.deployment import Instance
from arco.policy.matrix import parse_matrix
from tests.fakes.deployments import Plain, bucket, custom_role, deployed, owned_policy, prefix

__all__ = ["BODY", "HEADER", "MATRIX", "account", "case", "instances", "policy"]

HEADER = """\
# Who may do what.
project     var.project
workspaces  var.workspaces
bucket      lake-{name}
scope       ws={name}/
account     serviceAccount:{role}-{name}@{project}.iam.gserviceaccount.com
members     admins var.admins

policy      owned
list        gc

root        heads
root        state   immutable

"""
BODY = """\
role       heads/  state/  other names  other buckets  bucket  project
admins     -       -       -            -              ra      -
api        r       r       -            -              -       -
compactor  cro     cr      -            -              -       -
gc         -       d       -            -              l       -
"""
MATRIX = HEADER + BODY

_ROLES = {
    "get": ("storage.objects.get",),
    "create": ("storage.objects.create", "storage.objects.get"),
    "swap": ("storage.objects.create", "storage.objects.delete", "storage.objects.get"),
    "sweep": ("storage.objects.delete",),
    "list": ("storage.objects.list",),
    "admin": ("storage.buckets.get", "storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy"),
}
_GRANTS = (
    ("api", "get", "heads/"),
    ("api", "get", "state/"),
    ("compactor", "swap", "heads/"),
    ("compactor", "create", "state/"),
    ("gc", "sweep", "state/"),
)
_WORKSPACES: list[Plain] = [{"name": "a"}, {"name": "b"}]


def account(role: str, workspace: str = "a") -> str:
    """Name an account of the lake."""
    return f"serviceAccount:{role}-{workspace}@demo-project.iam.gserviceaccount.com"


def policy(workspace: str, grants: tuple[tuple[str, str, str], ...] = _GRANTS) -> Instance:
    """Make the whole policy of a workspace."""
    bindings: list[dict[str, Plain]] = []
    for who, verb, folder in grants:
        expression = prefix(f"ws={workspace}/{folder}", name=f"lake-{workspace}")
        condition = {"title": f"{who} {verb} {folder}", "expression": expression}
        bindings.append({"role": _role(verb), "members": [account(who, workspace)], "condition": condition})
    bindings.append({"role": _role("list"), "members": [account("gc", workspace)]})
    bindings.append({"role": _role("admin"), "members": ["group:admins@example.com"]})
    return owned_policy(*bindings, on=f"lake-{workspace}")


def instances() -> tuple[Instance, ...]:
    """Make everything that the matrix describes."""
    roles = (custom_role(verb, *permissions, name=verb) for verb, permissions in _ROLES.items())
    return (*roles, *(bucket(f"lake-{name}") for name in "ab"), *(policy(name) for name in "ab"))


def case(*extra: Instance, matrix: str | None = MATRIX, without: str = "") -> Case:
    """Open the lake with `extra` instances, and without the one at the address `without`."""
    kept = (instance for instance in instances() if instance.address != without)
    variables: dict[str, Plain] = {
        "project": "demo-project",
        "workspaces": _WORKSPACES,
        "admins": ["group:Admins@example.com"],
    }
    built = deployed(*kept, *extra, variables=variables)
    return open_case(built, parse_matrix(matrix, "matrix.txt") if matrix else None)


def _role(verb: str) -> str:
    return f"projects/demo-project/roles/{verb}"
