"""Findings: a claim, where it was written, the evidence, a witness, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from arco.policy.model import Grant
from arco.policy.values import Origin

__all__ = ["Caret", "Evidence", "Finding", "grouped", "joined"]

_KEY = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')


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
    """`claim` in one line. `address` and `label` name the grant, `member` who holds it.

    Findings of one rule and one `kind` that were written in one place are one mistake: `others` names the rest of them.
    `grants` are those that it is about, `facts` what else it rests on: neither is shown, both are in the fingerprint.
    What is not `waivable` counts whatever a waiver says, even of a rule that can be waived elsewhere.
    """

    rule: str
    severity: str
    claim: str
    help: str
    origin: Origin | None = None
    address: str = ""
    label: str = ""
    evidence: tuple[Evidence, ...] = ()
    witness: str = ""
    kind: str = ""
    member: str = ""
    others: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    facts: tuple[str, ...] = ()
    waivable: bool = True

    @property
    def fingerprint(self) -> str:
        """Name this finding by rule and grant: the same wherever it stands in a file, another for another grant.

        A grant is all that it allows: its scope and every permission of its role, too, which its text need not show.
        """
        import hashlib  # noqa: PLC0415 (a clean check needs none)
        import json  # noqa: PLC0415 (as above)

        said = [[evidence.name, evidence.text] for evidence in self.evidence] or [["claim", self.claim]]
        grants = [_whole(grant) for grant in self.grants]
        text = json.dumps([self.rule, self.kind, self.address, self.label, self.member, said, grants, self.facts])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def place(self) -> str:
        """The instance and its binding, for people."""
        return ", ".join(part for part in (self.address, self.label) if part)


def _whole(grant: Grant) -> list[object]:
    scope = [grant.scope.kind.value, grant.scope.name, grant.scope.folder]
    condition = grant.condition.text.display() if grant.condition is not None else None
    return [grant.address, grant.member, grant.role, sorted(grant.permissions), scope, condition]


def grouped(findings: list[Finding]) -> list[Finding]:
    """Join what is one mistake: fifty instances of one line are one finding, which names every place and member."""
    kept: dict[tuple[str, str, Origin | str], Finding] = {}
    for finding in findings:
        # Without evidence or a line, the claim alone tells a finding from others.
        kind = finding.kind if finding.evidence and finding.origin else finding.claim
        # A plan has no lines: the instances of one block stand for them.
        key = (finding.rule, kind, finding.origin or _KEY.sub("", finding.place))
        first = kept.get(key)
        if first is None:
            kept[key] = finding
            continue
        other = finding.place if finding.place != first.place else finding.member
        if other not in {first.member, *first.others}:
            kept[key] = replace(first, others=(*first.others, other))
    return list(kept.values())


def joined(names: list[str]) -> str:
    """Spell a list: `a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
