"""All names at once: the shortest witness, the limits of names, and what must stay undecided."""

from __future__ import annotations

import tomllib
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest

from arco.policy.conditions import (
    All,
    Either,
    Expression,
    Found,
    Free,
    Not,
    Nothing,
    Opaque,
    Resource,
    Space,
    Span,
    Undecided,
    find_name,
    find_object,
    find_resource,
    leaves,
)
from arco.policy.conditions.decide import STATES_MAX, STEPS_MAX
from arco.policy.conditions.evaluate import MANAGED_FOLDER_TYPE, OBJECT_TYPE
from tests.unit.policy.conditions.asking import BUCKET, OBJECTS, P, find, parsed, reaches

ROWS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("shortest.toml").read_text(encoding="utf-8"))["row"]
HERE = Span(0, 0)
OPAQUE = Opaque("nobody knows", HERE)
MAYBE = Undecided("nobody knows")
X = Found(f"{P}x")
LIMIT = 1024


def _free(key: str) -> Free:
    return Free(key, HERE)


def _name(name: str) -> Expression:
    return parsed(f'resource.name == "{P}{name}"')


def _length(expression: Expression, space: Space = OBJECTS) -> int:
    verdict = find(expression, space)
    assert isinstance(verdict, Found), verdict
    return len(verdict.name.removeprefix(P).encode())


def _mixed(count: int) -> Expression:
    """Join `count` times: this test is as wanted or it is not. Each key occurs plain and negated."""
    return All(tuple(Either((_free(str(index)), Not(_free(str(index))))) for index in range(count)))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["expression"].strip()) for row in ROWS])
def test_witness_is_the_shortest_name(row: dict[str, Any]) -> None:
    """The search finds a name of exactly the fewest bytes, or proves that there is none."""
    verdict = find(parsed(row["expression"].strip().replace("P", P)))

    assert isinstance(verdict, Found if row["bytes"] else Nothing)
    if isinstance(verdict, Found):
        name = verdict.name.removeprefix(P)
        assert len(name.encode()) == row["bytes"]
        assert name == row.get("name", name)


# The limits of names.


