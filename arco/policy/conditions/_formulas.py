"""Residual formulas: Boolean combinations of machine states, kept small so that equal remainders are equal states.

Invariants: a settled atom is a constant, a group holds no constant, no group of its own kind, and never a formula
beside its negation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from arco.policy.conditions._literals import Machine, prefixes_machine

__all__ = [
    "Atom",
    "Formula",
    "Group",
    "Negation",
    "accepts",
    "atom",
    "distinguished",
    "group",
    "merged",
    "negation",
    "size",
    "step",
]


@dataclass(frozen=True, slots=True)
class Atom:
    """A machine in one of its states."""

    machine: Machine
    state: int


@dataclass(frozen=True, slots=True)
class Negation:
    """What `item` does not accept."""

    item: Formula


@dataclass(frozen=True, slots=True)
class Group:
    """A conjunction, or else a disjunction, of two formulas or more. `size` counts its atoms."""

    conjunction: bool
    items: frozenset[Formula]
    size: int = field(compare=False)


Formula: TypeAlias = bool | Atom | Negation | Group


def atom(machine: Machine, state: int) -> Formula:
    """Give the machine's state as a formula, or its verdict if nothing can change it."""
    verdict = machine.settled(state)
    return Atom(machine, state) if verdict is None else verdict


def negation(item: Formula) -> Formula:
    """Negate, without doubling negations."""
    if isinstance(item, bool):
        return not item
    return item.item if isinstance(item, Negation) else Negation(item)


def size(formula: Formula) -> int:
    """Count the atoms: what one step costs."""
    if isinstance(formula, Negation):
        return size(formula.item)
    return formula.size if isinstance(formula, Group) else 1


def group(conjunction: bool, items: list[Formula]) -> Formula:  # noqa: FBT001
    """Join, absorb constants, and flatten, so that equal remainders are equal states."""
    kept: set[Formula] = set()
    for item in items:
        if isinstance(item, bool):
            if item is not conjunction:
                return item
        elif isinstance(item, Group) and item.conjunction is conjunction:
            kept |= item.items
        else:
            kept.add(item)
    if not kept:
        return conjunction
    if any(isinstance(item, Negation) and item.item in kept for item in kept):
        return not conjunction
    return kept.pop() if len(kept) == 1 else Group(conjunction, frozenset(kept), sum(size(item) for item in kept))


def merged(conjunction: bool, items: list[Formula]) -> Formula:  # noqa: FBT001
    """Join as `group` does, with all prefixes of a disjunction (of a conjunction: all negated ones) in one machine.

    A layout has many roots, and a question names them all: one trie instead of twenty machines side by side.
    """
    rest: list[Formula] = []
    literals: set[str] = set()
    for item in items:
        inner = item.item if conjunction and isinstance(item, Negation) else item
        plain = isinstance(item, Negation) is conjunction and isinstance(inner, Atom)
        literal = inner.machine.rest_of_prefix(inner.state) if plain and isinstance(inner, Atom) else None
        if literal is None:
            rest.append(item)
        else:
            literals.add(literal)
    if literals:
        trie = atom(prefixes_machine(frozenset(literals)), 0)
        rest.append(negation(trie) if conjunction else trie)
    return group(conjunction, rest)


def step(formula: Formula, character: str) -> Formula:
    """Give what remains behind `character`."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Atom):
        return atom(formula.machine, formula.machine.step(formula.state, character))
    if isinstance(formula, Negation):
        return negation(step(formula.item, character))
    return group(formula.conjunction, [step(item, character) for item in formula.items])


def accepts(formula: Formula) -> bool:
    """Whether the text read so far is accepted."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Atom):
        return formula.machine.accepts(formula.state)
    if isinstance(formula, Negation):
        return not accepts(formula.item)
    verdicts = (accepts(item) for item in formula.items)
    return all(verdicts) if formula.conjunction else any(verdicts)


def distinguished(formula: Formula, found: set[str]) -> None:
    """Add to `found` the characters that `step` tells apart from all others."""
    if isinstance(formula, Atom):
        found |= formula.machine.distinguished(formula.state)
    elif isinstance(formula, Negation):
        distinguished(formula.item, found)
    elif isinstance(formula, Group):
        for item in formula.items:
            distinguished(item, found)
