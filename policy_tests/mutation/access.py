"""The oracle: who may do what, read from resources by code that the product lacks, and two such readings compared.

Two readings are compared on a closed set of names (every prefix, sibling and splice of every literal, each with a
character more and less), and, where those show no difference, by Z3, which proves that there is none or shows one.
The decision procedure of the product is not asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Any, TypeAlias

import z3  # type: ignore[import-untyped]

from policy_tests.mutation.expressions import BUCKET, OBJECT, Language, Node, Thing, parsed

__all__ = ["ACCOUNT", "BUCKETS", "Access", "Difference", "Inconclusive", "Resource", "compared", "on_objects"]

# Type and attributes, as plain Python.
Resource: TypeAlias = tuple[str, Mapping[str, Any]]
# Where a grant is attached (a bucket, an account, or "" for the project), and its condition, or "" for none.
_Way: TypeAlias = tuple[str, str]
_Cell: TypeAlias = tuple[str, str]

BUCKETS = "projects/_/buckets/"
ACCOUNT = "service account"
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_ROLES = json.loads((Path(__file__).parents[2] / "arco" / "policy" / "data" / "gcs_roles.json").read_bytes())["roles"]
_TIMES = ("", "9999")
_TIMEOUT_MILLISECONDS = 20_000


class Inconclusive(Exception):  # noqa: N818 (it is an answer: nobody knows)
    """Neither the names nor the solver tell whether access changes."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`member` may use `permission` on `thing` in one reading only."""

    member: str
    permission: str
    thing: Thing


class Access:
    """Who may do what: for each member and permission, where and under which conditions."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Read the grants of all resources."""
        held = list(resources)
        roles = {
            f"projects/{values['project']}/roles/{values['role_id']}": set[str]()
            for kind, values in held
            if kind == "google_project_iam_custom_role"
        }
        for kind, values in held:
            if kind == "google_project_iam_custom_role":
                roles[f"projects/{values['project']}/roles/{values['role_id']}"] |= set(values["permissions"])
        self.cells: dict[_Cell, set[_Way]] = {}
        for kind, values in held:
            for role, members, condition in _bindings(kind, values):
                where = _where(kind, values)
                permissions = roles[role] if role in roles else _ROLES[role.removeprefix("roles/")]
                for member in members:
                    for permission in permissions:
                        self.cells.setdefault((_folded(member), permission), set()).add((where, condition))

    def ways(self, member: str, permission: str) -> set[_Way]:
        """Give all that lets `member` in, as itself or as one of everybody."""
        return set[_Way]().union(*(self.cells.get((who, permission), set()) for who in (member, *_EVERYBODY)))

    def allows(self, member: str, permission: str, thing: Thing) -> bool:
        """Whether `member` may use `permission` on `thing`."""
        return _allowed(self.ways(member, permission), thing)

    def conditions(self) -> set[str]:
        """Give every condition that is written somewhere."""
        return {condition for ways in self.cells.values() for _, condition in ways if condition}


def _bindings(kind: str, values: Mapping[str, Any]) -> Iterator[tuple[str, list[str], str]]:
    if kind.endswith("_iam_policy"):
        for binding in json.loads(values["policy_data"]).get("bindings", ()):
            yield binding["role"], binding["members"], binding.get("condition", {}).get("expression", "")
    elif kind.endswith(("_iam_member", "_iam_binding")):
        condition = values.get("condition") or [{}]
        members = values["members"] if kind.endswith("_iam_binding") else [values["member"]]
        yield values["role"], members, condition[0].get("expression", "")


def _where(kind: str, values: Mapping[str, Any]) -> str:
    if kind.startswith("google_project"):
        return ""
    if kind.startswith("google_service_account"):
        return f"{ACCOUNT} {values['service_account_id'].rpartition('/')[2]}"
    return str(values["bucket"].rpartition("/")[2])


def _folded(member: str) -> str:
    kind, colon, name = member.partition(":")
    return f"{kind}:{name.lower()}" if colon and not kind.startswith("principal") else member


def _allowed(ways: Iterable[_Way], thing: Thing) -> bool:
    return any(_inside(where, thing.name) and (not text or parsed(text).holds(thing)) for where, text in ways)


def _inside(where: str, name: str) -> bool:
    return not where or name in (where, f"{BUCKETS}{where}") or name.startswith(f"{BUCKETS}{where}/")


def on_objects(permission: str) -> bool:
    """Whether a permission is checked on objects; what is not is asked of buckets here."""
    return permission.startswith("storage.objects.") and permission != "storage.objects.list"


def compared(base: Access, mutant: Access, buckets: tuple[str, ...]) -> Difference | None:
    """Find a difference, or prove that there is none. Raises Inconclusive if the solver gives up."""
    members = {member for member, _ in base.cells | mutant.cells}
    permissions = {permission for _, permission in base.cells | mutant.cells}
    pairs = [(m, p, base.ways(m, p), mutant.ways(m, p)) for m in sorted(members) for p in sorted(permissions)]
    pairs = [pair for pair in pairs if pair[2] != pair[3]]
    conditions = frozenset(base.conditions() | mutant.conditions())
    for member, permission, before, after in pairs:
        taken, given = before - after, after - before
        accounts = [Thing(ACCOUNT, where) for where, _ in taken | given if where.startswith(ACCOUNT)]
        for thing in (*accounts, *_things(conditions, buckets, on_objects(permission))):
            # What both have in common tells them apart nowhere.
            if _allowed(taken, thing) is not _allowed(given, thing) and not _allowed(before & after, thing):
                return Difference(member, permission, thing)
    for member, permission, before, after in pairs:
        objects = on_objects(permission)
        if _proved(frozenset(before - after), frozenset(after - before), objects) is not None:
            shown = _proved(frozenset(before), frozenset(after), objects)
            if shown is not None:
                return Difference(member, permission, shown)
    return None