@pytest.mark.parametrize("name", ["x" * LIMIT, "é" * (LIMIT // 2), "😀" * (LIMIT // 4), "é" * 511 + "xy"])
def test_name_of_1024_bytes_is_found(name: str) -> None:
    """The longest legal name is a name, however many characters it has."""
    assert len(name.encode()) == LIMIT
    assert find(_name(name)) == Found(P + name)


@pytest.mark.parametrize("name", ["x" * LIMIT + "x", "é" * (LIMIT // 2) + "x", "😀" * (LIMIT // 4) + "é"])
def test_name_of_more_than_1024_bytes_is_no_name(name: str) -> None:
    """Cloud Storage has no such object, so a condition that needs it grants nothing."""
    assert find(_name(name)) == Nothing()


def test_last_byte_of_a_name_can_be_any_character_of_one_byte() -> None:
    """Behind 1,023 bytes there is room for a character of one byte, and for none of two."""
    start = parsed(f'resource.name.startsWith("{P}{"é" * 511}x")')
    longer = All((start, Not(_name("é" * 511 + "x"))))

    assert _length(longer) == LIMIT
    assert find(All((longer, parsed('resource.name.endsWith("é")')))) == Nothing()


def test_last_byte_is_found_even_if_every_printable_character_is_taken() -> None:
    """Exactness at the limit comes before a witness that reads well."""
    base = "é" * 511 + "x"
    printable = [chr(point) for point in range(0x20, 0x7F) if chr(point) not in '"\\']
    taken = [_name(base + character) for character in (*printable, '\\"', "\\\\")]
    start = parsed(f'resource.name.startsWith("{P}{base}")')

    assert _length(All((start, Not(_name(base)), *(Not(item) for item in taken)))) == LIMIT


def test_prefix_counts_against_the_limit() -> None:
    """A question under a prefix asks for no names longer than 1,024 bytes in all."""
    for length, expected in ((LIMIT, Found(P + "é" * 512)), (LIMIT + 1, Nothing())):
        prefix = "é" * 512 + "x" * (length - LIMIT)

        assert find(parsed("true"), Space.objects(BUCKET, prefix)) == expected


def test_empty_rest_is_a_name_only_behind_a_prefix() -> None:
    """An object may be called like its folder, and no object has an empty name."""
    assert find(parsed("true"), Space.objects(BUCKET, "a/")) == Found(f"{P}a/")
    assert find(parsed("true"), OBJECTS) == X
    assert find(_name(""), OBJECTS) == Nothing()


def test_question_under_a_prefix_is_about_names_with_it() -> None:
    """What holds outside the prefix is not found there."""
    condition = Either((_name("b/c"), _name("a/long")))

    assert find(condition) == Found(f"{P}b/c")
    assert find(condition, Space.objects(BUCKET, "a/")) == Found(f"{P}a/long")
    assert find(condition, Space.objects(BUCKET, "c/")) == Nothing()


@pytest.mark.parametrize("character", ["\r", "\n", chr(0xD800), chr(0xDFFF)])
@pytest.mark.parametrize("shape", ["startsWith", "endsWith", "extract"])
def test_witness_never_holds_what_no_name_holds(character: str, shape: str) -> None:
    """Carriage return, line feed and lone surrogates are in no name, though they may be in a literal."""
    escaped = {"\r": "\\r", "\n": "\\n"}.get(character, character)
    text = {
        "startsWith": f'resource.name.startsWith("{P}a{escaped}")',
        "endsWith": f'resource.name.endsWith("{escaped}a")',
        "extract": f'resource.name.extract("/objects/{{x}}{escaped}") != ""',
    }[shape]

    assert find(parsed(text)) == Nothing()
    assert find(Not(parsed(text))) == X


# Time and tags.


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (_free("a"), X),
        (Not(_free("a")), X),
        (All((_free("a"), _free("b"))), X),
        (All((_free("a"), Not(_free("b")))), X),
        (All((_free("a"), Not(_free("a")))), Nothing()),
        (Not(Either((_free("a"), Not(_free("a"))))), Nothing()),
        (All((Either((_free("a"), _name("y"))), Either((Not(_free("a")), _name("z"))))), Found(f"{P}y")),
        (All((Either((_free("a"), _name("yy"))), Either((Not(_free("a")), _name("z"))))), Found(f"{P}z")),
    ],
)
def test_free_part_has_one_value_at_a_time(expression: Expression, expected: Found | Nothing) -> None:
    """A name counts if the condition holds for it at some time; one test has one value throughout a condition."""
    assert find(expression) == expected


def test_free_parts_of_unlike_text_are_independent() -> None:
    """`a < b` and `a >= b` are two tests: no clock is modelled, so more is found than can happen, never less."""
    text = 'request.time < date("2030-01-01") && request.time >= date("2030-01-01")'

    assert find(parsed(text)) == X


def test_eight_tests_of_mixed_polarity_are_decided() -> None:
    """Up to 256 combinations are tried."""
    assert find(_mixed(8)) == X
    assert find(Not(_mixed(8))) == Nothing()


def test_nine_tests_of_mixed_polarity_are_undecided() -> None:
    """Beyond that the answer is unknown, in either polarity, for names and for one resource."""
    expected = Undecided("more than 8 time or tag tests occur both plain and negated")

    assert find(_mixed(9)) == expected
    assert find(Not(_mixed(9))) == expected
    assert find_resource(_mixed(9), Resource.bucket(BUCKET)) == expected
    assert find_resource(Not(_mixed(9)), Resource.bucket(BUCKET)) == expected


def test_many_tests_of_one_polarity_are_decided() -> None:
    """What occurs in one polarity only has one value that helps."""
    assert find(All(tuple(_free(str(index)) for index in range(40)))) == X


# What nobody documents.


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (OPAQUE, MAYBE),
        (Not(OPAQUE), MAYBE),
        (All((OPAQUE, _name("a"))), MAYBE),
        (All((Not(OPAQUE), _name("a"))), MAYBE),
        (Not(Either((OPAQUE, _name("a")))), MAYBE),
        (Either((OPAQUE, _name("a"))), Found(f"{P}a")),
        (Either((Not(OPAQUE), _name("a"))), Found(f"{P}a")),
        (Not(All((OPAQUE, _name("a")))), X),
        (All((OPAQUE, parsed("false"))), Nothing()),
        (Not(Either((OPAQUE, parsed("true")))), Nothing()),
        (All((Not(OPAQUE), parsed("false"))), Nothing()),
        (Either((OPAQUE, Not(OPAQUE))), MAYBE),
    ],
)
def test_opaque_part_leaves_open_only_what_hangs_on_it(
    expression: Expression, expected: Found | Nothing | Undecided
) -> None:
    """Found if it cannot hinder, nothing if it cannot help, undecided otherwise, in either polarity."""
    assert find(expression) == expected


@pytest.mark.parametrize("expression", [OPAQUE, Not(OPAQUE), Either((OPAQUE, Not(OPAQUE)))])
def test_opaque_part_of_one_resource_is_undecided(expression: Expression) -> None:
    """The same holds where one resource is asked about."""
    resource = Resource.bucket(BUCKET)

    assert find_resource(expression, resource) == MAYBE
    assert find_resource(All((expression, parsed("false"))), resource) == Nothing()
    assert find_resource(Either((expression, parsed("true"))), resource) == Found("projects/_/buckets/b")


# The budget.


def _in_any_order(count: int) -> Expression:
    """Ask for `count` fields in any order: the search meets every subset of them."""
    fields = [parsed(f'resource.name.extract("{letter}{{x}}/") == "1"') for letter in ascii_uppercase[:count]]
    return All(tuple(fields))


def test_spent_budget_is_undecided_and_never_wrong() -> None:
    """With any budget the answer is the true one, or says that the budget was too small."""
    question = _in_any_order(3)
    answer = find(question)
    verdicts = [find_name(question, OBJECTS, states_max=states_max) for states_max in range(1, 300)]

    assert isinstance(answer, Found)
    assert {verdict for verdict in verdicts if not isinstance(verdict, Undecided)} == {answer}
    assert Undecided("the decision needs more than 10 states") in verdicts


def test_search_ends_at_its_budget() -> None:
    """A question with more states than the budget ends there, and its answer is no "nothing"."""
    assert find_name(_in_any_order(16), OBJECTS, states_max=2_000) == Undecided(
        "the decision needs more than 2000 states"
    )
    assert STATES_MAX == 100_000


def test_search_ends_where_few_states_cost_much() -> None:
    """States of many parts are bounded too: a question of minutes ends undecided in about a second."""
    assert find(_in_any_order(13)) == Undecided(f"the decision needs more than {STEPS_MAX} steps")


# One resource, all buckets, managed folders.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", Found("projects/_/buckets/b")),
        ("false", Nothing()),
        ("resource.name == 'projects/_/buckets/b'", Found("projects/_/buckets/b")),
        ("resource.name != 'projects/_/buckets/b'", Nothing()),
        ("resource.type == 'storage.googleapis.com/Bucket'", Found("projects/_/buckets/b")),
        ("resource.hasTagKey('a') && !resource.hasTagKey('b')", Found("projects/_/buckets/b")),
        ("resource.hasTagKey('a') && !resource.hasTagKey('a')", Nothing()),
        ("resource.hasTagKey('a') || !resource.hasTagKey('a')", Found("projects/_/buckets/b")),
    ],
)
def test_one_resource_is_decided_at_some_time(text: str, expected: Found | Nothing) -> None:
    """A condition holds for the bucket if time and tags can be so that it does."""
    assert find_resource(parsed(text), Resource.bucket(BUCKET)) == expected


