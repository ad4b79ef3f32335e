"""Every cell is asked on every route, and names are of the column that they are asked for."""

from __future__ import annotations

from collections import defaultdict

from arco.policy.matrix.layout import BUCKET, OTHER_NAMES
from arco.storage.bucket import NAME_BYTES_MAX
from arco.storage.names import check_name
from smoke.names import inside, near_misses, near_misses_of
from smoke.plain import CREATING
from smoke.questions import letters_of
from smoke.survey import Survey


def test_every_cell_is_asked_of_every_role(survey: Survey) -> None:
    """No role, column and letter without a question; what is refused is asked like what is allowed."""
    asked = {
        (holder.role, question.column, question.letter)
        for holder, questions in survey.questions.items()
        for question in questions
    }
    wanted = {
        (role, column, letter)
        for role in survey.matrix.rows
        for column in survey.matrix.layout.columns[:-1]
        for letter in letters_of(column)
    }

    assert wanted - asked == set()


def test_every_root_is_asked_on_every_route(survey: Survey) -> None:
    """Creating and replacing have more routes than one, and each is authorised by code of its own."""
    routes: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for holder, questions in survey.questions.items():
        for question in questions:
            routes[holder.role, question.column, question.letter].add(question.request.route)
    for role in survey.matrix.rows:
        for root in survey.matrix.layout.roots:
            cell = {letter: routes[role, root.column, letter] for letter in letters_of(root.column)}

            assert cell["c"] == set(CREATING)
            assert cell["o"] == {"insert", "compose", "rewrite"}
            assert cell["r"] == {"describe", "download"}
            assert cell["u"] == {"patch", "update"}
            assert cell["d"] == {"delete"}


def test_creating_has_these_routes() -> None:
    """All that the client has for making an object of bytes or of other objects."""
    assert CREATING == ("insert", "resumable", "compose", "copy", "rewrite")


def test_every_prefix_is_listed(survey: Survey) -> None:
    """A list is decided on the bucket: that no prefix changes it must be seen."""
    workspace = survey.workspaces[0]
    for questions in survey.questions.values():
        listed = {one.request.name for one in questions if one.column == BUCKET and one.letter == "l"}

        assert {"", workspace.scope, *(workspace.prefix(root) for root in survey.matrix.layout.roots)} <= listed


def test_administering_is_reading_and_writing_the_policy(survey: Survey) -> None:
    """One permission of the two is not enough for the letter, so both are asked."""
    for questions in survey.questions.values():
        routes = {one.request.route for one in questions if one.column == BUCKET and one.letter == "a"}

        assert routes == {"read policy", "write policy"}


def test_every_other_bucket_is_asked(survey: Survey) -> None:
    """Those of the other workspaces, and one that is not Arco's; an administrator of all has only that one."""
    foreign = {one.bucket for one in survey.others}
    for holder, questions in survey.questions.items():
        asked = {one.request.bucket for one in questions if one.column == "other buckets"}

        assert asked == ({survey.elsewhere} if holder.role == "administrators" else {survey.elsewhere, *foreign})


def test_names_are_of_their_column(survey: Survey) -> None:
    """What is asked of a root is inside it; a near miss is inside none."""
    workspace = survey.workspaces[0]
    roots = survey.matrix.layout.roots
    for root in roots:
        others = [workspace.prefix(one) for one in roots if one != root]

        assert all(folder.name("x").startswith(workspace.prefix(root)) for folder in inside(workspace, root))
        assert not [folder for folder in inside(workspace, root) if folder.name("x").startswith(tuple(others))]
    misses = [*near_misses(workspace), *(miss for root in roots for miss in near_misses_of(workspace, root))]

    assert {miss.column for miss in misses} == {OTHER_NAMES}
    assert not [miss for miss in misses if miss.name("x").startswith(tuple(workspace.prefix(root) for root in roots))]


def test_near_misses_are_the_standard_ones(survey: Survey) -> None:
    """A missing slash, a longer folder, something before or between, a tenant like ours, escapes, look-alikes."""
    workspace = survey.workspaces[0]
    roots = survey.matrix.layout.roots
    names = {miss.name("x") for miss in near_misses(workspace)}
    names |= {miss.name("x") for root in roots for miss in near_misses_of(workspace, root)}
    scope = workspace.scope

    assert scope == "tenant=acme/workspace=prod/"
    assert {
        f"{scope}state_old/x",
        f"{scope}statex",
        f"x/{scope}state/x",
        f"{scope}x/ledger/x",
        "tenant=ledger/x",
        "tenant=acme-2/workspace=prod/ledger/x",
        "tenant=acm/workspace=prod/ledger/x",
        "tenant=acme%2Fworkspace=prod%2Fledger/x",
        f"{scope}ledger%2Fx",
        f"{scope}\uff4cedger/x",
        f"projects/_/buckets/{workspace.bucket}/objects/{scope}ledger/x",
    } <= names


def test_longest_names_are_the_longest_there_are(survey: Survey) -> None:
    """1,024 bytes of UTF-8, which Cloud Storage takes."""
    workspace = survey.workspaces[0]
    _, odd = inside(workspace, survey.matrix.layout.roots[0])
    (long,) = (miss for miss in near_misses(workspace) if miss.long)
    names = [folder.name(stem) for folder in (odd, long) for stem in ("kept", "new.administrators.resumable")]

    assert [len(check_name(name)) for name in names] == [NAME_BYTES_MAX] * 4
