"""Read and write the access matrix file: fixed text, sorted, one way to spell each statement.

Grammar: lines of `#` comments and `keyword value …` statements, then a table whose columns stand two or more blanks
apart. What is not understood is refused: a matrix that says less than its reviewers think is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from arco.errors import InputError
from arco.policy.matrix.layout import LETTERS, Layout, Matrix, Root

__all__ = ["parse_matrix", "read_matrix", "render_body"]

_ONCE = ("project", "workspaces", "digest", "bucket", "scope", "account", "policy", "list")
_MANY = ("members", "root")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_GAP = re.compile(r" {2,}")
_FLAGS = {"immutable", "shared"}
_MEMBERS_WORDS = 2


def read_matrix(path: str | Path) -> Matrix:
    """Read a matrix file. Raises InputError with the line that does not fit."""
    try:
        text = Path(path).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the access matrix: {error}"
        raise InputError(message, source=str(path)) from error
    if "\r" in text:
        message = "a line ends in a carriage return: it is compared byte for byte, so end lines in a line feed only"
        raise InputError(message, source=str(path), line=text[: text.index("\r")].count("\n") + 1)
    return parse_matrix(text, str(path))


def parse_matrix(text: str, source: str) -> Matrix:
    """Parse the text of a matrix file; `source` names it in errors."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.startswith("role ")), None)
    if start is None:
        message = "there is no table: a line that begins with 'role ' and names the columns"
        raise InputError(message, source=source)
    layout = _layout(_statements(lines[:start], source), source)
    rows, numbers = _table(lines, start, layout)
    matrix = Matrix(layout, "\n".join(lines[:start]) + "\n", "\n".join(lines[start:]), rows, numbers)
    _check_consistent(matrix)
    return matrix