def test_resource_without_a_name_satisfies_no_test_of_it() -> None:
    """On a project a name does not exist; a test of it and its negation grant nothing."""
    project, test = Resource("cloudresourcemanager.googleapis.com/Project", None), parsed("resource.name == 'a'")

    assert find_resource(test, project) == Nothing()
    assert find_resource(Not(test), project) == Nothing()
    assert find_resource(Either((test, parsed("true"))), project) == Found("")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", Found("projects/_/buckets/x/objects/x")),
        (f'resource.name.startsWith("{P}a/")', Found(f"{P}a/")),
        ("resource.name == 'projects/_/buckets/b/objects/a/b'", Found("projects/_/buckets/b/objects/a/b")),
        ("resource.name == 'projects/_/buckets/objects/objects//'", Found("projects/_/buckets/objects/objects//")),
        ("resource.name == 'projects/_/buckets/b'", Nothing()),
        ("resource.name == 'projects/_/buckets/b/objects/'", Nothing()),
        ("resource.name == 'projects/_/buckets/b/managedFolders/a'", Nothing()),
        ("resource.name == 'projects/_/buckets//objects/a'", Nothing()),
        ("resource.name == 'projects/_/buckets/a/b/objects/c'", Nothing()),
        ("resource.name.endsWith('/objects/')", Found("projects/_/buckets/x/objects/objects/")),
        ("resource.type == 'storage.googleapis.com/Bucket'", Nothing()),
    ],
)
def test_objects_of_all_buckets_have_a_bucket_and_a_name(text: str, expected: Found | Nothing) -> None:
    """Neither part is empty, the bucket holds no slash, and the type is that of an object."""
    assert find_object(parsed(text)) == expected


def test_object_of_any_bucket_is_no_longer_than_a_name() -> None:
    """A witness that would be longer than a legal name is none; what may exist beside it is left open."""
    longest = parsed(f'resource.name == "{P}{"x" * LIMIT}"')
    longer = parsed(f'resource.name == "{P}{"x" * LIMIT}y"')

    assert find_object(longest) == Found(P + "x" * LIMIT)
    assert isinstance(find_object(longer), Undecided)


def test_managed_folders_are_a_space_of_their_own() -> None:
    """Their names have another prefix and their type is their own."""
    space = Space.managed_folders(BUCKET)

    assert find(parsed("true"), space) == Found("projects/_/buckets/b/managedFolders/x")
    assert find(parsed(f"resource.type == '{MANAGED_FOLDER_TYPE}'"), space) != Nothing()
    assert find(parsed(f"resource.type == '{OBJECT_TYPE}'"), space) == Nothing()
    assert find(parsed(f'resource.name.startsWith("{P}")'), space) == Nothing()


@pytest.mark.parametrize(
    ("text", "name", "truth"),
    [("resource.type == 'a' || resource.service == 'b'", "x", False), ("resource.type != 'a'", "x", True)],
)
def test_literals_of_type_and_service_are_compared_whole(text: str, name: str, truth: bool) -> None:  # noqa: FBT001
    """A misspelt type is never the resource's, for one name as for all."""
    assert reaches(parsed(text), name) is truth
    assert isinstance(find(parsed(text)), Found) is truth


def test_leaves_know_under_how_many_negations_they_stand() -> None:
    """Polarity is what opaque and free parts are counted by."""
    tree = Not(All((OPAQUE, Not(Either((_free("a"), Not(_free("b"))))))))

    assert [positive for _, positive in leaves(tree)] == [False, True, False]
