"""Leaves that do not depend on the resource's name: `request.time`, tags, and grants that somebody may modify.

A time that is taken from the name, or written in a form that IAM does not read, makes the leaf opaque.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from arco.policy.conditions._extraction import is_extract, template_of
from arco.policy.conditions._lexer import RefusedError
from arco.policy.conditions._syntax import Binary, Call, ListOf, Name, Node, NumberOf, StringOf, Unary
from arco.policy.conditions.tree import Free, Opaque

__all__ = ["free_leaf", "is_free"]

_COMPARISONS = {"<", "<=", ">", ">="}
_GETTER_COMPARISONS = {*_COMPARISONS, "==", "!="}
_GETTERS = {
    f"get{part}"
    for part in (
        *("FullYear", "Month", "Date", "DayOfMonth", "DayOfWeek", "DayOfYear"),
        *("Hours", "Minutes", "Seconds", "Milliseconds"),
    )
}
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
# RFC 3339, and what the documentation shows for the other two.
_FORMS = {
    "timestamp": re.compile(f"{_DATE}[Tt]{_CLOCK}"),
    "date": re.compile(_DATE),
    "duration": re.compile(r"-?[0-9]+(?:\.[0-9]+)?s"),
}
_TAG_FUNCTIONS = {"hasTagKey": 1, "hasTagKeyId": 1, "matchTag": 2, "matchTagId": 2}
_MODIFIED_GRANTS = "iam.googleapis.com/modifiedGrantsByRole"
_LIST_CONSTANTS_MAX = 10


def is_free(node: Node) -> bool:
    """Whether `node` speaks of time, tags or modified grants, so that `free_leaf` judges it."""
    if isinstance(node, Binary):
        return node.operator in _GETTER_COMPARISONS and (_speaks_of_time(node.left) or _speaks_of_time(node.right))
    return isinstance(node, Call) and (_is_tag_test(node) or node.method == "hasOnly")


def free_leaf(node: Node) -> Free | Opaque:
    """Check the form of a free boolean and name it. Raises RefusedError for a form that IAM does not document."""
    if (opaque := _checked(node)) is not None:
        return opaque
    return Free(_spell(node), node.span)


def _checked(node: Node) -> Opaque | None:
    if isinstance(node, Call) and _is_tag_test(node):
        if len(node.arguments) != _TAG_FUNCTIONS[node.method] or not all(_is_text(item) for item in node.arguments):
            message = f"{node.method} takes {_TAG_FUNCTIONS[node.method]} string literals"
            raise RefusedError(message, node.span)
    elif isinstance(node, Call):
        _check_modified_grants(node)
    elif isinstance(node, Binary):
        _check_time(node)
        return _unreadable(node)
    return None


def _is_tag_test(node: Call) -> bool:
    return node.method in _TAG_FUNCTIONS and isinstance(node.target, Name) and node.target.path == "resource"


def _speaks_of_time(node: Node) -> bool:
    if isinstance(node, Name):
        return node.path == "request.time"
    if isinstance(node, Call):
        inner = (node.target, *node.arguments) if node.target is not None else node.arguments
        return node.method in {"timestamp", "date", "duration"} or any(_speaks_of_time(item) for item in inner)
    return isinstance(node, Binary) and (_speaks_of_time(node.left) or _speaks_of_time(node.right))


def _check_time(node: Binary) -> None:
    """Accept `instant < instant` and `instant.getter() == number`, in either order."""
    left, right = node.left, node.right
    if node.operator in _COMPARISONS and _is_instant(left) and _is_instant(right):
        return
    for getter, number in ((left, right), (right, left)):
        if _is_getter(getter) and isinstance(number, NumberOf):
            return
    message = "this comparison of times is not documented (instants: < <= > >=; getters: with a number)"
    raise RefusedError(message, node.span)


def _unreadable(comparison: Binary) -> Opaque | None:
    """Find a time that no analysis of names can tell the value of."""
    for call in _times(comparison):
        argument = call.arguments[0]
        if not isinstance(argument, StringOf):
            template_of(argument)
            return Opaque("a time that is taken from the name is not decided", argument.span)
        if not _is_readable(call.method, argument.value):
            reason = f"IAM documents no such {call.method}; one that it cannot read never grants"
            return Opaque(reason, argument.span, unreadable=True)
    return None


def _times(node: Node) -> Iterator[Call]:
    if isinstance(node, Binary):
        yield from _times(node.left)
        yield from _times(node.right)
    elif isinstance(node, Call) and node.method in _FORMS:
        yield node
    elif isinstance(node, Call) and node.target is not None:
        yield from _times(node.target)


def _is_readable(method: str, text: str) -> bool:
    if not _FORMS[method].fullmatch(text):
        return False
    try:
        return method == "duration" or bool(date.fromisoformat(text[: len("2000-01-01")]))
    except ValueError:
        return False


def _is_instant(node: Node) -> bool:
    if isinstance(node, Name):
        return node.path == "request.time"
    if isinstance(node, Call):
        if node.target is not None or node.method not in {"timestamp", "date"}:
            return False
        return _has_one_text(node) or (len(node.arguments) == 1 and is_extract(node.arguments[0]))
    return (
        isinstance(node, Binary) and node.operator in {"+", "-"} and _is_instant(node.left) and _is_duration(node.right)
    )


def _is_duration(node: Node) -> bool:
    return isinstance(node, Call) and node.target is None and node.method == "duration" and _has_one_text(node)


def _is_getter(node: Node) -> bool:
    return (
        isinstance(node, Call)
        and node.method in _GETTERS
        and node.target is not None
        and _is_instant(node.target)
        and (not node.arguments or _has_one_text(node))
    )


def _check_modified_grants(node: Call) -> None:
    target = node.target
    source_ok = (
        isinstance(target, Call)
        and target.method == "getAttribute"
        and isinstance(target.target, Name)
        and target.target.path == "api"
        and len(target.arguments) == len(("attribute", "default"))
        and isinstance(target.arguments[0], StringOf)
        and target.arguments[0].value == _MODIFIED_GRANTS
        and target.arguments[1] == ListOf((), target.arguments[1].span)
    )
    roles_ok = (
        len(node.arguments) == 1
        and isinstance(node.arguments[0], ListOf)
        and len(node.arguments[0].items) <= _LIST_CONSTANTS_MAX
        and all(_is_text(item) for item in node.arguments[0].items)
    )
    if not (source_ok and roles_ok):
        message = f"hasOnly needs api.getAttribute('{_MODIFIED_GRANTS}', []) and at most {_LIST_CONSTANTS_MAX} literals"
        raise RefusedError(message, node.span)


def _has_one_text(node: Call) -> bool:
    return len(node.arguments) == 1 and _is_text(node.arguments[0])


def _is_text(node: Node) -> bool:
    return isinstance(node, StringOf)


def _spell(node: Node) -> str:
    """Spell a node in one way, so that equal tests get equal keys however they were spaced."""
    if isinstance(node, StringOf):
        return repr(node.value)
    if isinstance(node, NumberOf):
        return node.value
    if isinstance(node, Name):
        return node.path
    if isinstance(node, Unary):
        return f"{node.operator}{_spell(node.item)}"
    if isinstance(node, Binary):
        return f"({_spell(node.left)} {node.operator} {_spell(node.right)})"
    if isinstance(node, ListOf):
        return f"[{', '.join(_spell(item) for item in node.items)}]"
    arguments = ", ".join(_spell(item) for item in node.arguments)
    return f"{_spell(node.target)}.{node.method}({arguments})" if node.target else f"{node.method}({arguments})"
