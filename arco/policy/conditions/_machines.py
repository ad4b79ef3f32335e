"""Deterministic automata for the atoms of a condition, stepped one character at a time.

Invariants of every machine (states are small integers, 0 is the start):

* `step` gives the same state for all characters outside `distinguished(state)`: the alphabet is compressed exactly.
* `settled` is True or False only where no further character can change the verdict.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache

from arco.policy.conditions.tree import ExtractPair, ExtractTest, NameTest, TestKind

__all__ = ["Machine", "ObjectName", "machine_of"]

_NONE: frozenset[str] = frozenset()


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


def machine_of(leaf: NameTest | ExtractTest | ExtractPair) -> Machine | bool:
    """Give the machine of a leaf (one per meaning, so that states compare), or its verdict if it has only one."""
    if isinstance(leaf, NameTest):
        return _test_machine(leaf.test.kind, leaf.test.literal)
    if isinstance(leaf, ExtractTest):
        return _extract_machine(leaf.template.prefix, leaf.template.suffix, leaf.test.kind, leaf.test.literal)
    if leaf.left.suffix == leaf.right.suffix:
        return True
    return _pair_machine(leaf.left.prefix, leaf.left.suffix, leaf.right.suffix)


@cache
def _test_machine(kind: TestKind, literal: str) -> Machine:
    if kind is TestKind.STARTS_WITH:
        return _Prefix(literal)
    return _Suffix(literal) if kind is TestKind.ENDS_WITH else _Exact(literal)


@cache
def _extract_machine(prefix: str, suffix: str, kind: TestKind, literal: str) -> Machine:
    return _Extract(prefix, suffix, _test_machine(kind, literal))


@cache
def _pair_machine(prefix: str, left: str, right: str) -> Machine:
    return _Pair(prefix, left, right)


class _Prefix(Machine):
    """Texts that begin with `literal`. State: characters matched, or one more than its length when dead."""

    def __init__(self, literal: str) -> None:
        self._literal = literal
        self._matched = len(literal)
        self._dead = len(literal) + 1
        self._sets = [*(frozenset(character) for character in literal), _NONE, _NONE]

    def step(self, state: int, character: str) -> int:
        if state >= self._matched:
            return state
        return state + 1 if self._literal[state] == character else self._dead

    def run(self, text: str) -> int:
        if text.startswith(self._literal):
            return self._matched
        return len(text) if self._literal.startswith(text) else self._dead

    def distinguished(self, state: int) -> frozenset[str]:
        return self._sets[state]

    def accepts(self, state: int) -> bool:
        return state == self._matched

    def settled(self, state: int) -> bool | None:
        return None if state < self._matched else state == self._matched


class _Exact(_Prefix):
    """The one text `literal`."""

    def step(self, state: int, character: str) -> int:
        return super().step(state, character) if state < self._matched else self._dead

    def run(self, text: str) -> int:
        return len(text) if self._literal.startswith(text) else self._dead

    def settled(self, state: int) -> bool | None:
        return False if state == self._dead else None


class _Search:
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
        self._search = _Search(literal)

    def step(self, state: int, character: str) -> int:
        return self._search.step(state, character)

    def distinguished(self, state: int) -> frozenset[str]:
        return self._search.distinguished(state)

    def accepts(self, state: int) -> bool:
        return state == len(self._search.pattern)

    def settled(self, state: int) -> bool | None:  # noqa: ARG002  # the answer does not depend on it
        return True if not self._search.pattern else None


class _Composite(Machine):
    """A machine whose states are tuples, numbered as they are met; transitions are remembered."""

    def __init__(self, start: tuple[int, ...]) -> None:
        self._states = [start]
        self._numbers = {start: 0}
        self._steps: dict[tuple[int, str], int] = {}

    @abstractmethod
    def _move(self, state: tuple[int, ...], character: str) -> tuple[int, ...]:
        """Give the state behind `character`."""

    def step(self, state: int, character: str) -> int:
        key = (state, character)
        if key not in self._steps:
            after = self._move(self._states[state], character)
            if after not in self._numbers:
                self._numbers[after] = len(self._states)
                self._states.append(after)
            self._steps[key] = self._numbers[after]
        return self._steps[key]


_SEEK, _VALUE, _DONE, _WAIT = range(4)


class _Extract(_Composite):
    """`extract(prefix{x}suffix)` compared with a literal by `test`.

    States: (_SEEK, matched prefix) · (_VALUE, matched suffix, state of `test`) · (_DONE, verdict). Characters that may
    belong to the suffix reach `test` only when they turn out not to.
    """

    def __init__(self, prefix: str, suffix: str, test: Machine) -> None:
        super().__init__((_SEEK, 0) if prefix else (_VALUE, 0, 0))
        self._prefix, self._suffix, self._test = _Search(prefix), _Search(suffix), test
        self._when_absent = test.accepts(0)

    def _move(self, state: tuple[int, ...], character: str) -> tuple[int, ...]:
        if state[0] == _SEEK:
            matched = self._prefix.step(state[1], character)
            return (_VALUE, 0, 0) if matched == len(self._prefix.pattern) else (_SEEK, matched)
        if state[0] == _DONE:
            return state
        _, matched, tested = state
        after = self._suffix.step(matched, character)
        pending = self._suffix.pattern[:matched] + character
        for passed in pending[: len(pending) - after]:
            tested = self._test.step(tested, passed)
        if self._suffix.pattern and after == len(self._suffix.pattern):
            return (_DONE, int(self._test.accepts(tested)))
        return (_VALUE, after, tested)

    def distinguished(self, state: int) -> frozenset[str]:
        kind, *rest = self._states[state]
        if kind == _SEEK:
            return self._prefix.distinguished(rest[0])
        if kind == _DONE:
            return _NONE
        matched, tested = rest
        for passed in self._suffix.pattern[:matched]:
            tested = self._test.step(tested, passed)
        return self._suffix.distinguished(matched) | self._test.distinguished(tested)

    def accepts(self, state: int) -> bool:
        kind, *rest = self._states[state]
        if kind == _DONE:
            return bool(rest[0])
        if kind == _VALUE and not self._suffix.pattern:
            return self._test.accepts(rest[1])
        return self._when_absent

    def settled(self, state: int) -> bool | None:
        kind, *rest = self._states[state]
        if kind == _DONE:
            return bool(rest[0])
        verdict = self._test.settled(rest[1]) if kind == _VALUE else None
        return verdict if not self._suffix.pattern or verdict is self._when_absent else None


class _Pair(_Composite):
    """`extract(prefix{x}left) == extract(prefix{x}right)`.

    The two values begin at one place, so they are equal if they end at one place, or if both are empty.

    States: (_SEEK, matched prefix) · (_VALUE, matched left, matched right, characters read) · (_WAIT, side, matched,
    characters since the other side's end, whether its value is empty) · (_DONE, verdict). Counts stop where they no
    longer matter.
    """

    def __init__(self, prefix: str, left: str, right: str) -> None:
        super().__init__((_SEEK, 0) if prefix else (_VALUE, 0, 0, 0))
        self._prefix = _Search(prefix)
        self._sides = (_Search(left), _Search(right))
        self._lengths = (len(left), len(right))
        self._count_max = max(self._lengths) + 1

    def _move(self, state: tuple[int, ...], character: str) -> tuple[int, ...]:
        kind = state[0]
        if kind == _SEEK:
            matched = self._prefix.step(state[1], character)
            return (_VALUE, 0, 0, 0) if matched == len(self._prefix.pattern) else (_SEEK, matched)
        if kind == _VALUE:
            return self._read_value(state, character)
        if kind == _DONE:
            return state
        _, side, matched, count, empty = state
        matched, count = self._sides[side].step(matched, character), min(count + 1, self._count_max)
        if matched == self._lengths[side]:
            return (_DONE, int(count == self._lengths[side]))
        return (_WAIT, side, matched, count, empty)

    def _read_value(self, state: tuple[int, ...], character: str) -> tuple[int, ...]:
        _, left, right, count = state
        matched = (self._sides[0].step(left, character), self._sides[1].step(right, character))
        count = min(count + 1, self._count_max)
        ended = [bool(length) and got == length for got, length in zip(matched, self._lengths, strict=True)]
        if all(ended) or (any(ended) and 0 in self._lengths):
            # Both ended at once with different suffixes, or one value runs to the end of the name: they differ.
            return (_DONE, 0)
        if any(ended):
            done = ended.index(True)
            return (_WAIT, 1 - done, matched[1 - done], self._lengths[done], int(count == self._lengths[done]))
        return (_VALUE, *matched, count)

    def distinguished(self, state: int) -> frozenset[str]:
        kind, *rest = self._states[state]
        if kind == _SEEK:
            return self._prefix.distinguished(rest[0])
        if kind == _VALUE:
            return self._sides[0].distinguished(rest[0]) | self._sides[1].distinguished(rest[1])
        return self._sides[rest[0]].distinguished(rest[1]) if kind == _WAIT else _NONE

    def accepts(self, state: int) -> bool:
        kind, *rest = self._states[state]
        if kind == _SEEK:
            return True
        if kind == _VALUE:
            return 0 not in self._lengths or rest[2] == 0
        return bool(rest[3]) if kind == _WAIT else bool(rest[0])

    def settled(self, state: int) -> bool | None:
        kind, *rest = self._states[state]
        if kind == _DONE:
            return bool(rest[0])
        if kind == _WAIT and not rest[3] and rest[2] > self._lengths[rest[0]]:
            return False
        return None


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
        return frozenset(self._INFIX[state - 1]) if state <= len(self._INFIX) else _NONE

    def accepts(self, state: int) -> bool:
        return state == self._NAMED

    def settled(self, state: int) -> bool | None:
        return None if state < self._NAMED else state == self._NAMED
