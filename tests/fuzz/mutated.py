"""Texts that nobody would write: drawn from what is right, by edits that tokens, not characters, suggest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

__all__ = ["HOSTILE", "mutated"]

# What readers of text stumble over, wherever it stands.
HOSTILE = (
    "\0",
    "\ud800",
    "\ufeff",
    "\u2028",
    "\r",
    "\x1b[31m",
    "e\u0301",
    "\U0001f600",
    "9" * 5_000,
    "1e999",
    "-0",
    "NaN",
    "((" * 2_000,
    "[" * 2_000,
    "{" * 2_000,
    "!" * 2_000,
    "${" * 500,
    '"',
    "'",
    "\\",
    "*/",
    "<<EOT\n",
    "null",
    "true",
    "",
)
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[str], words: Sequence[str] = HOSTILE) -> str:
    """Draw one of `seeds` with one to four edits: tokens dropped, doubled, swapped, replaced, or cut off behind."""
    tokens = _TOKENS.findall(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        if not tokens:
            break
        place = draw(st.integers(0, len(tokens) - 1))
        length = draw(st.integers(1, 6))
        piece = tokens[place : place + length]
        match draw(st.sampled_from(["drop", "double", "swap", "replace", "insert", "cut"])):
            case "drop":
                tokens[place : place + length] = []
            case "double":
                tokens[place:place] = piece
            case "swap":
                tokens[place : place + length] = reversed(piece)
            case "replace":
                tokens[place : place + length] = [draw(st.sampled_from([*words, *tokens[:50]]))]
            case "insert":
                tokens[place:place] = [draw(st.sampled_from(words))]
            case _:
                tokens = tokens[:place]
    return "".join(tokens)
