"""The invariants on which the compression of the alphabet and the pruning of the search rest."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from arco.policy.conditions import Expression, ExtractPair, ExtractTest, NameTest, Resource, evaluate
from arco.policy.conditions._literals import Machine, ObjectName
from arco.policy.conditions._machines import machine_of
from tests.property.conditions.drawn import bounded, name_leaves, names

ALPHABET = "ab/"
CHARACTERS = "ab/xyé\n\ud800"
LEAVES = name_leaves(ALPHABET)
WALKS = st.text(CHARACTERS, max_size=10)
CONTINUATIONS = tuple(names("ab/x", 4))


def _machine(leaf: Expression) -> Machine | bool:
    assert isinstance(leaf, NameTest | ExtractTest | ExtractPair)
    return machine_of(leaf)


def _after(machine: Machine, state: int, text: str) -> int:
    for character in text:
        state = machine.step(state, character)
    return state


def _hold_invariants(machine: Machine, walk: str) -> None:
    state = 0
    for length in range(len(walk) + 1):
        alike = {machine.step(state, other) for other in CHARACTERS if other not in machine.distinguished(state)}
        assert len(alike) <= 1, (walk[:length], alike)
        verdict = machine.settled(state)
        if verdict is not None:
            reached = {machine.accepts(_after(machine, state, text)) for text in CONTINUATIONS}
            assert reached == {verdict}, walk[:length]
        if length < len(walk):
            state = machine.step(state, walk[length])


@bounded(250)
@given(LEAVES, WALKS)
def test_machine_tells_apart_only_what_it_says_and_settles_for_good(leaf: Expression, walk: str) -> None:
    """Characters outside `distinguished` lead to one state; where `settled` answers, nothing changes the answer."""
    machine = _machine(leaf)

    if isinstance(machine, Machine):
        _hold_invariants(machine, walk)


@bounded(250)
@given(LEAVES, WALKS)
def test_machine_accepts_what_the_evaluator_holds_true(leaf: Expression, walk: str) -> None:
    """After any text the machine's verdict is that of the leaf about this text."""
    machine = _machine(leaf)
    accepted = machine if isinstance(machine, bool) else machine.accepts(_after(machine, 0, walk))

    assert accepted is evaluate(leaf, Resource(None, walk))


@bounded(250)
@given(LEAVES, WALKS)
def test_machine_runs_as_it_steps(leaf: Expression, walk: str) -> None:
    """Running over a prefix at once gives the very state that single steps give."""
    machine = _machine(leaf)

    if isinstance(machine, Machine):
        assert machine.run(walk) == _after(machine, 0, walk)


@bounded(150)
@given(st.lists(st.sampled_from(["/objects/", "/", "objects", "a", "é", "\n"]), max_size=6).map("".join))
def test_name_of_any_object_has_a_bucket_and_a_name(text: str) -> None:
    """The machine for objects of all buckets is the regular expression that documents their names."""
    machine = ObjectName()
    _hold_invariants(machine, text)

    assert machine.accepts(machine.run(text)) == bool(re.fullmatch(r"[^/]+/objects/.+", text, re.DOTALL))
