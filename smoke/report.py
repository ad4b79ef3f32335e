"""The measured matrix as text, and how it differs from what people reviewed."""

from __future__ import annotations

import difflib
from typing import Final

from arco.policy.matrix import Layout, render_body
from arco.policy.matrix.layout import PROJECT
from smoke.measure import Measured
from smoke.survey import Survey

__all__ = ["difference", "measured_body", "reviewed_body", "without_project"]

_UNMEASURED: Final = "-"


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
