"""Parse CEL's expression syntax to an untyped tree. What the tree means is decided in `parser.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from arco.policy.conditions._lexer import RefusedError, Token, tokenize
from arco.policy.conditions.tree import Span

__all__ = ["Binary", "Call", "ListOf", "Name", "Node", "NumberOf", "StringOf", "Unary", "parse_syntax"]

# IAM allows 12 logical operators; deeper nesting than this is an attack on the parser.
_DEPTH_MAX = 64
# Each comparison, sum and selection makes the tree a level deeper without a parenthesis.
_LINKS_MAX = 200
_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
}


@dataclass(frozen=True, slots=True)
class StringOf:
    """A string literal."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class NumberOf:
    """A number literal, as written."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier with its selections: `resource.name`."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`target.method(arguments)`, or `function(arguments)` without a target."""

    target: Node | None
    method: str
    arguments: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`!item` or `-item`."""

    operator: str
    item: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`."""

    operator: str
    left: Node
    right: Node
    span: Span


Node: TypeAlias = StringOf | NumberOf | Name | Call | ListOf | Unary | Binary


def parse_syntax(text: str) -> Node:
    """Parse `text`. Raises RefusedError with the place that does not fit the grammar."""
    return _Parser(tokenize(text)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self._links = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    @property
    def _end(self) -> int:
        """Where the last token that was taken ends: parentheses belong to what they enclose."""
        return self._tokens[self._position - 1].span.end

    def _take(self) -> Token:
        token = self._next
        self._position += 1
        return token

    def _accept(self, operator: str) -> bool:
        if self._next.kind == "operator" and self._next.value == operator:
            self._position += 1
            return True
        return False

    def _expect(self, operator: str) -> Token:
        token = self._next
        if not self._accept(operator):
            raise _unexpected(token, f"expected {operator!r}")
        return token

    def whole(self) -> Node:
        if self._next.kind == "end":
            message = "the condition is empty"
            raise RefusedError(message, self._next.span)
        node = self._binary(1)
        if self._next.kind == "operator" and self._next.value == "?":
            message = "IAM conditions have no ternary operator"
            raise RefusedError(message, self._next.span)
        if self._next.kind != "end":
            raise _unexpected(self._next, "expected an operator")
        return node

    def _binary(self, level: int) -> Node:
        start = self._next.span.start
        left = self._unary()
        while True:
            operator = self._next.value if self._next.kind in {"operator", "name"} else ""
            strength = _PRECEDENCE.get(operator, 0)
            if strength < level:
                return left
            token = self._take()
            if operator not in {"&&", "||"}:  # those have a limit of their own
                self._link(token)
            right = self._binary(strength + 1)
            left = Binary(operator, left, right, Span(start, self._end))

    def _link(self, token: Token) -> None:
        self._links += 1
        if self._links > _LINKS_MAX:
            message = f"the condition has more than {_LINKS_MAX} comparisons, sums and selections"
            raise RefusedError(message, token.span)

    def _unary(self) -> Node:
        token = self._next
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            message = f"the condition is nested more than {_DEPTH_MAX} levels deep"
            raise RefusedError(message, token.span)
        try:
            if token.kind == "operator" and token.value in {"!", "-"}:
                self._take()
                item = self._unary()
                return Unary(token.value, item, Span(token.span.start, self._end))
            return self._selected(self._primary(), token.span.start)
        finally:
            self._depth -= 1

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "string":
            return StringOf(token.value, token.span)
        if token.kind == "number":
            return NumberOf(token.value, token.span)
        if token.kind == "name":
            if self._accept("("):
                return self._call(None, token, token.span.start)
            return Name(token.value, token.span)
        if token.value == "(":
            node = self._binary(1)
            self._expect(")")
            return node
        if token.value == "[":
            items, end = self._list("]")
            return ListOf(items, Span(token.span.start, end))
        raise _unexpected(token, "expected a value")

    def _selected(self, node: Node, start: int) -> Node:
        while True:
            token = self._next
            if self._accept("."):
                self._link(token)
                field = self._take()
                if field.kind != "name":
                    raise _unexpected(field, "expected a name after '.'")
                if self._accept("("):
                    node = self._call(node, field, start)
                elif isinstance(node, Name):
                    node = Name(f"{node.path}.{field.value}", Span(start, field.span.end))
                else:
                    message = f"a selection of {field.value!r} on a value is not documented for conditions"
                    raise RefusedError(message, field.span)
            elif self._next.value == "[" and self._next.kind == "operator":
                message = "IAM conditions have no index operator"
                raise RefusedError(message, self._next.span)
            else:
                return node

    def _call(self, target: Node | None, method: Token, start: int) -> Call:
        arguments, end = self._list(")")
        return Call(target, method.value, arguments, Span(start, end))

    def _list(self, close: str) -> tuple[tuple[Node, ...], int]:
        items: list[Node] = []
        while not (self._next.kind == "operator" and self._next.value == close):
            items.append(self._binary(1))
            comma = self._next
            if not self._accept(","):
                break
            if close == ")" and self._next.kind == "operator" and self._next.value == close:
                raise _unexpected(comma, "expected ')'")
        return tuple(items), self._expect(close).span.end


def _unexpected(token: Token, wanted: str) -> RefusedError:
    found = "the end" if token.kind == "end" else repr(token.value)
    return RefusedError(f"{wanted}, found {found}", token.span)
