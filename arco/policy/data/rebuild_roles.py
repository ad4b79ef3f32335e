"""Rebuild `gcs_roles.json` from a copy of the public role data. A tool: no module of the package imports it.

    python -m arco.policy.data.rebuild_roles DIRECTORY --commit ID --date YYYY-MM-DD

DIRECTORY is `gcp/roles` of a checkout of github.com/iann0036/iam-dataset: one file a role, with `name`
(`roles/storage.admin`) and `includedPermissions`. What no role file can tell (escalation groups, default bindings,
ACL equivalents, permissions that are documented but stand in no role) is taken from the present file and kept.
The output is sorted and has one role a line, so that a diff of two snapshots reads as the list of changes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TypeAlias

__all__ = ["PREFIX", "SOURCE", "TARGET", "Roles", "main", "read_roles", "rebuild", "render"]

Roles: TypeAlias = dict[str, frozenset[str]]

TARGET = Path(__file__).with_name("gcs_roles.json")
PREFIX = "roles/"
SOURCE = (
    "github.com/iann0036/iam-dataset (MIT), gcp/roles/*.json at commit {commit} of {date}, {count:,} predefined roles"
)


def read_roles(directory: Path) -> Roles:
    """Read every role file of `directory`. Raises ValueError, naming the file, if one is not a role."""
    roles: Roles = {}
    for path in sorted(directory.glob("*.json")):
        role = json.loads(path.read_text(encoding="utf-8"))
        name = role.get("name") if isinstance(role, dict) else None
        if not isinstance(name, str) or not name.startswith(PREFIX):
            message = f"not a predefined role file={path.name}"
            raise ValueError(message)
        if name in roles:
            message = f"two files name one role file={path.name} role={name}"
            raise ValueError(message)
        # The dataset leaves the list out for the few roles that hold nothing.
        roles[name] = frozenset(role.get("includedPermissions", ()))
    if not roles:
        message = f"no role files directory={directory}"
        raise ValueError(message)
    return roles


def rebuild(roles: Roles, present: str, *, commit: str, date: str) -> str:
    """Give the new text of the data file from all `roles` and the `present` text."""
    old = json.loads(present)
    escalation = {name for group in old["escalation_permissions"].values() for name in group["permissions"]}
    kept: dict[str, list[str]] = {}
    for role, permissions in roles.items():
        whole = role.startswith(f"{PREFIX}storage.")
        matter = {name for name in permissions if name.startswith("storage.") or name in escalation}
        if whole or matter:
            kept[role.removeprefix(PREFIX)] = sorted(permissions if whole else matter)
    seen = {name for permissions in kept.values() for name in permissions if name.startswith("storage.")}
    in_no_role = sorted(set(old["storage_permissions_in_no_role"]) - seen)
    data = {
        **old,
        "source": SOURCE.format(commit=commit, date=date, count=len(roles)),
        "as_of": date,
        "storage_permissions": sorted(seen.union(in_no_role)),
        "storage_permissions_in_no_role": in_no_role,
        "roles": kept,
        "other_roles": [name.removeprefix(PREFIX) for name in roles if name.removeprefix(PREFIX) not in kept],
    }
    return render(data)


def render(data: dict[str, object]) -> str:
    """Write `data` sorted, one entry of each table a line."""
    sections = []
    for key in sorted(data):
        value = data[key]
        if isinstance(value, dict):
            body = ",\n".join(f"  {json.dumps(name)}: {_inline(value[name])}" for name in sorted(value))
            sections.append(f" {json.dumps(key)}: {{\n{body}\n }}")
        elif isinstance(value, list):
            body = ",\n".join(f"  {json.dumps(item)}" for item in sorted(value))
            sections.append(f" {json.dumps(key)}: [\n{body}\n ]")
        else:
            sections.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _inline(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def main(arguments: list[str]) -> int:
    """Rewrite the data file in place and say what changed."""
    parser = argparse.ArgumentParser(description="Rebuild the role snapshot from gcp/roles of iann0036/iam-dataset.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--date", required=True, help="of the commit, YYYY-MM-DD")
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    text = rebuild(
        read_roles(options.directory), TARGET.read_text(encoding="utf-8"), commit=options.commit, date=options.date
    )
    options.output.write_text(text, encoding="utf-8")
    sys.stderr.write(f"wrote {options.output}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
