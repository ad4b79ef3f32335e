"""Machines of a condition's atoms, those about extracts above all. What every machine keeps: `_literals.py`."""

from __future__ import annotations

from abc import abstractmethod
from functools import cache

from arco.policy.conditions._literals import NONE, Machine, Search, test_machine
from arco.policy.conditions.tree import ExtractPair, ExtractTest, NameTest, TestKind

__all__ = ["machine_of"]


def machine_of(leaf: NameTest | ExtractTest | ExtractPair) -> Machine | bool:
    """Give the machine of a leaf (one per meaning, so that states compare), or its verdict if it has only one."""
    if isinstance(leaf, NameTest):
        return test_machine(leaf.test.kind, leaf.test.literal)
    if isinstance(leaf, ExtractTest):
        return _extract_machine(leaf.template.prefix, leaf.template.suffix, leaf.test.kind, leaf.test.literal)
    if leaf.left.suffix == leaf.right.suffix:
        return True
    return _pair_machine(leaf.left.prefix, leaf.left.suffix, leaf.right.suffix)


@cache
def _extract_machine(prefix: str, suffix: str, kind: TestKind, literal: str) -> Machine:
    return _Extract(prefix, suffix, test_machine(kind, literal))


@cache
def _pair_machine(prefix: str, left: str, right: str) -> Machine:
    return _Pair(prefix, left, right)


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
        self._prefix, self._suffix, self._test = Search(prefix), Search(suffix), test
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
            return NONE
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
        self._prefix = Search(prefix)
        self._sides = (Search(left), Search(right))
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
        return self._sides[rest[0]].distinguished(rest[1]) if kind == _WAIT else NONE

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
