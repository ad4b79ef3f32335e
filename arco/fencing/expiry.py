"""When a lease record has expired, for whoever would take it.

Invariants (protocol, section 5):

* The age of a record is a difference of two times of the backend's one clock. Machines' clocks never enter it.
* Where the backend does not tell, a record has expired when this process has itself seen it unchanged (the same holder,
  sequence and counter) for the whole of its TTL and margin, by its monotonic clock, from the answer that first showed
  it to the sending of the request that last did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, final

from arco.fencing.record import LockRecord
from arco.layout import Domain
from arco.storage.bucket import Stored

__all__ = ["Observations", "Sighting", "age_seconds"]


def age_seconds(stored: Stored) -> int | None:
    """Tell how long ago an object was written, by the backend's clock, to within a second; None if it does not tell."""
    if stored.updated is None or stored.server_time is None:
        return None
    return stored.server_time - stored.updated


@final
@dataclass(frozen=True, slots=True)
class Sighting:
    """What one read showed, with the monotonic times of its sending and of its answer. `record` is None for garbage."""

    stored: Stored
    record: LockRecord | None
    sent_at: float
    answered_at: float


_Face: TypeAlias = tuple[str, int, int, bool] | str


@final
@dataclass(slots=True)
class Observations:
    """Since when this process has seen each domain's record as it is."""

    _since: dict[Domain, tuple[_Face, float]] = field(default_factory=dict)

    def older_than(self, domain: Domain, sighting: Sighting, seconds: float) -> bool:
        """Whether the record was written more than `seconds` ago: for certain, not to the second."""
        face = _face(sighting)
        known, since = self._since.get(domain, (None, 0.0))
        if known != face:
            since = sighting.answered_at
            self._since[domain] = (face, since)
        age = age_seconds(sighting.stored)
        observed = sighting.sent_at - since
        return (observed if age is None else age) > seconds


def _face(sighting: Sighting) -> _Face:
    """Give what changes with each sign of life. A waiting replica's request is none, nor is a new version by itself."""
    record = sighting.record
    if record is None:
        return sighting.stored.version
    return (record.holder_id, record.sequence, record.renewal_counter, record.released)
