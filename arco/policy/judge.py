"""Ask the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arco.errors import UsageError
from arco.policy.case import Case
from arco.policy.findings import Finding, grouped
from arco.policy.roles import role_data
from arco.policy.rules import ERROR, RULES, Rule, unknown, waiver
from arco.policy.waivers import Waived

__all__ = ["ASSUMPTION", "Judgement", "ask", "judge"]

ASSUMPTION = (
    "access inherited from the project, its folders and its organization, and by access control lists of buckets that "
    "are made elsewhere, counts only where the input shows it, and who is in a group is not known"
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was asked of one input and found. `not_asked` are rules that need a matrix, where none was given.

    `assumptions` are sentences: the verdict is worth as much as they are. `waived` does not count, and is shown.
    `each` are the findings before what is one mistake was joined, and `members` everybody about whom was asked.
    """

    findings: tuple[Finding, ...]
    asked: tuple[Rule, ...]
    not_asked: tuple[Rule, ...]
    grants: int
    principals: int
    buckets: int
    assumptions: tuple[str, ...] = (ASSUMPTION,)
    waived: tuple[Waived, ...] = ()
    each: tuple[Finding, ...] = ()
    members: tuple[str, ...] = ()
    deselected: tuple[Rule, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings make the check fail."""
        return sum(finding.severity == ERROR for finding in self.findings)

    @property
    def verdict(self) -> str:
        """`refuted` if an error counts; else `waived` if one would, had people not said otherwise.

        Else `partial` if some rules were not to be asked, and `proved` if all were.
        """
        if self.errors:
            return "refuted"
        if any(one.finding.severity == ERROR for one in self.waived):
            return "waived"
        return "partial" if self.deselected else "proved"


def _assumptions(case: Case) -> Iterator[str]:
    yield ASSUMPTION
    if any(grant.role.startswith("roles/") for grant in case.found.grants):
        yield f"Google's own roles hold what they held on {role_data().as_of}"
    yield from case.found.assumptions
    yield from case.deployment.assumptions


def judge(case: Case, only: Sequence[str] = ()) -> Judgement:
    """Ask every rule, or those whose ids `only` lists, and `unknown`, which says where they could not decide.

    Raises UsageError for an id that does not exist.
    """
    known = {rule.id for rule in RULES}
    for name in only:
        if name not in known:
            message = f"there is no rule {name!r}: choose from {', '.join(sorted(known))}"
            raise UsageError(message)
    chosen = [rule for rule in RULES if not only or rule.id in only]
    if case.declared is None and all(rule.needs_layout for rule in chosen):
        message = f"nothing to ask: {', '.join(rule.id for rule in chosen)} need --matrix"
        raise UsageError(message)
    always = (unknown.RULE, waiver.RULE) if case.waivers.items else (unknown.RULE,)
    wanted = [rule for rule in RULES if rule in chosen or rule in always]
    asked = [rule for rule in wanted if case.declared is not None or not rule.needs_layout]
    findings, waived = ask(case, asked)
    # What is not known comes first: much of the rest may follow from it.
    findings.sort(key=lambda finding: finding.rule != unknown.RULE.id)
    not_asked = [rule for rule in wanted if rule not in asked]
    return Judgement(
        tuple(grouped(findings)),
        tuple(asked),
        tuple(not_asked),
        len(case.found.grants),
        len(case.reach.principals),
        len(case.reach.buckets),
        tuple(_assumptions(case)),
        tuple(_joined(waived)),
        tuple(findings),
        tuple(case.reach.principals),
        tuple(rule for rule in RULES if rule not in wanted and rule is not waiver.RULE),
    )


def ask(case: Case, rules: Sequence[Rule]) -> tuple[list[Finding], list[Waived]]:
    """Give what `rules` find, apart from what the case's waivers cover."""
    findings = [finding for rule in rules if rule is not waiver.RULE for finding in rule.check(case)]
    kept, waived = case.waivers.split(findings, {rule.id for rule in rules})
    # Last, since only now it shows which waivers were needed.
    return kept + [finding for rule in rules if rule is waiver.RULE for finding in rule.check(case)], waived


def _joined(waived: Sequence[Waived]) -> Iterator[Waived]:
    for one in dict.fromkeys(item.waiver for item in waived):
        covered = [item.finding for item in waived if item.waiver is one]
        yield from (Waived(finding, one) for finding in grouped(covered))
