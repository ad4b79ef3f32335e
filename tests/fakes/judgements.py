"""Judgements for tests of reports: of small inputs, and of findings that spell whatever a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from arco.policy.case import open_case
from arco.policy.deployment import Instance
from arco.policy.findings import Caret, Evidence, Finding
from arco.policy.judge import Judgement, judge
from arco.policy.report.run import Run
from arco.policy.rules import RULES
from arco.policy.values import Origin
from arco.policy.waivers import Waived, Waiver, Waivers, parse_waivers
from tests.fakes.deployments import deployed, member, prefix

__all__ = ["ROOT", "TODAY", "hostile", "judged", "run_of", "waiver_of"]

ROOT = str(Path(__file__).parents[2])
TODAY = date(2027, 1, 31)


def judged(*instances: Instance, waivers: str = "", only: Sequence[str] = ()) -> Judgement:
    """Judge an input, which is clean unless instances are given, without a matrix."""
    case = open_case(deployed(*(instances or [member(expression=prefix("a/"))])), None)
    items = parse_waivers(waivers, "waivers.toml", {rule.id: rule.waivable for rule in RULES})
    case.waivers = Waivers(tuple(items), TODAY)
    return judge(case, only)


def run_of(judgement: Judgement, *, table: str = "", docs: str = "") -> Run:
    """Make a run of a judgement."""
    return Run(judgement, "plan.json", 12.3456, table=table, root=ROOT, docs=docs)


def waiver_of(rule: str, address: str, reason: str = "agreed") -> str:
    """Spell a waiver that stands today."""
    return f"[[waiver]]\nrule = '{rule}'\naddress = '''{address}'''\nreason = '''{reason}'''\nexpiry = 2027-01-31\n"


def hostile(text: str, *, count: int = 1, waived: int = 0) -> Judgement:
    """Give a judgement in which everything that comes from an input is `text`."""
    findings = [_finding(text, number) for number in range(count)]
    waiver = Waiver("sole-writer", text, text, TODAY, Origin(text, 1, 1))
    return Judgement(
        tuple(findings),
        RULES,
        (),
        1,
        1,
        1,
        (text,),
        tuple(Waived(_finding(text, number), waiver) for number in range(waived)),
        tuple(findings),
        (text,),
    )


def _finding(text: str, number: int) -> Finding:
    return Finding(
        rule="sole-writer",
        severity=("error", "warning")[number % 2],
        claim=text,
        help=text,
        origin=Origin(text, number + 1, 1),
        address=text,
        label=text,
        evidence=(Evidence("member", text), Evidence("condition", text, Caret(0, 1, text))),
        witness=text,
        kind=str(number),
        member=text,
        others=(text, text),
    )
