"""Conditions as the oracle reads them: parsed, evaluated and turned into a language by code that the product lacks.

Only what the mutants are written in. Each node answers twice: for one resource, and as a regular expression for Z3.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any, TypeAlias

import z3  # type: ignore[import-untyped]

__all__ = ["BUCKET", "OBJECT", "Language", "Node", "Thing", "parsed"]

# A regular expression of the solver, which has no types.
Language: TypeAlias = Any

OBJECT, BUCKET = "storage.googleapis.com/Object", "storage.googleapis.com/Bucket"
_SORT = z3.ReSort(z3.StringSort())
_ALL, _NONE, _ANY = z3.Full(_SORT), z3.Empty(_SORT), z3.AllChar(_SORT)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>[rR]?(?:\"\"\"(?:.|\n)*?\"\"\"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"""|(?P<word>\.?[a-zA-Z_][a-zA-Z_.]*)|(?P<sign>&&|\|\||[=!<>]=|[!<>()]))"""
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))")


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource at a time: `kind` is its type, `name` its full name, `now` an instant in RFC 3339, in UTC."""

    kind: str
    name: str
    now: str = ""


class Node(ABC):
    """A condition, or a part of one."""

    @abstractmethod
    def holds(self, thing: Thing) -> bool:
        """Whether it is true of one resource."""

    @abstractmethod
    def language(self, kind: str, now: str) -> Language:
        """Give the names of resources of `kind` of which it is true."""

    def literals(self) -> Iterator[str]:
        """Yield the texts that names are compared with."""
        yield from ()

    def instants(self) -> Iterator[str]:
        """Yield the times that are compared with."""
        yield from ()


@dataclass(frozen=True, slots=True)
class _Constant(Node):
    value: bool

    def holds(self, thing: Thing) -> bool:  # noqa: ARG002 (true of all, or of none)
        return self.value

    def language(self, kind: str, now: str) -> Language:  # noqa: ARG002 (as above)
        return _ALL if self.value else _NONE


@dataclass(frozen=True, slots=True)
class _Not(Node):
    item: Node

    def holds(self, thing: Thing) -> bool:
        return not self.item.holds(thing)

    def language(self, kind: str, now: str) -> Language:
        return z3.Complement(self.item.language(kind, now))

    def literals(self) -> Iterator[str]:
        return self.item.literals()

    def instants(self) -> Iterator[str]:
        return self.item.instants()


@dataclass(frozen=True, slots=True)
class _Both(Node):
    left: Node
    right: Node
    both: bool

    def holds(self, thing: Thing) -> bool:
        if self.both:
            return self.left.holds(thing) and self.right.holds(thing)
        return self.left.holds(thing) or self.right.holds(thing)

    def language(self, kind: str, now: str) -> Language:
        join = z3.Intersect if self.both else z3.Union
        return join(self.left.language(kind, now), self.right.language(kind, now))

    def literals(self) -> Iterator[str]:
        yield from self.left.literals()
        yield from self.right.literals()

    def instants(self) -> Iterator[str]:
        yield from self.left.instants()
        yield from self.right.instants()


@dataclass(frozen=True, slots=True)
class _Name(Node):
    method: str
    literal: str

    def holds(self, thing: Thing) -> bool:
        return _compare(thing.name, self.method, self.literal)

    def language(self, kind: str, now: str) -> Language:  # noqa: ARG002 (names only)
        return _pattern(self.method, self.literal)

    def literals(self) -> Iterator[str]:
        yield self.literal


@dataclass(frozen=True, slots=True)
class _Extract(Node):
    before: str
    after: str
    method: str
    literal: str

    def holds(self, thing: Thing) -> bool:
        _, found, rest = thing.name.partition(self.before)
        value, ended, _ = rest.partition(self.after) if self.after else (rest, "x", "")
        return _compare(value if (found or not self.before) and ended else "", self.method, self.literal)

    def language(self, kind: str, now: str) -> Language:  # noqa: ARG002 (names only)
        start, wanted = _to_first(self.before), _pattern(self.method, self.literal)
        if self.after:
            end = _to_first(self.after)
            held = z3.Intersect(end, z3.Concat(wanted, z3.Re(self.after)))
            matched, possible = _join(start, held, _ALL), _join(start, end, _ALL)
        else:
            matched, possible = _join(start, wanted), _join(start, _ALL)
        return z3.Union(matched, z3.Complement(possible)) if _compare("", self.method, self.literal) else matched

    def literals(self) -> Iterator[str]:
        yield f"{self.before}{self.literal}{self.after}"
        yield self.before
        yield self.after


@dataclass(frozen=True, slots=True)
class _Kind(Node):
    literal: str

    def holds(self, thing: Thing) -> bool:
        return thing.kind == self.literal

    def language(self, kind: str, now: str) -> Language:  # noqa: ARG002 (true of a kind, whatever the name)
        return _ALL if kind == self.literal else _NONE


