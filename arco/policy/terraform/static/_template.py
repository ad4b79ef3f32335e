"""The text between interpolations: escapes, strip markers and the dedent of `<<-`.

Terraform treats the text before it treats the interpolations, so an interpolated value is never dedented or unescaped.
Invariant: each Literal stands on one line, and its character i was written at `origin.column + i`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from arco.policy.terraform.static import _tree as tree
from arco.policy.values import Literal, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Chunk", "TextPiece", "heredoc_text", "quoted_text"]

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEX_DIGITS = {"u": 4, "U": 8}
_SURROGATES = range(0xD800, 0xE000)
_CODE_POINT_MAX = 0x10FFFF


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Raw source text, and the place where it begins."""

    raw: str
    at: Origin


# Raw text, or an interpolation with whether `~` trims the text before and after it.
Chunk: TypeAlias = TextPiece | tuple[tree.Expression, bool, bool]
_Parts: TypeAlias = "list[Literal | tree.Expression]"


def quoted_text(chunks: Sequence[Chunk]) -> _Parts:
    """Give the parts of a quoted template."""
    parts: _Parts = []
    for place, chunk in enumerate(chunks):
        if not isinstance(chunk, TextPiece):
            parts.append(chunk[0])
            continue
        literals = _unescape(chunk, escapes=True)
        parts.extend(_trimmed(literals, chunks, place))
    return parts


def heredoc_text(chunks: Sequence[Chunk], *, flush: bool) -> _Parts:
    """Give the parts of a heredoc; `flush` removes the indentation that its lines share, as `<<-` does."""
    lines: list[list[Literal | tree.Expression]] = [[]]
    for place, chunk in enumerate(chunks):
        if not isinstance(chunk, TextPiece):
            trims = chunk[1] or chunk[2]
            reason = "strip markers (~) in heredocs are not evaluated in static mode"
            lines[-1].append(tree.Unsupported(reason, chunk[0].at) if trims else chunk[0])
            continue
        for literal in _trimmed(_unescape(chunk, escapes=False), chunks, place, heredoc=True):
            lines[-1].append(literal)
            if literal.text.endswith("\n"):
                lines.append([])
    if flush:
        lines = _dedent(lines)
    return [part for line in lines for part in line if not (isinstance(part, Literal) and not part.text)]


def _dedent(lines: list[list[Literal | tree.Expression]]) -> list[list[Literal | tree.Expression]]:
    """Remove the smallest indentation. Blank lines do not count; a line that begins with `${` has none."""
    spaces = [_indent(line) for line in lines if line and not _blank(line)]
    least = min(spaces, default=0)
    return [_cut(line, least) if line and not _blank(line) else line for line in lines]


def _blank(line: list[Literal | tree.Expression]) -> bool:
    return all(isinstance(part, Literal) and not part.text.strip() for part in line) and _text(line).endswith("\n")


def _text(line: list[Literal | tree.Expression]) -> str:
    """Give the text of a line up to its first interpolation."""
    text = ""
    for part in line:
        if not isinstance(part, Literal):
            break
        text += part.text
    return text


def _indent(line: list[Literal | tree.Expression]) -> int:
    text = _text(line)
    return len(text) - len(text.lstrip())


def _cut(line: list[Literal | tree.Expression], count: int) -> list[Literal | tree.Expression]:
    """Drop the first `count` characters, which are blanks in literals."""
    result: list[Literal | tree.Expression] = []
    for part in line:
        if count and isinstance(part, Literal):
            drop = min(count, len(part.text))
            count -= drop
            origin = part.origin and Origin(part.origin.file, part.origin.line, part.origin.column + drop)
            result.append(Literal(part.text[drop:], origin))
        else:
            result.append(part)
    return result


def _trimmed(literals: list[Literal], chunks: Sequence[Chunk], place: int, *, heredoc: bool = False) -> list[Literal]:
    """Apply the strip markers of the neighbours in a quoted template."""
    before = chunks[place - 1] if place else None
    after = chunks[place + 1] if place + 1 < len(chunks) else None
    if heredoc:
        return literals
    if isinstance(before, tuple) and before[2]:
        while literals and not literals[0].text.strip():
            literals = literals[1:]
        if literals:
            literals = [*_strip_left(literals[0]), *literals[1:]]
    if isinstance(after, tuple) and after[1]:
        while literals and not literals[-1].text.strip():
            literals = literals[:-1]
        if literals:
            literals = [*literals[:-1], Literal(literals[-1].text.rstrip(), literals[-1].origin)]
    return literals


def _strip_left(literal: Literal) -> list[Literal]:
    text = literal.text.lstrip()
    drop = len(literal.text) - len(text)
    origin = literal.origin and Origin(literal.origin.file, literal.origin.line, literal.origin.column + drop)
    return [Literal(text, origin)]


def _unescape(piece: TextPiece, *, escapes: bool) -> list[Literal]:
    """Split raw text into literals: one for each run on one line, one for each escape."""
    raw, file = piece.raw, piece.at.file
    line, column = piece.at.line, piece.at.column
    if "\\" not in raw and "\n" not in raw and "{" not in raw:
        return [Literal(raw, piece.at)] if raw else []
    literals: list[Literal] = []
    place = run = 0

    def flush(upto: int) -> None:
        nonlocal column
        if upto > run:
            literals.append(Literal(raw[run:upto], Origin(file, line, column)))
            column += upto - run

    while place < len(raw):
        character = raw[place]
        if character == "\n":
            flush(place + 1)
            place = run = place + 1
            line, column = line + 1, 1
            continue
        length, text = 1, character
        if escapes and character == "\\":
            length, text = _escape(raw, place, Origin(file, line, column + place - run))
        elif character in "$%" and raw.startswith(character + "{", place + 1):
            length, text = 3, character + "{"
        if length == 1:
            place += 1
            continue
        flush(place)
        # `$${` drops its first character; the two that stay were written one column further.
        shift = 1 if length == 3 and text[0] in "$%" and raw[place] in "$%" else 0  # noqa: PLR2004 - the length of `$${`
        literals.append(Literal(text, Origin(file, line, column + shift)))
        column += length
        place = run = place + length
    flush(place)
    return literals


def _escape(raw: str, place: int, at: Origin) -> tuple[int, str]:
    """Read the escape sequence at `place`: its length and its character."""
    kind = raw[place + 1 : place + 2]
    if kind in _ESCAPES and kind:
        return 2, _ESCAPES[kind]
    if kind in _HEX_DIGITS and kind:
        digits = raw[place + 2 : place + 2 + _HEX_DIGITS[kind]]
        if len(digits) == _HEX_DIGITS[kind] and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            code = int(digits, 16)
            if code <= _CODE_POINT_MAX and code not in _SURROGATES:
                return 2 + len(digits), chr(code)
            tree.refuse(f"not a character: \\{kind}{digits}", at)
    tree.refuse(f"unknown escape \\{kind}: write \\\\ for a backslash", at)
