"""The measured matrix as text, and how it differs from what people reviewed."""

from __future__ import annotations

import difflib
from typing import Final

from arco.policy.matrix import Layout, render_body
from arco.policy.matrix.layout import PROJECT
from smoke.measure import Measured
from smoke.survey import Survey

__all__ = ["difference", "measured_body", "rendered", "reviewed_body", "without_project"]

_UNMEASURED: Final = "-"
_TROUBLES_SHOWN: Final = 20


def measured_body(layout: Layout, measured: Measured) -> str:
    """Spell the table in the format of the access matrix, without its last column."""
    rows = {role: {**row, PROJECT: _UNMEASURED} for role, row in measured.rows.items()}
    return without_project(render_body(layout, rows))


def reviewed_body(survey: Survey) -> str:
    """Give the reviewed table, byte for byte but for its last column: object storage cannot measure a project."""
    return without_project(survey.matrix.body)


def without_project(body: str) -> str:
    """Cut the last column off, and the blanks before it."""
    lines = body.splitlines()
    end = lines[0].rindex(PROJECT) if lines else 0
    return "".join(f"{line[:end].rstrip()}\n" for line in lines)


def difference(survey: Survey, measured: Measured) -> str:
    """Give the lines that differ, and the cells in words; empty if both tables are the same bytes."""
    wanted, got = reviewed_body(survey), measured_body(survey.matrix.layout, measured)
    if wanted == got:
        return ""
    source = survey.matrix.layout.source
    lines = difflib.unified_diff(wanted.splitlines(), got.splitlines(), source, "measured", lineterm="", n=0)
    cells = [
        f"{role} {column}: reviewed {declared or '-'}, measured {measured.rows[role][column] or '-'}"
        for role, row in survey.matrix.rows.items()
        for column, declared in row.items()
        if column != PROJECT and measured.rows[role][column] != declared
    ]
    return "\n".join([*lines, *cells]) + "\n"


def rendered(survey: Survey, measured: Measured, about: str) -> tuple[str, bool]:
    """Give what people read, and whether the measured matrix is the reviewed one. The last line is the verdict.

    Nothing asked is nothing measured.
    """
    lines = [measured_body(survey.matrix.layout, measured)]
    differs = difference(survey, measured)
    if differs:
        lines.append(f"what was measured is not what was reviewed:\n{differs}")
    lines += [f"error[smoke]: {trouble}" for trouble in measured.troubles[:_TROUBLES_SHOWN]]
    if len(measured.troubles) > _TROUBLES_SHOWN:
        lines.append(f"error[smoke]: and {len(measured.troubles) - _TROUBLES_SHOWN} more")
    if survey.silent:
        lines.append(f"not asked, since nobody can speak for them: {', '.join(survey.silent)}")
    same = not differs and not measured.troubles and bool(measured.observations)
    refused = sum(one.answer.allowed is False for one in measured.observations)
    lines.append(
        f"measured: {'as reviewed' if same else 'NOT as reviewed'}: {len(measured.observations)} requests as "
        f"{measured.alive} accounts, {refused} refused with 403, {len(survey.workspaces)} workspaces of {about}"
    )
    return "\n".join(lines) + "\n", same