@dataclass(frozen=True, slots=True)
class _Before(Node):
    """`request.time < instant`. Instants in UTC compare as text."""

    instant: str

    def holds(self, thing: Thing) -> bool:
        return thing.now < self.instant

    def language(self, kind: str, now: str) -> Language:  # noqa: ARG002 (true at a time, whatever the name)
        return _ALL if now < self.instant else _NONE

    def instants(self) -> Iterator[str]:
        yield self.instant


def _compare(value: str, method: str, literal: str) -> bool:
    if method == "startsWith":
        return value.startswith(literal)
    return value.endswith(literal) if method == "endsWith" else value == literal


def _pattern(method: str, literal: str) -> Language:
    if method == "startsWith":
        return z3.Concat(z3.Re(literal), _ALL)
    return z3.Concat(_ALL, z3.Re(literal)) if method == "endsWith" else z3.Re(literal)


def _join(*parts: Language) -> Language:
    return reduce(z3.Concat, parts)


def _to_first(text: str) -> Language:
    """Give the texts that end where `text` has occurred for the first time."""
    if not text:
        return z3.Re("")
    return z3.Intersect(_join(_ALL, z3.Re(text)), z3.Complement(_join(_ALL, z3.Re(text), z3.Plus(_ANY))))


@cache
def parsed(text: str) -> Node:
    """Read a condition. Raises ValueError for what no mutant may be written in."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        end, text = 0, text.rstrip()
        while end < len(text):
            match = _TOKEN.match(text, end)
            if match is None or match.lastgroup is None:
                message = f"no token at {end}: {text}"
                raise ValueError(message)
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            end = match.end()

    def whole(self) -> Node:
        node = self._either()
        if self._tokens:
            message = f"left over: {self._tokens}"
            raise ValueError(message)
        return node

    def _next(self, wanted: str = "") -> str:
        kind, token = self._tokens.pop(0) if self._tokens else ("", "")
        if wanted not in ("", kind, token):
            message = f"{token!r} where {wanted!r} belongs"
            raise ValueError(message)
        return token

    def _at(self, token: str) -> bool:
        if self._tokens and self._tokens[0][1] == token:
            self._tokens.pop(0)
            return True
        return False

    def _either(self) -> Node:
        node = self._both()
        while self._at("||"):
            node = _Both(node, self._both(), both=False)
        return node

    def _both(self) -> Node:
        node = self._plain()
        while self._at("&&"):
            node = _Both(node, self._plain(), both=True)
        return node

    def _plain(self) -> Node:
        if self._at("!"):
            return _Not(self._plain())
        if self._at("("):
            node = self._either()
            self._next(")")
            return node
        word = self._next("word")
        if word in {"true", "false"}:
            return _Constant(word == "true")
        if word in {"resource.name.startsWith", "resource.name.endsWith"}:
            return _Name(word.rpartition(".")[2], self._argument())
        if word == "resource.name.extract":
            return self._extract()
        return self._comparison(word)

    def _extract(self) -> Node:
        before, _, rest = self._argument().partition("{")
        after = rest.partition("}")[2]
        if self._tokens and self._tokens[0][0] == "word":
            return _Extract(before, after, self._next().removeprefix("."), self._argument())
        return self._equality(lambda literal: _Extract(before, after, "==", literal))

    def _comparison(self, word: str) -> Node:
        if word == "resource.name":
            return self._equality(lambda literal: _Name("==", literal))
        if word == "resource.type":
            return self._equality(_Kind)
        if word == "resource.service":
            return self._equality(lambda literal: _Constant(literal == "storage.googleapis.com"))
        if word != "request.time":
            message = f"{word!r} is not known"
            raise ValueError(message)
        sign = self._next("sign")
        self._next("timestamp")
        before = _Before(self._argument())
        if sign not in {"<", ">="}:
            message = f"{sign!r} of times"
            raise ValueError(message)
        return before if sign == "<" else _Not(before)

    def _equality(self, make: Any) -> Node:  # noqa: ANN401 (any maker of a leaf)
        sign, literal = self._next("sign"), _unquoted(self._next("text"))
        node: Node = make(literal)
        if sign not in {"==", "!="}:
            message = f"{sign!r} of texts"
            raise ValueError(message)
        return node if sign == "==" else _Not(node)

    def _argument(self) -> str:
        self._next("(")
        text = _unquoted(self._next("text"))
        self._next(")")
        return text


def _unquoted(token: str) -> str:
    raw = token[0] in "rR"
    token = token[1:] if raw else token
    quotes = 3 if token.startswith('"""') else 1
    inside = token[quotes:-quotes]
    return inside if raw else _ESCAPE.sub(_unescaped, inside)


def _unescaped(match: re.Match[str]) -> str:
    point = match[1] or match[2]
    if point:
        return chr(int(point, 16))
    return {"n": "\n", "t": "\t"}.get(match[3], match[3])
