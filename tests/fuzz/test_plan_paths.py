"""Every value of a plan, one after the other, is replaced by something else: nothing of it passes in silence.

Not sampled: each path of the recorded plan, cut down to one workspace, is visited, those of the policy inside its JSON
string as well. The replacements turn round, so that each path gets several and each value meets every kind of place.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice

import pytest

from tests.fuzz.small_plan import SMALL, load
from tests.fuzz.spans import Span, spans
from tests.fuzz.verdicts import REFUSED, SAME, SILENT, TOLD, Original

# What Terraform could write in other places, and what it never writes.
VALUES = ("null", "true", "-1", '""', '"x"', '"allUsers"', "[]", "{}", "[null]", '{"a":[1]}', "1e30", '"\\u0000"')
NO_JSON = ("NaN", "1e999", '"\\ud800"', "@", "1 1", "'x'", "[" * 100_000, "9" * 5_000, '{"a":1,"a":2}', '"\n"')
SHARDS = 8
_FIRST_KEY = re.compile(r'(?<=\{)"(?:[^"\\]|\\.)*"')
# What the loader may read. The rest of a plan repeats it, or says nothing of access.
READ = {"resource_changes", "configuration", "prior_state", "variables", "complete", "errored", "format_version"}
PLACES = spans(SMALL)
ORIGINAL = Original.of(load, SMALL)
_POLICY = "google_storage_bucket_iam_policy"
_CHANGES = json.loads(SMALL)["resource_changes"]


def bears_a_grant(place: Span) -> bool:
    """Whether the value says who is granted what on what: any other value there means something else."""
    match place.path:
        case ("resource_changes", int(number), "change", "after", *rest):
            kind = _CHANGES[number]["type"]
            if kind == _POLICY:
                return rest[:1] == ["bucket"] or (rest[:1] == ["policy_data"] and _is_read(rest[1:]))
            return kind == "google_project_iam_custom_role" and rest[:1] == ["permissions"]
    return False


def _is_read(steps: list[str | int]) -> bool:
    read = {"bindings", "role", "members", "condition", "expression"}
    return all(isinstance(step, int) or step in read for step in steps)


def _replaced(place: Span, values: tuple[str, ...], count: int, number: int = 0) -> list[str]:
    """Give the texts with `count` values that are not the one in place, going round by the number of the place."""
    start = number % len(values)
    others = (value for value in (*values[start:], *values[:start]) if value != place.value)
    return [place.replaced(value) for value in islice(others, count)]


def _of_shard(places: list[Span], shard: int) -> list[tuple[int, Span]]:
    return [(number // SHARDS, place) for number, place in enumerate(places) if number % SHARDS == shard]


OUTER = [place for place in PLACES if place.outer is None]
POLICY = [place for place in PLACES if place.outer is not None and place.path[0] == "resource_changes"]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_replaced_value_of_a_plan_passes_in_silence(shard: int) -> None:
    """A wrong type or garbage in any place is refused, found, or changes no grant."""
    verdicts: Counter[str] = Counter()
    silent = []
    for number, place in _of_shard(PLACES, shard):
        is_read = place.path[:1] == () or place.path[0] in READ
        for text in _replaced(place, VALUES, 2 if is_read else 1, number):
            verdict = ORIGINAL.verdict(text)
            verdicts[verdict] += 1
            silent += [place.path] if verdict == SILENT or (not is_read and verdict != SAME) else []

    assert silent == []
    assert verdicts.total() >= len(PLACES) // SHARDS
    assert verdicts.keys() >= {REFUSED, SAME, TOLD}


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_replaced_part_of_a_grant_is_noticed(shard: int) -> None:
    """Whatever stands in place of a member, role, condition, permission or bucket: its grants are not the same."""
    places = [place for place in PLACES if bears_a_grant(place)]
    unnoticed = [
        (place.path, text)
        for number, place in _of_shard(places, shard)
        for text in _replaced(place, VALUES, 6, number)
        if ORIGINAL.verdict(text) in {SAME, SILENT}
    ]

    assert unnoticed == []
    assert len(places) > 100


@pytest.mark.parametrize("shard", range(SHARDS))
def test_what_is_no_json_is_refused_wherever_it_stands(shard: int) -> None:
    """Lenient readers would guess; a plan, or the policy inside it, is refused or undecided."""
    read = [
        (place.path, text)
        for number, place in _of_shard(OUTER + POLICY, shard)
        for text in _replaced(place, NO_JSON, 1, number)
        if ORIGINAL.verdict(text) not in {REFUSED, TOLD}
    ]

    assert read == []


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_key_that_stands_twice_is_noticed_in_every_object(shard: int) -> None:
    """Two readers could take different values: the last one would drop the condition that the first one states."""
    objects = [place for place in OUTER + POLICY if place.value.startswith('{"')]
    unnoticed = []
    for _, place in _of_shard(objects, shard):
        key = _FIRST_KEY.search(place.value)
        assert key is not None
        verdict = ORIGINAL.verdict(place.replaced("{" + f"{key[0]}:null," + place.value[1:]))
        unnoticed += [] if verdict in {REFUSED, TOLD} else [place.path]

    assert unnoticed == []
