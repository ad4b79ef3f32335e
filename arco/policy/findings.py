"""Findings: a claim, where it was written, the evidence, a witness, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from arco.policy.values import Origin

__all__ = ["Caret", "Evidence", "Finding", "grouped", "joined"]


@dataclass(frozen=True, slots=True)
class Caret:
    """Points at `length` characters of an evidence line from `start`, and says what is wrong there."""

    start: int
    length: int
    note: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of what the input says: `member`, `role`, `condition`."""

    name: str
    text: str
    caret: Caret | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`claim` in one line. `address` and `label` name the grant; `others` are further instances of the same source."""

    rule: str
    severity: str
    claim: str
    help: str
    origin: Origin | None = None
    address: str = ""
    label: str = ""
    evidence: tuple[Evidence, ...] = ()
    witness: str = ""
    others: tuple[str, ...] = field(default=())

    @property
    def place(self) -> str:
        """The instance and its binding, for people."""
        return ", ".join(part for part in (self.address, self.label) if part)


def grouped(findings: list[Finding]) -> list[Finding]:
    """Join findings of one rule that were written in one place: fifty instances of one line are one finding.

    Findings that are about no grant (without evidence) share a place and say different things: their claim counts too.
    """
    kept: dict[tuple[str, Origin | str, str], Finding] = {}
    for finding in findings:
        place = finding.origin or finding.address
        said = "" if finding.origin and finding.evidence else finding.claim
        key = (finding.rule, place, said)
        first = kept.get(key)
        if first is None:
            kept[key] = finding
        elif finding.place not in (first.place, *first.others):
            kept[key] = replace(first, others=(*first.others, finding.place))
    return list(kept.values())


def joined(names: list[str]) -> str:
    """Spell a list: `a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
