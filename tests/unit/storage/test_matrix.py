"""What views really ask of a bucket is what the access matrix allows, letter by letter and both ways (I12)."""

from __future__ import annotations

import typing
from collections import defaultdict
from typing import Any

import pytest

from arco.errors import UsageError
from arco.layout import Key, Root
from arco.policy.matrix.parse import read_matrix
from arco.storage import holders
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import ReadStore
from tests.fakes.handed_out import ROLES, SCOPE, Bench, bench, calls_of
from tests.fakes.recording_bucket import Asked
from tests.tree import ROOT

MATRIX = read_matrix(ROOT / "infra/access_matrix.txt")
CLASSES = {
    "antientropy": holders.AntiEntropyViews,
    "api": holders.ApiViews,
    "compactor": holders.CompactorViews,
    "gc": holders.GcViews,
    "reader": holders.ReaderViews,
}
READS = {"get", "get_range", "head"}


def _letters(asked: Asked) -> tuple[str, str]:
    """Give the column and the letter that a request needs."""
    root = asked.name.removeprefix(SCOPE.prefix).partition("/")[0]
    if asked.operation == "list_page":
        return "bucket", "l"
    if asked.operation in READS:
        return f"{root}/", "r"
    if asked.operation == "delete":
        return f"{root}/", "d"
    return f"{root}/", "c" if asked.if_version is ABSENT else "o"


async def _accepted(made: Bench, role: str) -> set[tuple[str, str, Key | Root]]:
    """Make every call that a role can; give the view, method and key of those that were not refused."""
    accepted = set()
    for field, view in made.views[role].items():
        for call in calls_of(view):
            before = len(made.bucket.asked)
            try:
                await call.start()
            except UsageError:
                assert len(made.bucket.asked) == before, "a refused call reached the bucket"
            else:
                assert len(made.bucket.asked) > before, "an accepted call reached no bucket"
                accepted.add((field, call.method, call.subject))
    return accepted


async def _row(role: str) -> dict[str, str]:
    """Give the row of the matrix that a role's calls observe."""
    made = bench()
    await _accepted(made, role)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for asked in made.bucket.asked:
        column, letter = _letters(asked)
        found[column].add(letter)
    order = "cruodla"
    return {column: "".join(sorted(letters, key=order.index)) for column, letters in found.items()}


def _written(role: str) -> dict[str, str]:
    """Give what the matrix says of a role; the administrators' letters on the bucket are not for objects."""
    row = MATRIX.rows[role]
    return {column: letters for column, letters in row.items() if letters.strip("-") and column != "project"}


@pytest.mark.parametrize("role", ROLES)
async def test_views_observe_their_row(role: str) -> None:
    """A role's views use every letter of its row and no other."""
    observed = await _row(role)

    assert observed == _written(role)


def test_roles_without_views_have_no_letter_on_objects() -> None:
    """Whom nothing is handed to has a row without a letter under any root."""
    without = set(MATRIX.rows) - set(ROLES)
    columns = [f"{root.value}/" for root in Root]

    assert without == {"administrators", "invoker"}
    assert {MATRIX.rows[role][column] for role in without for column in columns} == {MATRIX.rows["invoker"]["ledger/"]}


def test_matrix_has_the_roots_of_the_layout() -> None:
    """No root is missing from the comparison."""
    assert {root.name for root in MATRIX.layout.roots} == {root.value for root in Root}


@pytest.mark.parametrize("role", ROLES)
async def test_reader_takes_the_keys_of_its_type_parameter(role: str) -> None:
    """What a reader accepts at run time is what the type checker accepts of it."""
    accepted = await _accepted(bench(), role)
    stated: dict[str, set[Any]] = {}
    for field, hint in typing.get_type_hints(CLASSES[role]).items():
        if typing.get_origin(hint) is ReadStore:
            (kinds,) = typing.get_args(hint)
            stated[field] = set(typing.get_args(kinds) or [kinds])
    seen = {field: {type(key) for name, _, key in accepted if name == field} for field in stated}

    assert stated
    assert seen == stated


@pytest.mark.parametrize("role", ROLES)
async def test_views_stay_in_their_scope(role: str) -> None:
    """Every name that is asked of the bucket begins with the scope."""
    made = bench()
    await _accepted(made, role)

    assert made.bucket.asked
    assert all(asked.name.startswith(SCOPE.prefix) for asked in made.bucket.asked)


async def test_only_manifests_keep_their_sentinel_to_the_publisher() -> None:
    """Sentinels can be created under every root that somebody creates in, but for `manifests/`."""
    created: set[Root] = set()
    for role in ROLES:
        for field, _, subject in await _accepted(bench(), role):
            if field == "sentinels" and not isinstance(subject, Root):
                created.add(subject.root)

    assert created == set(Root) - {Root.MANIFESTS}


@pytest.mark.parametrize(("role", "roots"), [("antientropy", {Root.LEDGER}), ("gc", {Root.L0, Root.STATE})])
async def test_lister_lists_its_own_roots_alone(role: str, roots: set[Root]) -> None:
    """IAM cannot narrow a list to a prefix, so the view does: anti-entropy lists segments, gc lists artifacts."""
    accepted = await _accepted(bench(), role)

    assert {subject for _, method, subject in accepted if method == "list_page"} == roots
