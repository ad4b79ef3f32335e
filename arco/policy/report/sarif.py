"""Findings as SARIF 2.1.0, for code scanning.

A result stands at the `.tf` line, relative to the root of the repository, and at the logical location that Terraform
calls the address. Its fingerprint is made of the grant, so that it survives moved lines and no change of the grant.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias

from arco import __version__
from arco.errors import InputError
from arco.policy.findings import Finding
from arco.policy.judge import Judgement
from arco.policy.report._place import inside, uri
from arco.policy.report._prose import prose
from arco.policy.report._text import one_line
from arco.policy.report.run import Run
from arco.policy.rules import RULES, Rule
from arco.policy.values import Origin
from arco.policy.waivers import Waiver

__all__ = ["FINGERPRINT", "render_sarif", "render_sarif_error"]

FINGERPRINT = "arcoFinding/v1"
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_NO_LINES = "the input is a plan, which has no lines of source"

_Node: TypeAlias = dict[str, object]


def render_sarif(run: Run) -> str:
    """Give one log with one run: every rule, every finding, and those that are waived as suppressed."""
    judgement = run.judgement
    # By SARIF, either every result says whether it is suppressed, or none does.
    bare: _Node = {"suppressions": []} if judgement.waived else {}
    results = [_result(finding, run) | bare for finding in run.worst_first]
    results += [
        _result(one.finding, run) | {"suppressions": [_suppression(one.waiver, run.root)]} for one in judgement.waived
    ]
    document: _Node = {
        "tool": _tool(RULES, run.docs),
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": run.exit_code,
                "toolConfigurationNotifications": [
                    *(_not_asked(rule, "for want of --matrix") for rule in judgement.not_asked),
                    *(_not_asked(rule, "for others were chosen") for rule in judgement.deselected),
                ],
            }
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the root of the repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": _properties(judgement),
    }
    return _log(document)


def render_sarif_error(error: Exception, code: int, root: str) -> str:
    """Give a log without results: there are none, which is not the same as none found."""
    notification: _Node = {"level": "error", "message": {"text": _text(str(error))}}
    if isinstance(error, InputError) and error.line is not None:
        place = Origin(error.source, error.line, error.column or 1)
        notification["locations"] = [{"physicalLocation": _physical(place, root)}]
    invocation = {"executionSuccessful": False, "exitCode": code, "toolExecutionNotifications": [notification]}
    return _log({"tool": _tool((), ""), "invocations": [invocation]})


def _log(run: _Node) -> str:
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _text(text: str) -> str:
    """Show text literally: SARIF reads braces as placeholders, and `[words](target)` as a link."""
    return one_line(text).replace("{", "{{").replace("}", "}}").replace("](", "\\](")


def _tool(rules: Sequence[Rule], docs: str) -> _Node:
    driver: _Node = {"name": "arco", "version": __version__}
    if docs:
        driver["informationUri"] = docs
    return {"driver": driver | {"rules": [_rule(rule, docs) for rule in rules]}}


def _rule(rule: Rule, docs: str) -> _Node:
    said = prose(rule)
    document: _Node = {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": " ".join(said.partition("\n\n")[0].split())},
        "help": {"text": said, "markdown": said},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": ["security", "iam", "google-cloud-storage"], "precision": "very-high"},
    }
    words = rule.id.split("-")
    # The name of an id of one word would be the id again.
    if words[1:]:
        document["name"] = "".join(word.capitalize() for word in words)
    if docs:
        document["helpUri"] = f"{docs}#{rule.id}"
    return document


def _not_asked(rule: Rule, why: str) -> _Node:
    return {
        "level": "note",
        "message": {"text": f"not asked, {why}"},
        "associatedRule": {"id": rule.id},
    }


def _result(finding: Finding, run: Run) -> _Node:
    said = [finding.claim, *([f"witness: {finding.witness}"] if finding.witness else []), f"help: {finding.help}"]
    return {
        "ruleId": finding.rule,
        "ruleIndex": next(index for index, rule in enumerate(RULES) if rule.id == finding.rule),
        "level": finding.severity,
        "kind": "fail",
        "message": {"text": "\n".join(map(_text, said))},
        "locations": _locations(finding, run),
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "label": one_line(finding.label),
            "evidence": {evidence.name: one_line(evidence.text) for evidence in finding.evidence},
            "witness": one_line(finding.witness),
            "help": one_line(finding.help),
            "otherInstances": [one_line(other) for other in finding.others],
        },
    }


def _locations(finding: Finding, run: Run) -> list[_Node]:
    location: _Node = {}
    if finding.origin is not None:
        location["physicalLocation"] = _physical(finding.origin, run.root)
    elif run.plan:
        location["physicalLocation"] = {"artifactLocation": _artifact(run.plan, run.root)}
    if finding.origin is None:
        location["message"] = {"text": _NO_LINES}
    if finding.address:
        location["logicalLocations"] = [{"fullyQualifiedName": one_line(finding.address), "kind": "resource"}]
    return [location]


def _physical(origin: Origin, root: str) -> _Node:
    region = {"startLine": origin.line, "startColumn": origin.column}
    return {"artifactLocation": _artifact(origin.file, root), "region": region}


def _artifact(file: str, root: str) -> _Node:
    base: _Node = {} if inside(file, root) is None else {"uriBaseId": _ROOT}
    return {"uri": uri(file, root)} | base


def _suppression(waiver: Waiver, root: str) -> _Node:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": f"{one_line(waiver.reason)} (until {waiver.expiry})",
        "location": {"physicalLocation": _physical(waiver.origin, root)},
    }


def _properties(judgement: Judgement) -> _Node:
    return {
        "verdict": judgement.verdict,
        "grants": judgement.grants,
        "principals": judgement.principals,
        "buckets": judgement.buckets,
        "assumptions": [one_line(assumption) for assumption in judgement.assumptions],
    }
