"""Findings for programs. `schema_version` grows by one with every change that could break a reader."""

from __future__ import annotations

import json
from collections.abc import Mapping

from arco import __version__
from arco.errors import InputError
from arco.policy.findings import Finding
from arco.policy.judge import Judgement
from arco.policy.values import Origin
from arco.policy.waivers import Waiver

__all__ = ["SCHEMA_VERSION", "finding_document", "render_error", "render_json", "render_origin"]

SCHEMA_VERSION = 1


def render_json(
    judgement: Judgement, source: str, milliseconds: float, rows: Mapping[str, Mapping[str, str]] | None = None
) -> str:
    """Give the whole judgement as one JSON document, the computed matrix `rows` included if there is one."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "arco", "version": __version__},
        "input": source,
        "verdict": judgement.verdict,
        "rules": {
            "asked": [rule.id for rule in judgement.asked],
            "not_asked": [rule.id for rule in judgement.not_asked],
            "deselected": [rule.id for rule in judgement.deselected],
        },
        "counts": {"grants": judgement.grants, "principals": judgement.principals, "buckets": judgement.buckets},
        "assumptions": list(judgement.assumptions),
        "milliseconds": round(milliseconds, 3),
        "findings": [finding_document(finding) for finding in judgement.findings],
        "waived": [finding_document(one.finding) | {"waiver": _waiver(one.waiver)} for one in judgement.waived],
    }
    if rows is not None:
        document["matrix"] = {role: dict(row) for role, row in rows.items()}
    return json.dumps(document, indent=2) + "\n"


def render_error(error: Exception, code: int) -> str:
    """Give what kept a command from an answer as one JSON document; an error of usage has no place."""
    place = error if isinstance(error, InputError) else None
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "arco", "version": __version__},
        "error": {
            "message": place.message if place else str(error),
            "source": place.source if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
        },
        "exit_code": code,
    }
    return json.dumps(document, indent=2) + "\n"


def finding_document(finding: Finding) -> dict[str, object]:
    """Give one finding as an object."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "claim": finding.claim,
        "location": render_origin(finding.origin),
        "address": finding.address,
        "label": finding.label,
        "evidence": {evidence.name: evidence.text for evidence in finding.evidence},
        "witness": finding.witness,
        "help": finding.help,
        "other_instances": list(finding.others),
        "fingerprint": finding.fingerprint,
    }


def _waiver(waiver: Waiver) -> dict[str, object]:
    return {
        "reason": waiver.reason,
        "expiry": waiver.expiry.isoformat(),
        "location": render_origin(waiver.origin),
    }


def render_origin(origin: Origin | None) -> dict[str, object] | None:
    """Give a place as an object, or null."""
    return {"file": origin.file, "line": origin.line, "column": origin.column} if origin is not None else None
