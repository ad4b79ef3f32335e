"""Regular expressions: those that Python's `re` reads as RE2 does, and that it matches soon.

RE2 takes time that grows with the text; Python tries one way after another. So the number of ways is bounded before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._limits import MATCH_WAYS_MAX, PATTERN_LENGTH_MAX
from arco.policy.values import Unknown

if TYPE_CHECKING:
    from arco.policy.terraform.static._arguments import Arguments

__all__ = ["pattern_of"]

# What means the same in RE2 (Terraform) and in Python's `re` on ASCII text of one line; everything else is Unknown.
_ATOM = (
    r"(?:[^\\\[\](){}.^$*+?|\n]"  # a plain character
    r"|\\[.\\\[\](){}^$*+?|/\-dDwWsS]"  # an escape
    r"|\[\^?(?:\\[.\\\[\]^\-/dswDSW]|[^\\\[\]&~|])+\]"  # a class without set operations and [:names:]
    r"|[.)])"
)
_QUANTIFIER = r"(?:[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})\??(?![*+?{])"
_SAFE_PATTERN = re.compile(rf"(?:{_ATOM}(?:{_QUANTIFIER})?|(?:\((?:\?:)?|[$^|])(?![*+?{{]))*")
_TOKEN = re.compile(rf"\((?:\?:)?|{_ATOM}(?:{_QUANTIFIER})?|[$^|]")
_WAYS_A_STEP = 64
_COUNTS = re.compile(r"(?P<sign>[*+?])|\{(?P<least>[0-9]+)(?P<comma>,)?(?P<most>[0-9]*)\}")


def pattern_of(call: Arguments, source: str, text: str) -> re.Pattern[str] | Unknown:
    """Compile a pattern to be searched in `text`; Unknown where Python could differ, or could take too long."""
    if not (source.isascii() and text.isascii()) or "\v" in text:
        return call.unknown("static mode matches ASCII text without vertical tabs only")
    if len(source) > PATTERN_LENGTH_MAX or not _SAFE_PATTERN.fullmatch(source):
        return call.unknown("static mode does not know whether RE2 reads this pattern as Python does")
    ways = _ways(source, len(text))
    call.meter.spend(min(ways, MATCH_WAYS_MAX) // _WAYS_A_STEP)
    if ways > MATCH_WAYS_MAX:
        return call.unknown("this pattern could match in too many ways: confine what it repeats, or check a plan")
    try:
        # In RE2 `$` is the end of the text; in Python it is also before a final newline.
        compiled = re.compile("".join(r"\Z" if t[0] == "$" else t[0] for t in _TOKEN.finditer(source)), re.ASCII)
    except re.error as error:
        message = f"the pattern is not a regular expression: {error}"
        raise kinds.Mismatch(message) from error
    if _repeats_empty(source):
        return call.unknown("RE2 and Python differ where a group that may be empty is repeated")
    return compiled


def _ways(source: str, length: int) -> int:
    """Bound the ways in which a pattern could match a text of `length` characters: what a backtracking matcher tries.

    A sequence multiplies the ways of its parts, alternatives add them, and a repeat has one for each number of times.
    """
    # For each open group: the ways of the alternatives that are done, and of the one that is being read.
    groups: list[tuple[int, int]] = [(0, 1)]
    for token in _TOKEN.finditer(source):
        text = token[0]
        if text[0] == "(":
            groups.append((0, 1))
            continue
        done, current = groups[-1]
        if text == "|":
            groups[-1] = (done + current, 1)
            continue
        inner = 1
        if text[0] == ")" and len(groups) > 1:
            inner = done + current
            groups.pop()
            done, current = groups[-1]
        counts = None if text[0] == "[" and text.endswith("]") else _COUNTS.search(text, _end_of_atom(text))
        if counts is not None:
            inner = _repeated(inner, counts, length)
        # Beyond the bound the number does not matter, and it must not grow without end either.
        groups[-1] = (done, min(current * inner, MATCH_WAYS_MAX + 1))
    done, current = groups[0]
    starts = 1 if source.startswith("^") and not done else length + 1
    return (done + current) * starts


def _end_of_atom(token: str) -> int:
    """Give the place in a token behind its atom, where its quantifier begins."""
    if token[0] == "[":
        return token.rindex("]") + 1
    return 2 if token[0] == "\\" else 1


def _repeated(ways: int, counts: re.Match[str], length: int) -> int:
    """Count the ways of a repeat, each time of which has `ways`; each time takes one character at least."""
    least, most = 0, length
    if counts["sign"] == "?":
        most = 1
    elif counts["least"]:
        least = int(counts["least"])
        most = int(counts["most"]) if counts["most"] else length if counts["comma"] else least
    if ways == 1:
        return max(1, min(most, length) - least + 1)
    # A repeat of alternatives doubles with each time.
    return ways ** min(most + 1, MATCH_WAYS_MAX.bit_length()) if most else 1


def _repeats_empty(source: str) -> bool:
    """Whether a group that can match nothing is repeated."""
    starts: list[int] = []
    for token in _TOKEN.finditer(source):
        if token[0][0] == "(":
            starts.append(token.end())
        elif token[0][0] == ")" and starts:
            inside = source[starts.pop() : token.start()]
            if token[0][1:2] in {"*", "+", "{"} and re.fullmatch(inside, ""):
                return True
    return False
