"""Reports that every run of these tests prints, wherever it was started and on however many processes."""

from __future__ import annotations

import pytest

from tests.contract.report import ContractReport
from tests.differential.report import AgreementReport
from tests.simulation.report import SimulationReport


def pytest_configure(config: pytest.Config) -> None:
    """Let both reports hear of every test; with several processes, in the one that hears from all."""
    config.addinivalue_line("markers", "processes: a check for buckets that several processes can open")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ContractReport())
        config.pluginmanager.register(SimulationReport())
        config.pluginmanager.register(AgreementReport())
