"""What a run of the simulation says at its end: how much was looked at in each scenario."""

from __future__ import annotations

import pytest

__all__ = ["LINE", "SimulationReport"]

LINE = "{:<22} {:>9} {:>9} {:>11} {:>5} {:>8} {:>8}"


class SimulationReport:
    """Collects what the explored scenarios tell; with several processes, in the one that hears from all."""

    def __init__(self) -> None:
        """Begin with none explored."""
        self.explored: dict[str, list[int]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the numbers of a scenario that was explored to its end."""
        if report.when == "call":
            found = (str(value) for name, value in report.user_properties if name == "explored")
            for scenario, *numbers in (one.split() for one in found):
                self.explored[scenario] = [int(number) for number in numbers]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line for each scenario, and how many states there were in all."""
        if not self.explored:
            return
        terminalreporter.section("states explored")
        heads = ("scenario", "states", "moments", "transitions", "depth", "contents", "actors'")
        terminalreporter.write_line(LINE.format(*heads))
        for scenario, numbers in sorted(self.explored.items()):
            terminalreporter.write_line(LINE.format(scenario, *(f"{number:,}" for number in numbers)))
        terminalreporter.write_line(f"{sum(numbers[0] for numbers in self.explored.values()):,} states in all")
