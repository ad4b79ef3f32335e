"""Text of an input, made safe to print.

Invariant: what an input spells can neither move a terminal's cursor nor end a line: no name forges a verdict.
"""

from __future__ import annotations

__all__ = ["one_line"]


def one_line(text: str) -> str:
    """Show control and format characters as blanks of the same width, so that carets stay below what they point at."""
    return "".join(character if character.isprintable() else " " for character in text)
