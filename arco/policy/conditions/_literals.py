"""Machines of literals: a prefix, several, an exact text, a suffix, and the form of an object's name.

Invariants of every machine (states are small integers, 0 is the start):

* `step` gives the same state for all characters outside `distinguished(state)`: the alphabet is compressed exactly.
* `settled` is True or False only where no further character can change the verdict.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache

from arco.policy.conditions.tree import TestKind

__all__ = ["NONE", "BucketName", "Machine", "ObjectName", "Search", "prefixes_machine", "test_machine"]

NONE: frozenset[str] = frozenset()


class Machine(ABC):
    """A deterministic automaton over characters."""

    @abstractmethod
    def step(self, state: int, character: str) -> int:
        """Give the state behind `character`."""

    def run(self, text: str) -> int:
        """Give the state behind `text`, from the start."""
        state = 0
        for character in text:
            state = self.step(state, character)
        return state

    @abstractmethod
    def distinguished(self, state: int) -> frozenset[str]:
        """Give the characters that `step` tells apart from all others."""

    @abstractmethod
    def accepts(self, state: int) -> bool:
        """Whether the text read so far is in the language."""

    @abstractmethod
    def settled(self, state: int) -> bool | None:
        """Give the verdict if nothing that follows can change it."""

    def rest_of_prefix(self, state: int) -> str | None:  # noqa: ARG002 (most machines are no prefix in any state)
        """Give the text with which everything accepted from here begins, and that suffices; None if there is none."""
        return None


@cache
def test_machine(kind: TestKind, literal: str) -> Machine:
    """Give the machine of a test: one per meaning, so that states compare."""
    if kind is TestKind.STARTS_WITH:
        return _Prefix(literal)
    return _Suffix(literal) if kind is TestKind.ENDS_WITH else _Exact(literal)


@cache
def prefixes_machine(literals: frozenset[str]) -> Machine:
    """Give the machine of texts that begin with one of `literals`, none of which is empty."""
    return _Prefixes(literals)


class _Prefix(Machine):
    """Texts that begin with `literal`. State: characters matched, or one more than its length when dead."""

    def __init__(self, literal: str) -> None:
        self._literal = literal
        self._matched = len(literal)
        self._dead = len(literal) + 1

    def step(self, state: int, character: str) -> int:
        if state >= self._matched:
            return state
        return state + 1 if self._literal[state] == character else self._dead

    def run(self, text: str) -> int:
        if text.startswith(self._literal):
            return self._matched
        return len(text) if self._literal.startswith(text) else self._dead

    def distinguished(self, state: int) -> frozenset[str]:
        return frozenset(self._literal[state]) if state < self._matched else NONE

    def accepts(self, state: int) -> bool:
        return state == self._matched

    def settled(self, state: int) -> bool | None:
        return None if state < self._matched else state == self._matched

    def rest_of_prefix(self, state: int) -> str | None:
        return self._literal[state:] if state < self._matched else None


class _Prefixes(Machine):
    """Texts that begin with one of `literals`: a trie, whose nodes are the states."""

    _MATCHED, _DEAD = -1, -2

    def __init__(self, literals: frozenset[str]) -> None:
        self._nodes: list[dict[str, int]] = [{}]
        # Shorter ones first: what begins with one of them needs no node of its own.
        for literal in sorted(literals, key=len):
            self._insert(literal)

    def _insert(self, literal: str) -> None:
        node = 0
        for character in literal[:-1]:
            node = self._nodes[node].setdefault(character, len(self._nodes))
            if node == self._MATCHED:
                return
            if node == len(self._nodes):
                self._nodes.append({})
        self._nodes[node].setdefault(literal[-1], self._MATCHED)

    def step(self, state: int, character: str) -> int:
        return state if state < 0 else self._nodes[state].get(character, self._DEAD)

    def distinguished(self, state: int) -> frozenset[str]:
        return frozenset(self._nodes[state]) if state >= 0 else NONE

    def accepts(self, state: int) -> bool:
        return state == self._MATCHED

    def settled(self, state: int) -> bool | None:
        return None if state >= 0 else state == self._MATCHED


class _Exact(_Prefix):
    """The one text `literal`."""

    def rest_of_prefix(self, state: int) -> str | None:  # noqa: ARG002 (more than the literal is not accepted)
        return None

    def step(self, state: int, character: str) -> int:
        return super().step(state, character) if state < self._matched else self._dead

    def run(self, text: str) -> int:
        return len(text) if self._literal.startswith(text) else self._dead

    def settled(self, state: int) -> bool | None:
        return False if state == self._dead else None


class Search:
    """Knuth-Morris-Pratt: the length of the longest prefix of `pattern` that ends the text read so far."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._borders = [0] * (len(pattern) + 1)
        border = 0
        for length in range(2, len(pattern) + 1):
            while border and pattern[border] != pattern[length - 1]:
                border = self._borders[border]
            border += pattern[border] == pattern[length - 1]
            self._borders[length] = border
        self._sets: dict[int, frozenset[str]] = {}

    def step(self, length: int, character: str) -> int:
        if length == len(self.pattern):
            length = self._borders[length]
        while length and self.pattern[length] != character:
            length = self._borders[length]
        return length + (bool(self.pattern) and self.pattern[length] == character)

    def distinguished(self, length: int) -> frozenset[str]:
        if length not in self._sets:
            characters, at = set[str](), length
            while True:
                if at < len(self.pattern):
                    characters.add(self.pattern[at])
                if not at:
                    break
                at = self._borders[at]
            self._sets[length] = frozenset(characters)
        return self._sets[length]


