"""What a run of the contract says at its end: how many checks ran on each bucket, and what was not asked, and why."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contract.registry import kinds

__all__ = ["ContractReport"]


class ContractReport:
    """Counts the checks of the contract by bucket; with several processes, in the one that hears from all."""

    def __init__(self) -> None:
        """Begin with none seen."""
        self.ran: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a check whose test ran to its end, whatever its verdict."""
        if report.when == "call":
            self.ran.update(str(value) for name, value in report.user_properties if name == "bucket")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line for each bucket, and one for each reason not to ask it something."""
        if not self.ran:
            return
        terminalreporter.section("contract of a bucket")
        width = max(len(kind.name) for kind in kinds())
        for kind in kinds():
            terminalreporter.write_line(f"{kind.name:{width}}  {self.ran[kind.name]:4} checks ran")
            for reason in sorted(set(kind.leaves_out.values())):
                checks = sorted(check for check, why in kind.leaves_out.items() if why == reason)
                terminalreporter.write_line(f"{'':{width}}       not asked, since {reason}: {', '.join(checks)}")
