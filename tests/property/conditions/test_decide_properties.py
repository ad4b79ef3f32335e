"""The decision procedure against plain enumeration: on small alphabets every verdict can be checked by trying."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arco.policy.conditions import Expression, Found, Nothing, Space, Undecided, find_name
from arco.policy.conditions.evaluate import OBJECT_TYPE
from tests.property.conditions.drawn import bounded, conditions, names, rewritings, splices, truth_about

STARTS = ("", "/", "b/", "ab/")
# What literals are made of; every other character is as good as `x`.
ALPHABETS = {"slash": "ab/", "one letter": "a", "two bytes": "aé", "line feed": "a\n"}
PREFIXES = st.sampled_from(["", "a", "ab/", "aa"])


def _bytes(verdict: Found, space: Space) -> int:
    return len(verdict.name.removeprefix(space.prefix).encode())


@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=ALPHABETS.keys())
def test_verdict_is_exact_where_every_name_can_be_tried(alphabet: str) -> None:
    """With names of up to four bytes, verdict and length are those of enumeration, for every kind of condition."""
    seen = dict.fromkeys((Found, Nothing, Undecided), 0)

    @bounded(350)
    @given(conditions(alphabet, ("", alphabet[-1], alphabet)), PREFIXES, st.integers(0, 4), st.booleans())
    def compare(expression: Expression, prefix: str, bytes_max: int, empty: bool) -> None:  # noqa: FBT001
        space = Space(prefix, OBJECT_TYPE, bytes_max, empty)
        legal = (name for name in names(alphabet + "x", bytes_max) if "\n" not in name and (name or empty))
        truth = truth_about(expression, space, (name for name in legal if len(name.encode()) <= bytes_max))
        verdict = find_name(expression, space)
        seen[type(verdict)] += 1

        if truth.bytes_min is not None:
            assert isinstance(verdict, Found)
            assert _bytes(verdict, space) == truth.bytes_min
        elif truth.bytes_min_maybe is not None:
            assert isinstance(verdict, Undecided)
        else:
            assert verdict == Nothing()

    compare()

    assert min(seen.values()) > 10, seen


def test_verdict_agrees_with_every_name_tried() -> None:
    """Without a limit: what is found satisfies, nothing shorter does, and "nothing" means that no trial satisfies."""
    seen = dict.fromkeys((Found, Nothing, Undecided), 0)

    @bounded(200)
    @given(conditions("ab/", STARTS, leaves_max=5), PREFIXES)
    def compare(expression: Expression, prefix: str) -> None:
        space = Space(prefix, OBJECT_TYPE, 1024)
        tried = {*names("ab/", 6), *names("ab/x", 4), *splices(expression)} - {""}
        truth = truth_about(expression, space, iter(tried))
        verdict = find_name(expression, space)
        seen[type(verdict)] += 1

        if isinstance(verdict, Found):
            length = _bytes(verdict, space)
            own = truth_about(expression, space, iter([verdict.name.removeprefix(prefix)]))
            assert verdict.name.startswith(prefix)
            assert own.bytes_min == length
            assert truth.bytes_min is None or length <= truth.bytes_min
        elif isinstance(verdict, Undecided):
            assert truth.bytes_min is None
        else:
            assert truth.bytes_min_maybe is None

    compare()

    assert min(seen.values()) > 5, seen


@bounded(250)
@given(st.data(), conditions("ab/", STARTS), PREFIXES)
def test_rewriting_changes_no_verdict(data: st.DataObject, expression: Expression, prefix: str) -> None:
    """Double negation, De Morgan's laws, order, grouping and repetition change neither the verdict nor its length."""
    space = Space(prefix, OBJECT_TYPE, 1024)
    rewritten = data.draw(rewritings(expression))
    before, after = find_name(expression, space), find_name(rewritten, space)

    assert type(before) is type(after)
    if isinstance(before, Found) and isinstance(after, Found):
        assert _bytes(before, space) == _bytes(after, space)


@bounded(250)
@given(conditions("ab/", STARTS), PREFIXES, st.integers(1, 40))
def test_small_budget_is_undecided_or_right(expression: Expression, prefix: str, states_max: int) -> None:
    """A budget changes a verdict to "undecided" only."""
    space = Space(prefix, OBJECT_TYPE, 1024)
    verdict = find_name(expression, space, states_max=states_max)

    assert isinstance(verdict, Undecided) or verdict == find_name(expression, space)


@bounded(250)
@given(conditions("ab/", STARTS), PREFIXES, st.text("ab/", max_size=3))
def test_question_under_a_prefix_is_the_question_with_that_prefix(
    expression: Expression, prefix: str, start: str
) -> None:
    """Beginning behind a prefix decides the same as asking for names that begin with it."""
    narrow = find_name(expression, Space(prefix + start, OBJECT_TYPE, 20, empty=True))
    wide = find_name(expression, Space(prefix, OBJECT_TYPE, 20 + len(start), empty=True))

    assert not isinstance(narrow, Found) or not isinstance(wide, Nothing)
    assert not (isinstance(wide, Found) and wide.name.startswith(prefix + start)) or isinstance(narrow, Found)
