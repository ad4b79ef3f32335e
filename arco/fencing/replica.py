"""One process that contends for leases, and how it reads and writes their records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, final

from arco.errors import OutcomeUnknownError, UnavailableError, UsageError
from arco.fencing.expiry import Observations, Sighting
from arco.fencing.record import LockRecord, parse_or_none
from arco.fencing.terms import LeaseTerms
from arco.layout import ATTEMPT, Domain, LockKey
from arco.runtime import Clock, Randomness
from arco.storage.backoff import Backoff
from arco.storage.bucket import ABSENT, Absent, Version, Written
from arco.storage.capabilities import LockStore

__all__ = ["NewestToken", "Replica", "look", "write_record"]


class NewestToken(Protocol):
    """Tells how far published tokens have come. `arco.manifests` implements it."""

    async def newest_token(self, domain: Domain) -> int:
        """Give the `fencing_token` of the newest manifest; 0 if the domain has none."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Replica:
    """What a process needs to contend. `holder_id` is fresh randomness of this start of the process (`Ids.attempt`)."""

    holder_id: str
    locks: LockStore
    newest: NewestToken
    clock: Clock
    randomness: Randomness
    terms: LeaseTerms = field(default_factory=LeaseTerms)
    observations: Observations = field(default_factory=Observations)

    def __post_init__(self) -> None:
        """Refuse an id that no record could hold."""
        if not ATTEMPT.fullmatch(self.holder_id):
            message = f"a holder id matches {ATTEMPT.pattern}"
            raise UsageError(message)


async def look(replica: Replica, domain: Domain) -> Sighting | Absent:
    """Read the record of a domain, and note when."""
    sent_at = replica.clock.monotonic_seconds()
    stored = await replica.locks.read_lock(LockKey(domain))
    if stored is ABSENT:
        return ABSENT
    return Sighting(stored, parse_or_none(stored.data, domain), sent_at, replica.clock.monotonic_seconds())


async def write_record(
    replica: Replica, record: LockRecord, over: Version | Absent, *, until: float
) -> Version | Sighting | Absent:
    """Write a record over the version that was read: the new version, or what stands there instead.

    A try whose fate is unknown is settled by reading: the very bytes → written; the version that was read → sent again,
    which cannot hurt, since only one of both tries can find that version. Raises OutcomeUnknownError if it is not known
    at the monotonic time `until`.
    """
    data, backoff = record.render(), Backoff(replica.randomness)
    name = LockKey(record.domain).path
    while True:
        unknown: Exception | None = None
        try:
            answer = await replica.locks.write_lock(LockKey(record.domain), data, over)
            if isinstance(answer, Written):
                return answer.version
        except (OutcomeUnknownError, UnavailableError) as error:
            unknown = error
        standing = await _standing(replica, record.domain, backoff, until)
        if standing is not ABSENT and standing.stored.data == data:
            return standing.stored.version
        version = ABSENT if standing is ABSENT else standing.stored.version
        if version != over:
            return standing
        await _pause(replica, backoff, until, name, unknown)


async def _standing(replica: Replica, domain: Domain, backoff: Backoff, until: float) -> Sighting | Absent:
    while True:
        try:
            return await look(replica, domain)
        except UnavailableError as error:
            await _pause(replica, backoff, until, LockKey(domain).path, error)


async def _pause(replica: Replica, backoff: Backoff, until: float, name: str, reason: Exception | None) -> None:
    wished = reason.retry_after_seconds if isinstance(reason, UnavailableError) else None
    seconds = backoff.next_seconds(wished)
    if replica.clock.monotonic_seconds() + seconds >= until:
        message = "time ran out before it was known what stands there"
        raise OutcomeUnknownError(message, name=name) from reason
    await replica.clock.sleep(seconds)
