"""All scenarios."""

from typing import Final

from tests.simulation.scenarios import careless, handover, leases, rivals, verified

__all__ = ["SCENARIOS"]

SCENARIOS: Final = (
    *handover.SCENARIOS,
    *rivals.SCENARIOS,
    *verified.SCENARIOS,
    *leases.SCENARIOS,
    *careless.SCENARIOS,
)
