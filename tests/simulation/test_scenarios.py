"""Every interleaving of the scenarios, with every fault that their bounds allow, keeps every promise."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator

import pytest

from tests.simulation.explore import explore
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios import SCENARIOS

STATES_LEAST = 100_000


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let nobody tell of the permits that are dropped when an actor dies, now or when the interpreter ends."""
    caplog.set_level(logging.CRITICAL, logger="arco")
    yield
    gc.collect()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_every_state_keeps_every_promise(scenario: Scenario, record_property: Callable[[str, object], None]) -> None:
    """No state within the bounds breaks an invariant, and as many were met as are known to be there."""
    counts = explore(scenario)
    numbers = (counts.states, counts.moments, counts.transitions, counts.depth, counts.contents, counts.actor_states)
    record_property("explored", " ".join([scenario.name, *map(str, numbers)]))

    assert counts.states >= scenario.floor


def test_scenarios_are_enough() -> None:
    """The states that are known to be there are many, and no scenario stands for another."""
    names = [scenario.name for scenario in SCENARIOS]

    assert sum(scenario.floor for scenario in SCENARIOS) >= STATES_LEAST
    assert len(set(names)) == len(names)
