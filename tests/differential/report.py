"""What a run of the comparison says at its end: how much was compared."""

from __future__ import annotations

import pytest

__all__ = ["AgreementReport"]


class AgreementReport:
    """Collects what the tests counted; with several processes, in the one that hears from all."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the lines of a test that ran to its end, whatever its verdict."""
        if report.when == "call":
            self.lines += [str(value) for name, value in report.user_properties if name == "agreement"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print them."""
        if self.lines:
            terminalreporter.section("proof, evaluator and service")
            for line in self.lines:
                terminalreporter.write_line(line)
