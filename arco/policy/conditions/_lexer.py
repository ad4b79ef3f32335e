"""Tokens of the CEL subset, each with the offsets of what was written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arco.policy.conditions.tree import Refusal, Span

__all__ = ["RefusedError", "Token", "tokenize"]

# Thirteen comparisons, as many as 12 logical operators join, have at most some hundred.
_TOKENS_MAX = 5_000

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>&&|\|\||==|!=|<=|>=|[-+*/%!<>()\[\],.?:{}])
      | (?P<quote>["'])""",
    re.VERBOSE,
)
_SIMPLE_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "`": "`",
    "?": "?",
}
_NUMERIC_ESCAPES = {"x": 2, "X": 2, "u": 4, "U": 8}
_HEXADECIMAL, _OCTAL = 16, 8
_OCTAL_DIGITS = 3
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


class RefusedError(Exception):
    """Carries a `Refusal` out of the parser; it never leaves this package."""

    def __init__(self, reason: str, span: Span) -> None:
        super().__init__(reason)
        self.refusal = Refusal(reason, span)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, name, operator, string or end; `value` is the text, or the string's content."""

    kind: str
    value: str
    span: Span


def tokenize(text: str) -> list[Token]:
    """Split `text` into tokens and a final `end`. Raises RefusedError at what CEL has no token for."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if len(tokens) == _TOKENS_MAX:
            message = f"the condition has more than {_TOKENS_MAX} tokens"
            raise RefusedError(message, Span(position, position + 1))
        match = _TOKEN.match(text, position)
        if match is None:
            message = f"{text[position]!r} is no part of a condition"
            raise RefusedError(message, Span(position, position + 1))
        kind = match.lastgroup or ""
        if kind == "quote":
            token = _string(text, position)
            tokens.append(token)
            position = token.span.end
            continue
        if kind != "space":
            tokens.append(Token(kind, match.group(), Span(position, match.end())))
        position = match.end()
    tokens.append(Token("end", "", Span(len(text), len(text))))
    return tokens


def _string(text: str, start: int) -> Token:
    quote = text[start]
    if text.startswith(quote * 3, start):
        message = "triple-quoted strings are not documented for conditions"
        raise RefusedError(message, Span(start, start + 3))
    content: list[str] = []
    position = start + 1
    while position < len(text):
        character = text[position]
        if character == quote:
            return Token("string", "".join(content), Span(start, position + 1))
        if character in "\r\n":
            break
        if character == "\\":
            decoded, position = _escape(text, position)
            content.append(decoded)
        else:
            content.append(character)
            position += 1
    message = "this string has no closing quote"
    raise RefusedError(message, Span(start, position))


def _escape(text: str, start: int) -> tuple[str, int]:
    """Decode the escape sequence at `start`: its character, and where the text goes on."""
    code = text[start + 1 : start + 2]
    if code in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[code], start + 2
    if code in _NUMERIC_ESCAPES:
        base, end = _HEXADECIMAL, start + 2 + _NUMERIC_ESCAPES[code]
        digits = text[start + 2 : end]
        whole = len(digits) == _NUMERIC_ESCAPES[code]
    else:
        base, end = _OCTAL, start + 1 + _OCTAL_DIGITS
        digits = text[start + 1 : end]
        whole = len(digits) == _OCTAL_DIGITS and digits[0] in "0123"
    allowed = "0123456789abcdefABCDEF" if base == _HEXADECIMAL else "01234567"
    if not whole or any(digit not in allowed for digit in digits):
        message = f"{text[start : start + 2]!r} is not a CEL escape sequence"
        raise RefusedError(message, Span(start, min(start + 2, len(text))))
    point = int(digits, base)
    if point > _LAST_CODE_POINT or point in _SURROGATES:
        message = f"{text[start:end]!r} is not a character"
        raise RefusedError(message, Span(start, end))
    return chr(point), end