def _statements(lines: Iterable[str], source: str) -> dict[str, list[tuple[int, list[str]]]]:
    found: dict[str, list[tuple[int, list[str]]]] = {}
    for number, line in enumerate(lines, 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        keyword, values = words[0], words[1:]
        if keyword not in _ONCE + _MANY:
            message = f"unknown statement {keyword!r}: expected one of {', '.join(sorted(_ONCE + _MANY))}"
            raise InputError(message, source=source, line=number)
        if keyword in _ONCE and keyword in found:
            message = f"{keyword!r} is stated twice"
            raise InputError(message, source=source, line=number)
        if not values and keyword != "list":
            message = f"{keyword!r} has no value"
            raise InputError(message, source=source, line=number)
        found.setdefault(keyword, []).append((number, values))
    return found


def _layout(statements: Mapping[str, list[tuple[int, list[str]]]], source: str) -> Layout:
    def one(keyword: str, default: str | None = None) -> str:
        if keyword not in statements:
            if default is not None:
                return default
            message = f"the header does not state {keyword!r}"
            raise InputError(message, source=source)
        return " ".join(statements[keyword][0][1])

    project, policy = one("project"), one("policy")
    if policy not in {"owned", "shared"}:
        message = f"policy is 'owned' or 'shared', not {policy!r}"
        raise InputError(message, source=source, line=statements["policy"][0][0])
    members = {}
    for number, values in statements.get("members", ()):
        if len(values) != _MEMBERS_WORDS:
            message = "members takes a role and a variable"
            raise InputError(message, source=source, line=number)
        if values[0] in members:
            message = f"the members of {values[0]!r} are stated twice"
            raise InputError(message, source=source, line=number)
        members[values[0]] = values[1]
    return Layout(
        source,
        project,
        one("workspaces"),
        _digest(statements, one("digest", ""), source),
        one("bucket"),
        one("scope"),
        one("account"),
        members,
        policy == "owned",
        frozenset(one("list", "").split()),
        _roots(statements.get("root", ()), source),
    )


def _digest(statements: Mapping[str, list[tuple[int, list[str]]]], value: str, source: str) -> str:
    algorithm, _, template = value.partition(" ")
    if value and (algorithm != "sha256" or not template):
        message = f"digest is 'sha256' and a template, not {value!r}"
        raise InputError(message, source=source, line=statements["digest"][0][0])
    return template


def _roots(statements: Iterable[tuple[int, list[str]]], source: str) -> tuple[Root, ...]:
    roots: list[Root] = []
    for number, (name, *flags) in statements:
        if not _NAME.fullmatch(name) or not set(flags) <= _FLAGS:
            message = "root takes a name (a-z, 0-9, _, -; no slash) and then 'immutable' or 'shared'"
            raise InputError(message, source=source, line=number)
        if roots and name <= roots[-1].name:
            message = f"roots are sorted and distinct; {name!r} stands behind {roots[-1].name!r}"
            raise InputError(message, source=source, line=number)
        roots.append(Root(name, "immutable" in flags, "shared" in flags))
    if not roots:
        message = "the header declares no root"
        raise InputError(message, source=source)
    return tuple(roots)


def _table(lines: list[str], start: int, layout: Layout) -> tuple[dict[str, dict[str, str]], dict[str, int]]:
    titles = tuple(_GAP.split(lines[start].rstrip()))
    if titles != ("role", *layout.columns):
        message = f"the columns must be: {'  '.join(('role', *layout.columns))}"
        raise InputError(message, source=layout.source, line=start + 1)
    rows: dict[str, dict[str, str]] = {}
    numbers: dict[str, int] = {}
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if not line.strip():
            continue
        role, *cells = _GAP.split(line.rstrip())
        if not _NAME.fullmatch(role) or len(cells) != len(layout.columns):
            message = f"a row has a role and {len(layout.columns)} cells, two blanks apart ('-' for nothing)"
            raise InputError(message, source=layout.source, line=number)
        if rows and role <= max(rows):
            message = f"rows are sorted and distinct; {role!r} stands behind {max(rows)!r}"
            raise InputError(message, source=layout.source, line=number)
        for cell in cells:
            if not _is_cell(cell):
                message = f"{cell!r} is not a cell: '-' or letters in the order {LETTERS}, 'o' for 'd' beside 'c'"
                raise InputError(message, source=layout.source, line=number)
        rows[role] = {column: cell.replace("-", "") for column, cell in zip(layout.columns, cells, strict=True)}
        numbers[role] = number
    if not rows:
        message = "the table has no rows"
        raise InputError(message, source=layout.source, line=start + 1)
    return rows, numbers


def _is_cell(text: str) -> bool:
    """Whether a cell is spelled in the one way that the computed table has."""
    ordered = "".join(letter for letter in LETTERS if letter in text)
    overwrite = "o" in text
    return text == "-" or (text == ordered and overwrite is (overwrite and "c" in text) and not {"c", "d"} <= set(text))


def _check_consistent(matrix: Matrix) -> None:
    """Refuse a body that contradicts its header."""
    layout = matrix.layout
    for role in (*layout.members, *layout.listers):
        if role not in matrix.rows:
            message = f"the header names the role {role!r}, which has no row"
            raise InputError(message, source=layout.source)
    for root in layout.roots:
        creators = [role for role, row in matrix.rows.items() if "c" in row[root.column]]
        if len(creators) > 1 and not root.shared:
            message = f"{root.column} is not 'shared', and {' and '.join(creators)} create there"
            raise InputError(message, source=layout.source, line=matrix.lines[creators[1]])
        for role, row in matrix.rows.items():
            if root.immutable and set(row[root.column]) & set("uo"):
                message = f"{root.column} is 'immutable', and {role} may change objects there"
                raise InputError(message, source=layout.source, line=matrix.lines[role])
    for role, row in matrix.rows.items():
        if ("l" in row["bucket"]) is not (role in layout.listers):
            message = f"the header's 'list' and the bucket cell of {role} disagree on 'l'"
            raise InputError(message, source=layout.source, line=matrix.lines[role])


def render_body(layout: Layout, rows: Mapping[str, Mapping[str, str]]) -> str:
    """Spell the table: the one text for these rows."""
    table = [("role", *layout.columns)]
    table += [(role, *(rows[role][column] or "-" for column in layout.columns)) for role in sorted(rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(table[0]))]
    text = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table)
    return "\n".join(text) + "\n"
