"""What an operator is: a name, what it stands for, and the mutants that it makes of the good plan or of its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from policy_tests.mutation.plans import Plan

__all__ = ["Changed", "Make", "Operator", "Registry"]

# Label and mutated plan; or, for an operator over source, label and edits (file, text to find, replacement).
Changed: TypeAlias = "Plan | tuple[tuple[str, str, str], ...]"
Make: TypeAlias = Callable[[Plan], Iterator[tuple[str, Changed]]]


@dataclass(frozen=True, slots=True)
class Operator:
    """`preserving` operators change no access, which the oracle confirms of each mutant.

    Of the others, each mutant either changes access or happens not to: the oracle says which.
    """

    name: str
    about: str
    preserving: bool
    workspaces: int
    over_source: bool
    make: Make


class Registry:
    """Collects operators in the order in which they are written."""

    def __init__(self) -> None:
        """Begin with none."""
        self.operators: list[Operator] = []

    def add(
        self, about: str, *, preserving: bool = False, workspaces: int = 1, over_source: bool = False
    ) -> Callable[[Make], Make]:
        """Register a maker under its own name."""

        def register(make: Make) -> Make:
            name = make.__name__.replace("_", "-")
            self.operators.append(Operator(name, about, preserving, workspaces, over_source, make))
            return make

        return register
