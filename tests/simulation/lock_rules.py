"""The rules of the lock (protocol, section 5) over its bytes, written down a second time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, final

from tests.simulation import chain_rules
from tests.simulation.seat import DOMAIN, EPOCH_SECONDS, SCOPE, TERMS
from tests.simulation.violation import broken
from tests.simulation.world import Content

__all__ = ["Lock", "check_change", "lock_of"]

_LOCK: Final = f"{SCOPE.prefix}locks/{DOMAIN.value}.lock.json"


@final
@dataclass(frozen=True, slots=True)
class Lock:
    """What the lock says, and the world's second of its last write."""

    holder_id: str
    sequence: int
    secret_sha256: str
    released: bool
    requested_by: str | None
    updated: int

    @property
    def acquisition(self) -> tuple[str, str]:
        """What stays the same from acquiring to releasing."""
        return self.holder_id, self.secret_sha256


@lru_cache(maxsize=100_000)
def lock_of(content: Content) -> Lock | None:
    """Read the lock. One that says nothing counts as held, by nobody, under no token."""
    for one in content:
        if one.name == _LOCK:
            try:
                said = json.loads(one.data)
            except ValueError:
                return Lock("", 0, "", released=False, requested_by=None, updated=one.updated - EPOCH_SECONDS)
            told = (said["holder_id"], said["sequence"], said["secret_sha256"], said["released"], said["requested_by"])
            return Lock(*told, one.updated - EPOCH_SECONDS)
    return None


def check_change(old: Content, new: Content, now: int, *, tells_time: bool) -> None:
    """Raise Violation if the lock was written in a way in which nobody may.

    A request makes the record look younger. Who goes by what it has seen itself is not deceived by that.
    """
    before, after = lock_of(old), lock_of(new)
    if chain_rules.newest(old) != chain_rules.newest(new):
        _check_published(after, chain_rules.newest_token(new))
    if before == after or after is None:
        return
    if before is None:
        _check_above(old, after)
    elif after.released and not before.holder_id:
        # Broken by force: the record of a damaged lock is somebody's who has no lease.
        return
    elif after.acquisition == before.acquisition:
        if after.sequence < before.sequence or (before.released and not after.released):
            broken(f"a lease came back sequence={after.sequence} before={before.sequence}")
    else:
        _check_above(old, after)
        _check_taken(before, after, now if tells_time or before.requested_by is None else None)


def _check_published(lock: Lock | None, token: int) -> None:
    reached = 0 if lock is None else lock.sequence
    if token > reached:
        broken(f"a manifest carries a token that no lease has had token={token} lock={reached}")


def _check_above(old: Content, after: Lock) -> None:
    token = chain_rules.newest_token(old)
    if after.sequence <= token:
        broken(f"a lease was acquired below a published token sequence={after.sequence} published={token}")


def _check_taken(before: Lock, after: Lock, now: int | None) -> None:
    if after.sequence <= before.sequence:
        broken(f"a sequence was used again sequence={after.sequence} before={before.sequence}")
    if now is None:
        return
    age = now - before.updated
    if not before.released and not age > TERMS.ttl_seconds + TERMS.margin_seconds:
        broken(f"a lease was taken that had not expired age={age} sequence={before.sequence}")
    if before.released and before.requested_by not in {None, after.holder_id} and not age > TERMS.reserved_seconds:
        broken(f"a lease was taken that was kept for another age={age} sequence={before.sequence}")
