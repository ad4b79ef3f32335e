"""Findings as JUnit XML: one case for each rule and principal.

A case that passes says that nothing of this rule was found about this principal. Each principal is told by its own
grants, also where one line of source grants to many and other formats show that as one finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from arco.policy.findings import Finding
from arco.policy.report._text import one_line
from arco.policy.report.plain import render_finding, render_waived
from arco.policy.report.run import Run
from arco.policy.rules import ERROR, RULES, Rule
from arco.policy.waivers import Waived

__all__ = ["render_junit", "render_junit_error"]

_INPUT = "the input"


def render_junit(run: Run) -> str:
    """Give one suite with a case for each rule and principal: failed by errors, skipped if waived or not asked."""
    judgement = run.judgement
    found, waived = _by_case(judgement.each or judgement.findings), _waived_by_case(judgement.waived)
    suite = Element("testsuite", name=one_line(run.shown), time=f"{run.milliseconds / 1000:.3f}")
    for rule in RULES:
        if rule in judgement.asked:
            for who in _subjects(rule, run, found, waived):
                _judge(_case(suite, rule.id, who), found[rule.id, who], waived[rule.id, who], run.shown)
        elif rule in judgement.not_asked:
            case = _case(suite, rule.id, _INPUT)
            SubElement(case, "skipped", message="not asked, for want of --matrix")
    return _document(suite)


def render_junit_error(error: Exception) -> str:
    """Give one suite whose only case could not run."""
    suite = Element("testsuite", name="arco", time="0.000")
    SubElement(_case(suite, "arco", "run"), "error", message=one_line(str(error)), type=type(error).__name__)
    return _document(suite)


def _subjects(
    rule: Rule,
    run: Run,
    found: Mapping[tuple[str, str], list[Finding]],
    waived: Mapping[tuple[str, str], list[Waived]],
) -> Iterable[str]:
    """Give everybody about whom a rule was asked, and whatever else it speaks of."""
    told = [who for name, who in (*found, *waived) if name == rule.id]
    return dict.fromkeys((*run.judgement.members, *told)) or (_INPUT,)


def _subject(finding: Finding) -> str:
    return finding.member or finding.place or _INPUT


def _by_case(findings: Iterable[Finding]) -> defaultdict[tuple[str, str], list[Finding]]:
    cases: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        cases[finding.rule, _subject(finding)].append(finding)
    return cases


def _waived_by_case(waived: Iterable[Waived]) -> defaultdict[tuple[str, str], list[Waived]]:
    cases: defaultdict[tuple[str, str], list[Waived]] = defaultdict(list)
    for one in waived:
        cases[one.finding.rule, _subject(one.finding)].append(one)
    return cases


def _case(suite: Element, rule: str, who: str) -> Element:
    return SubElement(suite, "testcase", classname=rule, name=one_line(who), time="0.000")


def _judge(case: Element, findings: list[Finding], waived: list[Waived], source: str) -> None:
    errors = [finding for finding in findings if finding.severity == ERROR]
    advice = [finding for finding in findings if finding.severity != ERROR]
    if errors:
        failure = SubElement(case, "failure", message=_message(errors), type=errors[0].rule)
        failure.text = _text(render_finding(finding, source) for finding in errors)
    elif waived:
        message = f"waived until {waived[0].waiver.expiry}: {waived[0].waiver.reason}"
        SubElement(case, "skipped", message=one_line(message))
    told = [render_finding(finding, source) for finding in advice] + [render_waived(one, source) for one in waived]
    if told:
        SubElement(case, "system-out").text = _text(told)


def _message(errors: list[Finding]) -> str:
    more = f" (and {len(errors) - 1} more)" if errors[1:] else ""
    return one_line(errors[0].claim) + more


def _text(blocks: Iterable[str]) -> str:
    # XML has no place for most control characters, not even by number.
    return "\n".join("\n".join(map(one_line, block.split("\n"))) for block in blocks)


def _document(suite: Element) -> str:
    cases = list(suite)
    counts = {"tests": len(cases)}
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[attribute] = sum(case.find(tag) is not None for case in cases)
    root = Element("testsuites", name="arco policy")
    for element in (root, suite):
        element.attrib.update({name: str(number) for name, number in counts.items()})
    root.append(suite)
    document: bytes = tostring(root, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"
