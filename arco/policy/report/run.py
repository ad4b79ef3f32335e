"""One run of the gate, as renderers get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arco.policy.findings import Finding
from arco.policy.judge import Judgement
from arco.policy.rules import ERROR

__all__ = ["Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """A judgement, and what is around it.

    `source` is the input as the caller named it, and `plan` the same where it is a file, which has no lines of source.
    `rows` and `table` are the computed matrix, for programs and for people. Files are told relative to `root`, the
    absolute path of the repository. `docs` is the URL at which docs/rules.md can be read, if there is one.
    """

    judgement: Judgement
    source: str
    milliseconds: float
    rows: Mapping[str, Mapping[str, str]] | None = None
    table: str = ""
    plan: str = ""
    root: str = ""
    docs: str = ""

    @property
    def shown(self) -> str:
        """The input, for people: a pipe has no name of its own."""
        return "stdin" if self.source == "-" else self.source

    @property
    def exit_code(self) -> int:
        """What the process ends with: 1 if a finding counts."""
        return 1 if self.judgement.errors else 0

    @property
    def worst_first(self) -> list[Finding]:
        """The findings that count, errors before the rest, otherwise in the order in which they were made."""
        return sorted(self.judgement.findings, key=lambda finding: finding.severity != ERROR)
