"""What the gate says of an input that was changed, and whether that is safe.

The promise behind every test here: an input is refused, or its grants are those of the original, or there is an error
among the findings. Anything else is a silent pass.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from arco.errors import InputError
from arco.policy.case import Case, open_case
from arco.policy.deployment import Deployment
from arco.policy.judge import judge
from arco.policy.matrix import parse_matrix
from arco.policy.model import Grant
from tests.tree import ROOT

__all__ = ["MATRIX", "MATRIX_TEXT", "REFUSED", "SAME", "SILENT", "TOLD", "Original", "grants_of", "within"]

REFUSED, SAME, TOLD, SILENT = "refused", "same grants", "an error", "a silent pass"
MATRIX_TEXT = (ROOT / "infra/access_matrix.txt").read_text()
MATRIX = parse_matrix(MATRIX_TEXT, "infra/access_matrix.txt")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail, instead of waiting, where the processor is busy for longer."""

    def ring(_: int, __: FrameType | None) -> None:
        message = f"still computing after {seconds} seconds of the processor"
        raise AssertionError(message)

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def grants_of(case: Case) -> object:
    """Give what decides access, so that two inputs can be compared: each grant without its place."""
    return {_spelled(grant) for grant in case.found.grants}


def _spelled(grant: Grant) -> tuple[object, ...]:
    condition = grant.condition.text.display() if grant.condition is not None else None
    return grant.member, grant.role, grant.permissions, grant.scope, condition, grant.note


@dataclass(frozen=True)
class Original:
    """An input that is clean, and how to load a changed text of it."""

    load: Callable[[str], Deployment]
    case: Case

    @classmethod
    def of(cls, load: Callable[[str], Deployment], text: str) -> Original:
        """Load the original. It must be clean, or nothing that is found in a changed one means anything."""
        case = open_case(load(text), MATRIX)
        assert judge(case).errors == 0
        return cls(load, case)

    def verdict(self, text: str) -> str:
        """Say what becomes of a changed text. Whatever is raised beside refusals is a crash, and so is a hang."""
        try:
            with within(10):
                return self._verdict(text)
        except InputError:
            return REFUSED

    def _verdict(self, text: str) -> str:
        case = open_case(self.load(text), MATRIX)
        if grants_of(case) == grants_of(self.case) and not case.found.unsettled:
            return SAME
        # The cheap question first: most of what is changed is no grant any more.
        return TOLD if any(judge(case, rules).errors for rules in (["unknown"], [])) else SILENT
