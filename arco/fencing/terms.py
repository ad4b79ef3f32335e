"""The terms of a lease: how long it lasts, and how sure its holder and its takers must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from arco.errors import UsageError

__all__ = ["TOKEN_JUMP_MAX", "TTL_SECONDS_MAX", "LeaseTerms"]

TTL_SECONDS_MAX: Final = 600.0
"""A record that claims more is taken for damaged: nobody may block a domain for longer."""

TOKEN_JUMP_MAX: Final = 1_000_000
"""A token this far above the newest manifest's was not counted up to, and is ignored (protocol, section 5)."""

_MARGIN_SECONDS_LEAST = 1.0


@final
@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """Seconds all. The same in every process of a workspace, save for experiments; else UsageError.

    The holder stops `margin` before the TTL is over and takers wait `margin` beyond it, so clocks may drift by twice
    the margin in one TTL. Backends tell whole seconds: a margin under one second would be none.
    """

    ttl_seconds: float = 30.0
    margin_seconds: float = 2.0
    # Whoever was asked to hand over keeps the lease for this long in all, so that replicas do not only hand over.
    keep_seconds: float = 5.0
    # For this long after its release, only the replica that asked may take the lease.
    reserved_seconds: float = 3.0

    def __post_init__(self) -> None:
        """Refuse terms under which two processes could hold one lease."""
        if not 2 * self.margin_seconds < self.ttl_seconds <= TTL_SECONDS_MAX:
            message = (
                f"a TTL is longer than twice its margin and at most {TTL_SECONDS_MAX:.0f} s "
                f"ttl_seconds={self.ttl_seconds} margin_seconds={self.margin_seconds}"
            )
            raise UsageError(message)
        if not self.margin_seconds >= _MARGIN_SECONDS_LEAST:
            message = f"a margin is at least a second margin_seconds={self.margin_seconds}"
            raise UsageError(message)
        if not (0 <= self.keep_seconds <= self.ttl_seconds and 0 <= self.reserved_seconds <= self.ttl_seconds):
            message = (
                f"a lease is kept and reserved for no longer than its TTL "
                f"keep_seconds={self.keep_seconds} reserved_seconds={self.reserved_seconds}"
            )
            raise UsageError(message)
