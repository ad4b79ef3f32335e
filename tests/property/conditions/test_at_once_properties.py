"""What is answered without a search is what a search answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arco.policy.conditions import Expression, Found, Nothing, Space, find_at_once
from arco.policy.conditions.decide import STATES_MAX, _find
from tests.property.conditions.drawn import bounded, conditions

SPACES = st.builds(Space.objects, st.just("b"), st.sampled_from(["", "a", "a/x", "/"]))
STARTS = ("", "projects/_/buckets/b/objects/", "projects/_/buckets/b/objects/a/")


def test_an_answer_without_a_search_is_that_of_a_search() -> None:
    """The same verdict, and a name of the same length in bytes: most conditions are answered so."""
    seen: dict[type, int] = dict.fromkeys((Found, Nothing, type(None)), 0)

    @bounded(400)
    @given(conditions("ax/é\n", STARTS), SPACES)
    def compare(expression: Expression, space: Space) -> None:
        at_once = find_at_once(expression, space)
        searched = _find(expression, space, True, STATES_MAX)  # noqa: FBT003 - every text is a name
        seen[type(at_once)] += 1

        assert at_once is None or type(at_once) is type(searched)
        if isinstance(at_once, Found) and isinstance(searched, Found):
            assert len(at_once.name.encode()) == len(searched.name.encode())

    compare()

    assert min(seen.values()) > 20, seen
