"""What holds for every test here: in continuous integration (`CI=true`) nothing is skipped without a reason on record.

A skipped test is green, and a check that has not run for months looks like one that passes.
"""

from __future__ import annotations

import os

import hypothesis
import pytest

# The same examples every time, so that red means changed; `--hypothesis-profile=random` looks further.
hypothesis.settings.register_profile("random", deadline=None, print_blob=True)
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("fixed")

# The file of a test, and why it may be skipped even there.
MAY_SKIP = {
    "tests/terraform/test_format.py": "terraform is optional: plans are recorded, only the formatting needs it",
}


class SkipWatch:
    """Turns a run red in which a test was skipped that `MAY_SKIP` does not name."""

    def __init__(self) -> None:
        """Begin with no skips seen."""
        self.unreasoned: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was skipped; an expected failure is none."""
        if not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that was skipped."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and report.nodeid.partition("::")[0] not in MAY_SKIP:
            self.unreasoned.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that would have passed."""
        if self.unreasoned and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why a run without a failure failed."""
        for nodeid in self.unreasoned:
            terminalreporter.write_line(f"error: skipped where nothing may be skipped: {nodeid}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Watch where it counts; with several processes, in the one that hears from all."""
    if os.environ.get("CI", "").lower() == "true" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipWatch())
