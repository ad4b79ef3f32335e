"""Explore scenarios and print what was looked at, or take one run's decisions again.

python -m tests.simulation [NAME ...]
python -m tests.simulation NAME --choices 0.3.1
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys

from arco.runtime import SystemClock
from tests.simulation.explore import explore, replay
from tests.simulation.report import LINE
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios import SCENARIOS


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(description="Explore every interleaving of a scenario, within its bounds.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="explore these only")
    parser.add_argument("--choices", help="take these decisions, and tell each")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    chosen = [one for one in SCENARIOS if not arguments.names or one.name in arguments.names]
    if not chosen:
        parser.error(f"no such scenario known={', '.join(one.name for one in SCENARIOS)}")
    if arguments.choices is not None:
        say("\n".join(replay(chosen[0], [int(one) for one in arguments.choices.split(".")])))
        return 0
    say(LINE.format("scenario", "states", "moments", "transitions", "depth", "contents", "actors'") + "  seconds")
    kept = [explored(scenario) for scenario in chosen]
    # Permits of actors that died complain when they go, and find nothing left of their modules at the end.
    gc.collect()
    return 0 if all(kept) else 1


def explored(scenario: Scenario) -> bool:
    """Explore one, and print what was looked at, or the way to what is broken."""
    clock = SystemClock()
    began = clock.monotonic_seconds()
    try:
        counts = explore(scenario)
    except AssertionError as broken:
        say(f"{scenario.name}: {broken}")
        return False
    took = clock.monotonic_seconds() - began
    sizes = (counts.states, counts.moments, counts.transitions, counts.depth, counts.contents, counts.actor_states)
    say(LINE.format(scenario.name, *(f"{size:,}" for size in sizes)) + f"  {took:7.1f}")
    return True


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
