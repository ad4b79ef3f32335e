"""What a rule is: one file, one id, one test, one section of docs/rules.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from arco.policy.case import Case
from arco.policy.findings import Finding

__all__ = ["ERROR", "WARNING", "Rule"]

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` yields findings. `needs_layout`: it is asked only with a matrix. Only `error` makes the exit code 1."""

    id: str
    severity: str
    needs_layout: bool
    summary: str
    check: Callable[[Case], Iterator[Finding]]
