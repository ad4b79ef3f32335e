"""Pauses grow to a maximum, differ between callers, and never undercut the backend's wish."""

from __future__ import annotations

from typing import final

import pytest

from arco.runtime import SeededRandomness
from arco.storage.backoff import Backoff


@final
class Constant:
    """Randomness that is none."""

    def __init__(self, byte: int) -> None:
        """Repeat `byte`."""
        self._byte = byte

    def token_bytes(self, count: int) -> bytes:
        """Give it `count` times."""
        return bytes([self._byte]) * count


@pytest.mark.parametrize(("byte", "share"), [(0, 0.5), (0x80, 0.75), (0xFF, 1.0)])
def test_pauses_double_up_to_the_maximum(byte: int, share: float) -> None:
    """From half to all of 0.1 s, and so on to 2 s."""
    backoff = Backoff(Constant(byte))
    pauses = [backoff.next_seconds() for _ in range(7)]

    assert pauses == pytest.approx([share * ceiling for ceiling in (0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0)], rel=0.01)


def test_callers_part() -> None:
    """Those who fail together do not return together."""
    assert Backoff(SeededRandomness(1)).next_seconds() != Backoff(SeededRandomness(2)).next_seconds()


def test_wish_is_a_minimum() -> None:
    """A longer wish is granted, a shorter one makes no difference."""
    backoff = Backoff(Constant(0xFF))

    assert backoff.next_seconds(7.5) == 7.5
    assert backoff.next_seconds(0.01) == pytest.approx(0.2)
