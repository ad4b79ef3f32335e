"""Forms of conditions that are safe, proved; and forms that are not, each with the name that it lets in."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from arco.policy.conditions import All, Found, Not, Nothing, Resource, Space, find_object, find_resource
from arco.policy.conditions._formulas import Atom, Negation
from arco.policy.conditions._literals import Machine
from arco.policy.conditions.decide import STATES_MAX, _find
from tests.unit.policy.conditions.asking import BUCKET, OBJECTS, P, find, parsed, reaches

UNSAFE = tomllib.loads(Path(__file__).with_name("unsafe.toml").read_text(encoding="utf-8"))
CLAUSES = {
    "anchor": f'resource.name.startsWith("{P}tenant=")',
    "tenant is not empty": f'resource.name.extract("{P}tenant={{t}}/") != ""',
    "tenant ends at workspace": (
        f'resource.name.extract("{P}tenant={{t}}/workspace=") == resource.name.extract("{P}tenant={{t}}/")'
    ),
    "workspace is not empty": 'resource.name.extract("/workspace={w}/") != ""',
    "workspace ends at ledger": (
        'resource.name.extract("/workspace={w}/ledger/") == resource.name.extract("/workspace={w}/")'
    ),
}
GUARDS = {"tenant is not empty", "workspace is not empty"}
TWO_WILDCARDS = parsed(" && ".join(CLAUSES.values()))


def _without(*names: str) -> str:
    return " && ".join(text for name, text in CLAUSES.items() if name not in names)


class Intended(Machine):
    """`^tenant=[^/]+/workspace=[^/]+/ledger/`, written by hand. None is `[^/]+`; a slash follows each."""

    PARTS = (*"tenant=", None, *"/workspace=", None, *"/ledger/")
    END, DEAD = len(PARTS), len(PARTS) + 1

    def step(self, state: int, character: str) -> int:
        """Read one character."""
        if state >= self.END:
            return state
        wanted = self.PARTS[state]
        if wanted is None:
            return self.DEAD if character == "/" else state + 1
        if character == wanted:
            return state + 1
        return state if state and self.PARTS[state - 1] is None else self.DEAD

    def distinguished(self, state: int) -> frozenset[str]:
        """Tell the wanted character from all others, and the slash."""
        wanted = None if state >= self.END else self.PARTS[state]
        return frozenset("/") | frozenset(wanted or "")

    def accepts(self, state: int) -> bool:
        """Whether all parts are read."""
        return state == self.END

    def settled(self, state: int) -> bool | None:
        """Give the verdict at the end, and when dead."""
        return None if state < self.END else state == self.END


def _rows(kind: str) -> list[object]:
    return [pytest.param(row, id=row["id"]) for row in UNSAFE[kind]]


def test_anchored_prefix_reaches_exactly_its_folder() -> None:
    """`startsWith` with the bucket, the root and a final slash reaches no other object, and all of its own."""
    condition = parsed(f'resource.name.startsWith("{P}ledger/")')

    assert find(condition) == Found(f"{P}ledger/")
    assert find(Not(condition), Space.objects(BUCKET, "ledger/")) == Nothing()
    assert all(reaches(condition, name) is False for name in ("ledger", "ledger-old/a", "a/ledger/b"))


def test_anchored_prefix_reaches_no_other_kind_of_resource() -> None:
    """A positive anchored prefix needs no type guard: bucket, managed folders and other buckets are outside."""
    condition = parsed(f'resource.name.startsWith("{P}ledger/")')

    assert find_resource(condition, Resource.bucket(BUCKET)) == Nothing()
    assert find(condition, Space.managed_folders(BUCKET)) == Nothing()
    assert find(condition, Space.objects("bb")) == Nothing()


def test_two_wildcards_reach_nothing_beyond_the_intended() -> None:
    """Whatever the five clauses admit has the layout tenant, workspace, ledger."""
    assert _find(TWO_WILDCARDS, OBJECTS, Negation(Atom(Intended(), 0)), STATES_MAX) == Nothing()


def test_two_wildcards_reach_all_of_the_intended() -> None:
    """Whatever has the layout tenant, workspace, ledger passes the five clauses."""
    assert _find(Not(TWO_WILDCARDS), OBJECTS, Atom(Intended(), 0), STATES_MAX) == Nothing()
    assert find(TWO_WILDCARDS) == Found(f"{P}tenant=x/workspace=x/ledger/")


def test_two_wildcards_reach_neither_bucket_nor_managed_folder() -> None:
    """The two-wildcard form is false for other kinds of resource, like the anchored prefix."""
    assert find_resource(TWO_WILDCARDS, Resource.bucket(BUCKET)) == Nothing()
    assert find(TWO_WILDCARDS, Space.managed_folders(BUCKET)) == Nothing()


@pytest.mark.parametrize("name", ["tenant=/state/x", "tenant=a/workspace=/state/x", "tenant=noslash"])
def test_guards_of_two_wildcards_carry_weight(name: str) -> None:
    """Without the two `!= ""` clauses two empty extracts are equal, and names without a layout pass."""
    unguarded = parsed(_without(*GUARDS))

    assert reaches(unguarded, name) is True
    assert reaches(TWO_WILDCARDS, name) is False
    assert find(All((unguarded, parsed(f'resource.name == "{P}{name}"')))) == Found(P + name)


@pytest.mark.parametrize("clause", sorted(CLAUSES))
def test_no_clause_of_two_wildcards_can_be_left_out(clause: str) -> None:
    """Each clause excludes a name that all others admit, and the search finds one."""
    assert isinstance(find(All((parsed(_without(clause)), Not(TWO_WILDCARDS)))), Found)


@pytest.mark.parametrize("row", _rows("object"))
def test_unsafe_form_reaches_more_than_is_meant(row: dict[str, Any]) -> None:
    """The search names the shortest object that is granted and not meant."""
    question = All((parsed(row["expression"]), Not(parsed(row["wanted"]))))

    assert find(question) == Found(P + row["witness"])
    assert [name for name in row["also"] if not reaches(question, name)] == []


@pytest.mark.parametrize("row", _rows("bucket"))
def test_unsafe_form_holds_for_the_bucket(row: dict[str, Any]) -> None:
    """What holds for the bucket itself grants listing and every other permission on it."""
    assert find_resource(parsed(row["expression"]), Resource.bucket(BUCKET)) == Found(f"projects/_/buckets/{BUCKET}")


@pytest.mark.parametrize("row", _rows("always"))
def test_vacuous_form_leaves_no_name_out(row: dict[str, Any]) -> None:
    """A condition that holds for every object of every bucket confines nothing."""
    assert find_object(Not(parsed(row["expression"]))) == Nothing()


@pytest.mark.parametrize("row", _rows("never"))
def test_dead_form_reaches_no_name(row: dict[str, Any]) -> None:
    """A condition that holds for no object of any bucket grants nothing."""
    assert find_object(parsed(row["expression"])) == Nothing()


def test_prefix_without_objects_reaches_other_buckets() -> None:
    """On a project, a prefix that ends in a bucket's name covers every bucket whose name begins with it."""
    condition = parsed(f'resource.name.startsWith("projects/_/buckets/{BUCKET}")')
    own = parsed(f'resource.name.startsWith("{P}")')

    assert find_object(All((condition, Not(own)))) == Found("projects/_/buckets/bx/objects/x")
