"""The access matrix: read what people reviewed, compute what an input grants, compare."""

from arco.policy.matrix.compute import (
    OBJECT_LETTERS,
    Holder,
    Reached,
    administering,
    computed_rows,
    holders_of,
    reached,
)
from arco.policy.matrix.layout import Layout, Matrix, Root, Workspace, workspaces_of
from arco.policy.matrix.parse import parse_matrix, read_matrix, render_body

__all__ = [
    "OBJECT_LETTERS",
    "Holder",
    "Layout",
    "Matrix",
    "Reached",
    "Root",
    "Workspace",
    "administering",
    "computed_rows",
    "holders_of",
    "parse_matrix",
    "reached",
    "read_matrix",
    "render_body",
    "workspaces_of",
]