@cache
def _things(conditions: frozenset[str], buckets: tuple[str, ...], objects: bool) -> tuple[Thing, ...]:  # noqa: FBT001
    """Give the closed set: objects of all buckets, or the buckets, at every time that somebody compares with."""
    nodes = [parsed(condition) for condition in conditions]
    times = sorted({*_TIMES, *(instant for node in nodes for instant in node.instants())})
    times = times if len(times) > len(_TIMES) else list(_TIMES[:1])
    if not objects:
        named = {*buckets, *(f"{bucket}x" for bucket in buckets), *(bucket[:-1] for bucket in buckets), "other"}
        return tuple(Thing(BUCKET, f"{BUCKETS}{bucket}", now) for bucket in sorted(named) for now in times)
    literals = {literal for node in nodes for literal in node.literals()}
    names = {*_names(frozenset(literals), buckets)}
    return tuple(Thing(OBJECT, name, now) for name in sorted(names) for now in times)


@cache
def _names(literals: frozenset[str], buckets: tuple[str, ...]) -> frozenset[str]:
    folders = {_folder(literal) for literal in literals} - {""}
    parts = {tuple(folder.split("/")) for folder in folders}
    spliced = {
        "/".join((*left[:at], *right[other:]))
        for left in parts
        for right in parts
        for at in range(1, len(left))
        for other in range(1, len(right))
    }
    shown = {*folders, *spliced, *(folder[:end] for folder in folders for end in range(1, len(folder)))}
    near = {name for folder in shown for name in _near(folder)}
    homes = {*buckets, "other", f"{buckets[0]}x"}
    return frozenset(
        f"{BUCKETS}{bucket}/objects/{name}"
        for bucket in homes
        for name in (near if bucket in buckets else shown)
        if 0 < len(name.encode()) <= 1024
    )


def _folder(literal: str) -> str:
    """Give what a literal says of the name within its bucket; of a suffix or a template, all."""
    return literal.partition("/objects/")[2] if literal.startswith(BUCKETS) else literal


def _near(name: str) -> Iterator[str]:
    yield from (name, f"{name}x", f"{name}/", f"{name}/x", f"{name}_old/x", f"x{name}", name[:-1], f"{name[:-1]}~")


@cache
def _proved(before: frozenset[_Way], after: frozenset[_Way], objects: bool) -> Thing | None:  # noqa: FBT001
    """Ask the solver for a name that only one of the two lets in."""
    nodes = [parsed(text) for _, text in before | after if text]
    times = sorted({*_TIMES, *(instant for node in nodes for instant in node.instants())})
    kind = OBJECT if objects else BUCKET
    for now in times if any(True for node in nodes for _ in node.instants()) else _TIMES[:1]:
        left, right = _language(before, kind, now), _language(after, kind, now)
        differ = z3.Union(z3.Intersect(left, z3.Complement(right)), z3.Intersect(right, z3.Complement(left)))
        name = z3.String("name")
        solver = z3.Solver()
        solver.set("timeout", _TIMEOUT_MILLISECONDS)
        solver.add(z3.InRe(name, z3.Intersect(differ, _all_names(objects))))
        answer = str(solver.check())
        if answer == "unknown":
            message = f"the solver gives up: {sorted(before)} {sorted(after)}"
            raise Inconclusive(message)
        if answer == "sat":
            model: Any = solver.model()
            return Thing(kind, str(model[name].as_string()), now)
    return None


def _all_names(objects: bool) -> Language:  # noqa: FBT001 (as above)
    bucket = z3.Plus(z3.Union(z3.Range("a", "z"), z3.Range("0", "9"), z3.Re("-"), z3.Re("_"), z3.Re(".")))
    named = z3.Concat(z3.Re(BUCKETS), bucket)
    return z3.Concat(named, z3.Re("/objects/"), z3.Plus(z3.AllChar(z3.ReSort(z3.StringSort())))) if objects else named


def _language(ways: frozenset[_Way], kind: str, now: str) -> Language:
    everything = z3.Full(z3.ReSort(z3.StringSort()))
    nothing = z3.Empty(z3.ReSort(z3.StringSort()))
    return reduce(z3.Union, [_of_way(where, text, kind, now, everything) for where, text in sorted(ways)], nothing)


def _of_way(where: str, text: str, kind: str, now: str, everything: Language) -> Language:
    node: Node | None = parsed(text) if text else None
    allowed = node.language(kind, now) if node is not None else everything
    if not where:
        return allowed
    itself = z3.Re(f"{BUCKETS}{where}")
    inside = itself if kind == BUCKET else z3.Concat(itself, z3.Re("/"), everything)
    return z3.Intersect(allowed, inside)
