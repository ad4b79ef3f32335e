"""Comparisons of random policies: what is shown is so, what is not shown is not, and rewritings are silent."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import assume, given
from hypothesis import strategies as st

from arco.policy.conditions import Either, Expression, Refusal, Resource, evaluate, parse
from arco.policy.deployment import Instance
from arco.policy.diff import Difference, compare
from arco.policy.grants import collect
from tests.fakes.deployments import bucket, deployed, member
from tests.property.conditions.drawn import bounded, conditions, free_values, names, rewritings, written

_START = "projects/_/buckets/demo/objects/"
_DRAWN = conditions("ab/", ("", _START, f"{_START}a", "/objects/"), opaque=False, leaves_max=3)
_POLICIES = st.lists(_DRAWN, min_size=1, max_size=3)
_NAMES = [name for name in names("ab/", 4) if name]


def _instances(policy: list[Expression]) -> list[Instance]:
    grants = [member(expression=written(condition), name=f"m{index}") for index, condition in enumerate(policy)]
    return [bucket("demo"), *grants]


def _compared(base: list[Expression], head: list[Expression]) -> Difference:
    return compare(collect(deployed(*_instances(base))), collect(deployed(*_instances(head))))


def _given(policy: list[Expression], name: str, free: Mapping[str, bool]) -> bool:
    resource = Resource.object("demo", name)
    return any(evaluate(condition, resource, free) for condition in policy)


def _differing(base: list[Expression], head: list[Expression], name: str) -> set[str]:
    """Say in which directions a name differs at some time, by evaluation."""
    found = set()
    for free in free_values(Either((*base, *head))):
        before, after = _given(base, name, free), _given(head, name, free)
        if before is not after:
            found.add("gained" if after else "lost")
    return found


def test_every_change_is_shown_and_nothing_else() -> None:
    """Against evaluation of every short name: no silence where one differs, no witness that does not."""
    counts = {"same": 0, "gained": 0, "lost": 0}

    @bounded(120)
    @given(_POLICIES, _POLICIES)
    def check(base: list[Expression], head: list[Expression]) -> None:
        difference = _compared(base, head)
        shown = {change.direction: change.shown[0].witness for change in difference.changes}
        for direction, witness in shown.items():
            counts[direction] += 1
            assert direction in _differing(base, head, witness.removeprefix("gs://demo/"))
        counts["same"] += difference.same
        differing = set[str]().union(*(_differing(base, head, name) for name in _NAMES))
        assert difference.doubts == ()
        assert differing <= set(shown)

    check()

    assert min(counts.values()) >= 10, counts


def test_a_rewriting_is_silent() -> None:
    """Doubled negations, De Morgan's laws, order and grouping, on any condition, and grants in another order."""

    @bounded(100)
    @given(st.data(), _POLICIES)
    def check(data: st.DataObject, policy: list[Expression]) -> None:
        other = [data.draw(rewritings(condition)) for condition in policy]
        assume(not any(isinstance(parse(written(condition)), Refusal) for condition in other))
        assert _compared(policy, other[::-1]).same

    check()
