"""What a rule is: one file, one id, one test, one section of docs/rules.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from arco.policy.case import Case
from arco.policy.conditions import Span
from arco.policy.findings import Caret, Evidence, Finding
from arco.policy.model import Grant
from arco.policy.values import Origin

__all__ = ["ERROR", "WARNING", "Rule", "advice"]

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` yields findings. `needs_layout`: it is asked only with a matrix. Only `error` makes the exit code 1.

    What is not `waivable` would make a waiver the way around the gate.
    """

    id: str
    severity: str
    needs_layout: bool
    summary: str
    check: Callable[[Case], Iterator[Finding]]
    waivable: bool = True

    def finding(self, claim: str, remedy: str, origin: Origin | None, address: str) -> Finding:
        """Make a finding that is about no grant, but about `address`."""
        return Finding(self.id, self.severity, claim, remedy, origin, address)

    def about(
        self,
        grant: Grant,
        claim: str,
        remedy: str,
        *,
        kind: str = "",
        permission: str = "",
        witness: str = "",
        caret: tuple[Span, str] | None = None,
        origin: Origin | None = None,
    ) -> Finding:
        """Make a finding about one grant. Findings of one `kind` that were written in one place are one mistake.

        It stands at `origin`, else at the characters that `caret` points at, else where the condition was written,
        else, for a grant without one, at the block of the binding.
        """
        place, condition, mark = grant.place, grant.condition, None
        if condition is not None and caret is not None:
            span, note = caret
            mark = Caret(span.start, max(1, span.end - span.start), note)
            place = condition.origin_of(span) or place
        evidence = (
            Evidence("member", grant.member),
            Evidence("role", f"{grant.role}  ({permission})" if permission else grant.role),
            Evidence("condition", condition.text.display() if condition is not None else "none", mark),
        )
        return Finding(
            rule=self.id,
            severity=self.severity,
            claim=claim,
            help=remedy,
            origin=origin or place,
            address=grant.address,
            label=grant.label,
            evidence=evidence,
            witness=witness,
            kind=kind,
            member=grant.member,
            grants=(grant,),
        )


def advice(case: Case) -> str:
    """Give the severity of advice: an error where a matrix declares that Terraform owns every bucket's policy."""
    return ERROR if case.declared is not None and case.declared.matrix.layout.owned else WARNING
