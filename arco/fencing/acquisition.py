"""Acquiring a lease: who may take it, under which token, and how long to wait for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final, final

from arco.documents import utc_text
from arco.errors import OutcomeUnknownError, UnavailableError, UsageError
from arco.fencing.expiry import Sighting, age_seconds
from arco.fencing.record import LockRecord
from arco.fencing.replica import Replica, look, write_record
from arco.fencing.terms import TOKEN_JUMP_MAX
from arco.fencing.verified import secret_hash
from arco.layout import Domain, LockKey
from arco.storage.backoff import Backoff
from arco.storage.bucket import ABSENT, Absent, Version

__all__ = ["Acquired", "acquire"]

_SECRET_BYTES: Final = 32
_WRITE_SECONDS: Final = 10.0
# Tokens of holders that have not published yet may stand between the newest manifest's and a record that was lost.
_LOST_TOKENS: Final = 1000


@final
@dataclass(frozen=True, slots=True)
class Acquired:
    """A record of ours that stands, its version, its secret, and the monotonic time before it was sent."""

    record: LockRecord
    version: Version
    secret: str = field(repr=False)
    sent_at: float


async def acquire(replica: Replica, domain: Domain, operation: str, wait_seconds: float) -> Acquired:
    """Acquire the lease of `domain`, as `Lease.acquire` promises."""
    if not math.isfinite(wait_seconds):
        message = f"a wait is bounded wait_seconds={wait_seconds}"
        raise UsageError(message)
    until = replica.clock.monotonic_seconds() + wait_seconds
    backoff = Backoff(replica.randomness)
    while True:
        reason = UnavailableError("another process holds the lease", name=LockKey(domain).path)
        try:
            acquired = await _try(replica, domain, operation, asking=wait_seconds > 0)
            if acquired is not None:
                return acquired
        except UnavailableError as error:
            reason = error
        seconds = backoff.next_seconds(reason.retry_after_seconds)
        if replica.clock.monotonic_seconds() + seconds > until:
            raise reason
        await replica.clock.sleep(seconds)


async def _try(replica: Replica, domain: Domain, operation: str, *, asking: bool) -> Acquired | None:
    """Take the lease if it is to be had, or ask for it."""
    found = await look(replica, domain)
    if found is ABSENT or _may_take(replica, domain, found):
        sequence = await _next_sequence(replica, domain, found)
        return None if sequence is None else await _take(replica, domain, operation, sequence, found)
    if asking:
        await _ask(replica, domain, found)
    return None


def _may_take(replica: Replica, domain: Domain, found: Sighting) -> bool:
    """Whether the record is nobody's any more, or is free for this replica."""
    terms, record = replica.terms, found.record
    if record is None:
        return replica.observations.older_than(domain, found, terms.ttl_seconds + terms.margin_seconds)
    if not record.released:
        return replica.observations.older_than(domain, found, record.ttl_seconds + terms.margin_seconds)
    if record.requested_by in {None, replica.holder_id}:
        return True
    return replica.observations.older_than(domain, found, terms.reserved_seconds)


async def _next_sequence(replica: Replica, domain: Domain, found: Sighting | Absent) -> int | None:
    """Give a sequence above the record's and every published token, with a leap where the record tells nothing.

    None while a record that nobody counted up to may hide a living holder.
    """
    published = await replica.newest.newest_token(domain)
    # A record that was lost, reset or damaged takes with it what was counted since: the next token leaps over that.
    leap = published + 1 + (_LOST_TOKENS if published else 0)
    if found is ABSENT or found.record is None or found.record.sequence < published:
        return leap
    if found.record.sequence <= published + TOKEN_JUMP_MAX:
        return found.record.sequence + 1
    # Nobody counted up to there: the record is damaged, and is replaced when it would have expired.
    lasting = found.record.ttl_seconds + replica.terms.margin_seconds
    return leap if replica.observations.older_than(domain, found, lasting) else None


async def _take(
    replica: Replica, domain: Domain, operation: str, sequence: int, found: Sighting | Absent
) -> Acquired | None:
    """Write a record of our own over what was read; None if somebody was faster."""
    secret = replica.randomness.token_bytes(_SECRET_BYTES).hex()
    ttl = replica.terms.ttl_seconds
    record = LockRecord(
        domain=domain,
        holder_id=replica.holder_id,
        sequence=sequence,
        renewal_counter=0,
        ttl_ms=round(ttl * 1000),
        released=False,
        operation=operation,
        secret_sha256=secret_hash(secret),
        expires_at=utc_text(replica.clock.wall_seconds() + ttl),
    )
    over = ABSENT if found is ABSENT else found.stored.version
    sent_at = replica.clock.monotonic_seconds()
    # What is confirmed later than that would be over already.
    lasting = min(_WRITE_SECONDS, ttl - replica.terms.margin_seconds)
    answer = await write_record(replica, record, over, until=sent_at + lasting)
    return Acquired(record, answer, secret, sent_at) if isinstance(answer, str) else None


async def _ask(replica: Replica, domain: Domain, found: Sighting) -> None:
    """Ask the holder to hand over, once a sequence, and only if it shows signs of life.

    The request is a write, and makes the record look younger: a dead holder's would expire later for it.
    """
    record, age = found.record, age_seconds(found.stored)
    # A released record that this replica may not take is another's who asked.
    if record is None or record.requested_by is not None:
        return
    if record.holder_id == replica.holder_id or (age is not None and age > record.ttl_seconds / 2):
        return
    asking = replace(record, requested_by=replica.holder_id)
    try:
        await replica.locks.write_lock(LockKey(domain), asking.render(), found.stored.version)
    except OutcomeUnknownError:
        # Whoever reads next sees whether it landed; waiting goes on all the same.
        return
