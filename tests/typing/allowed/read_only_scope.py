"""A scope cannot be changed after it was checked."""

from arco.layout import Scope


def use(scope: Scope, other: list[Scope]) -> None:
    """One use stands here."""
    other[0] = scope