class _Suffix(Machine):
    """Texts that end with `literal`."""

    def __init__(self, literal: str) -> None:
        self._search = Search(literal)

    def step(self, state: int, character: str) -> int:
        return self._search.step(state, character)

    def distinguished(self, state: int) -> frozenset[str]:
        return self._search.distinguished(state)

    def accepts(self, state: int) -> bool:
        return state == len(self._search.pattern)

    def settled(self, state: int) -> bool | None:  # noqa: ARG002  # the answer does not depend on it
        return True if not self._search.pattern else None


class ObjectName(Machine):
    """Texts of the form `BUCKET/objects/NAME` with neither part empty: what follows `projects/_/buckets/`."""

    _INFIX = "/objects/"
    _FIRST, _NAMED, _DEAD = 0, len(_INFIX) + 2, len(_INFIX) + 3

    def step(self, state: int, character: str) -> int:
        if state >= self._NAMED:
            return state
        if state == self._FIRST:
            return self._DEAD if character == "/" else 1
        if state == 1 and character != "/":
            return 1
        if state <= len(self._INFIX):
            return state + 1 if self._INFIX[state - 1] == character else self._DEAD
        return self._NAMED

    def distinguished(self, state: int) -> frozenset[str]:
        if state <= 1:
            return frozenset("/")
        return frozenset(self._INFIX[state - 1]) if state <= len(self._INFIX) else NONE

    def accepts(self, state: int) -> bool:
        return state == self._NAMED

    def settled(self, state: int) -> bool | None:
        return None if state < self._NAMED else state == self._NAMED


class BucketName(Machine):
    """Texts that are not empty and hold no slash: what follows `projects/_/buckets/` in a bucket's name."""

    _FIRST, _NAMED, _DEAD = range(3)

    def step(self, state: int, character: str) -> int:
        return self._DEAD if character == "/" or state == self._DEAD else self._NAMED

    def distinguished(self, state: int) -> frozenset[str]:
        return NONE if state == self._DEAD else frozenset("/")

    def accepts(self, state: int) -> bool:
        return state == self._NAMED

    def settled(self, state: int) -> bool | None:
        return False if state == self._DEAD else None
