"""What the explorer looks for."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["Violation", "broken"]


class Violation(Exception):  # noqa: N818 no error of the exploration: it is what was looked for
    """An invariant is broken; the words say which, and by what."""


def broken(words: str) -> NoReturn:
    """Report a broken invariant."""
    raise Violation(words)
