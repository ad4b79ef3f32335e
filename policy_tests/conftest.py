"""The table of mutants, which every run prints in which mutants were judged, on however many processes."""

from __future__ import annotations

import pytest

from policy_tests.mutation.counts import Tally, table


class MutantReport:
    """Collects the counts that tests record."""

    def __init__(self) -> None:
        """Begin with none."""
        self.tallies: list[Tally] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the counts of one operator."""
        if report.when == "call":
            self.tallies += [Tally.read(str(value)) for name, value in report.user_properties if name == "mutants"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what was counted."""
        if self.tallies:
            terminalreporter.section("mutants of the policy")
            terminalreporter.write_line(table(sorted(self.tallies, key=lambda tally: tally.name)).rstrip())


def pytest_configure(config: pytest.Config) -> None:
    """Print in the process that hears from all."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(MutantReport())
