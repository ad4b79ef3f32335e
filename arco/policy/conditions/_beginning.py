"""What every name begins with for which an expression may hold: a search that starts there decides the same, sooner.

Most conditions are conjunctions with one prefix, and most questions exclude many others (*outside every root*). Behind
the prefix nearly all of those are settled, so that a question costs what its alternatives differ in, not what they
spell.
"""

from __future__ import annotations

import os.path

from arco.policy.conditions.tree import All, Constant, Either, Expression, NameTest, Not, TestKind

__all__ = ["beginning", "settled"]


def settled(expression: Expression, start: str) -> bool | None:
    """Give the verdict on all names that begin with `start`, where its tests agree on them; None where they may not."""
    if isinstance(expression, NameTest):
        test = expression.test
        if test.kind is TestKind.STARTS_WITH and start.startswith(test.literal):
            return True
        return None if test.kind is TestKind.ENDS_WITH or test.literal.startswith(start) else False
    if isinstance(expression, Not):
        inner = settled(expression.item, start)
        return None if inner is None else not inner
    if isinstance(expression, All | Either):
        decisive, every = isinstance(expression, Either), True
        for item in expression.items:
            verdict = settled(item, start)
            if verdict is decisive:
                return decisive
            every = every and verdict is not None
        return not decisive if every else None
    return expression.value if isinstance(expression, Constant) else None


def beginning(expression: Expression, start: str, *, positive: bool = True) -> str | None:
    """Give `start`, or a longer text, with which every name begins for which the expression may hold.

    None if it holds for no name that begins with `start`. `positive` False asks about the negation.
    """
    if isinstance(expression, Not):
        return beginning(expression.item, start, positive=not positive)
    if isinstance(expression, All | Either):
        if isinstance(expression, All) is positive:
            return _of_conjunction(expression.items, start, positive=positive)
        every = (beginning(item, start, positive=positive) for item in expression.items)
        possible = [text for text in every if text is not None]
        if possible[1:] == possible[:-1]:
            return possible[0] if possible else None
        return os.path.commonprefix(possible)  # noqa: RUF071 - characters are meant
    if isinstance(expression, Constant):
        return start if expression.value is positive else None
    return _of_name_test(expression, start) if positive and isinstance(expression, NameTest) else start


def _of_conjunction(items: tuple[Expression, ...], start: str, *, positive: bool) -> str | None:
    found: str | None = start
    for item in items:
        if found is None:
            break
        found = beginning(item, found, positive=positive)
    return found


def _of_name_test(leaf: NameTest, start: str) -> str | None:
    literal = leaf.test.literal
    if leaf.test.kind is TestKind.ENDS_WITH:
        return start
    if literal.startswith(start):
        return literal
    return start if leaf.test.kind is TestKind.STARTS_WITH and start.startswith(literal) else None
