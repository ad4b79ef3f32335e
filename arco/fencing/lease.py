"""The lease of a domain: at most one process believes that it holds it, save for what the chain of manifests decides.

Invariants (protocol, section 5):

* The holder counts from its monotonic clock *before sending* what was confirmed, and stops a margin before the TTL.
* Every write of the record is bound to the version that was read; a writer that lost never overwrites the winner.
* The sequence grows with each acquisition, above the record's and above every published token, and by a leap where the
  record tells nothing. Nobody deletes a record.
* The end of a lease is final: what was lost, released or has lapsed is acquired anew, under a new token.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Never, Self, final

from arco.documents import utc_text
from arco.errors import AccessDeniedError, ArcoError, FencedError, OutcomeUnknownError, UsageError
from arco.fencing._permits import PermitIssuer, mint_issuer
from arco.fencing._tokens import FencingToken, mint_token
from arco.fencing.acquisition import Acquired, acquire
from arco.fencing.expiry import Sighting
from arco.fencing.record import LockRecord
from arco.fencing.replica import Replica, write_record
from arco.fencing.verified import LeaseClaim
from arco.layout import Domain
from arco.runtime import Clock
from arco.storage.bucket import ABSENT, Absent, Version
from arco.storage.sealed import Holdings, Sealed

__all__ = ["Lease"]

_RELEASE_SECONDS = 5.0

_LOG = logging.getLogger(__name__)


@final
class Lease(Sealed):
    """A lease that this process holds until it lapses, is lost, or is released."""

    __slots__ = ()

    @classmethod
    async def acquire(cls, replica: Replica, domain: Domain, *, operation: str, wait_seconds: float = 0.0) -> Lease:
        """Acquire the lease of `domain`. `operation` says what for, to whoever reads the lock.

        While another holds it, asks for hand-over and waits, `wait_seconds` at most, also while the bucket does not
        answer: then UnavailableError. Raises UsageError for a wait without an end. Raises OutcomeUnknownError if our
        own write's fate is not known in time: it may have landed, and then nobody holds the lease until it expires.
        """
        return _LEASES.mint(_Held.begin(replica, await acquire(replica, domain, operation, wait_seconds)))

    @property
    def domain(self) -> Domain:
        """The domain."""
        return _LEASES.of(self).record.domain

    @property
    def token(self) -> FencingToken:
        """The fencing token. Raises FencedError if the lease is over."""
        return _LEASES.of(self).token()

    @property
    def is_over(self) -> bool:
        """Whether the lease has lapsed, was lost or released."""
        return _LEASES.of(self).over() is not None

    @property
    def handover_requested(self) -> bool:
        """Whether another replica is known to wait for the lease."""
        return _LEASES.of(self).record.requested_by is not None or _LEASES.of(self).told_of_request

    @property
    def handover_due(self) -> bool:
        """Whether another replica waits and this one has had the lease for long enough: finish, and release."""
        held = _LEASES.of(self)
        kept = held.clock.monotonic_seconds() - held.since
        return self.handover_requested and kept >= held.replica.terms.keep_seconds

    def note_handover_request(self) -> None:
        """Learn from elsewhere, such as the compactor's answer, that another replica waits."""
        _LEASES.of(self).told_of_request = True

    def claim(self) -> LeaseClaim:
        """Give what proves to another process that this one holds the lease. Raises FencedError if it is over."""
        held = _LEASES.of(self)
        return LeaseClaim(held.record.domain, held.record.holder_id, held.token().value, held.secret)

    def permit_issuer(self) -> PermitIssuer:
        """Give what issues permits under the lease."""
        return mint_issuer(_LEASES.of(self))

    async def renew(self) -> None:
        """Prolong the lease by a TTL from now. Raises FencedError if it is over, or is another's by now."""
        held = _LEASES.of(self)
        async with held.writing:
            await held.write(lambda record: record.renewed(expires_at=held.told_end()))

    async def raise_above(self, token: int) -> None:
        """Take a token above one that a valid segment of the ledger shows (protocol, section 5).

        Raises FencedError if the lease is over, or another's by now, UsageError for a token below the lease's own.
        """
        held = _LEASES.of(self)
        async with held.writing:
            if token < held.token().value:
                message = f"a lower token is no reason to take a higher one own={held.record.sequence} seen={token}"
                raise UsageError(message)
            await held.write(lambda record: replace(record.renewed(expires_at=held.told_end()), sequence=token + 1))

    async def keep(self) -> Never:
        """Renew at a third of the TTL for as long as it runs. Ends with FencedError when the lease is over.

        A denied renewal is logged and tried again a third later.
        """
        held = _LEASES.of(self)
        while True:
            await held.clock.sleep(held.replica.terms.ttl_seconds / 3)
            try:
                await self.renew()
            except AccessDeniedError as error:
                # A grant may come back before the lease is over; without it, the lease lapses.
                _LOG.warning("a lease could not be renewed domain=%s reason=%s", held.record.domain.value, error)

    async def release(self) -> None:
        """Give the lease back; whoever asked for it may take it first. It is over at once, whatever comes of the write.

        Errors of the bucket are ignored: what is not released expires.
        """
        held = _LEASES.of(self)
        held.ended = held.ended or "the lease was released"
        async with held.writing:
            await held.write_release()


@final
@dataclass(slots=True)
class _Held:
    """What a lease stands for; the `Tenure` of its issuers."""

    replica: Replica
    record: LockRecord
    version: Version
    secret: str = field(repr=False)
    until: float
    since: float
    minted: FencingToken
    ended: str | None = None
    told_of_request: bool = False
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def begin(cls, replica: Replica, acquired: Acquired) -> Self:
        record = acquired.record
        return cls(
            replica=replica,
            record=record,
            version=acquired.version,
            secret=acquired.secret,
            until=_until(replica, acquired.sent_at),
            since=replica.clock.monotonic_seconds(),
            minted=mint_token(record.domain, record.sequence, replica.scope),
        )

    @property
    def clock(self) -> Clock:
        return self.replica.clock

    def token(self) -> FencingToken:
        ended = self.over()
        if ended is not None:
            raise FencedError(ended, held=self.record.sequence, seen=self.record.sequence)
        return self.minted

    def ends_at(self) -> float:
        return self.until

    def over(self) -> str | None:
        """Tell why the lease is over, if it is. What has ended stays so, even if a late answer would prolong it."""
        if self.ended is None and self.clock.monotonic_seconds() >= self.until:
            self.ended = "the lease has lapsed"
        return self.ended

    def told_end(self) -> str:
        return utc_text(self.clock.wall_seconds() + self.replica.terms.ttl_seconds)

    async def write(self, change: Callable[[LockRecord], LockRecord]) -> None:
        """Write the record as changed, over the version that stands, and count from before the sending."""
        while True:
            self.token()
            changed, sent_at = change(self.record), self.clock.monotonic_seconds()
            # A write that is given up may have landed. Its bytes are never sent again: they would be taken for fresh.
            self.record = replace(self.record, renewal_counter=changed.renewal_counter)
            try:
                answer = await write_record(self.replica, changed, self.version, until=self.until)
            except OutcomeUnknownError as error:
                self.ended = self.ended or "the lease lapsed before its renewal was confirmed"
                raise FencedError(self.ended, held=self.record.sequence, seen=self.record.sequence) from error
            if isinstance(answer, str):
                # It stands, also if the lease is over by now: its release goes on from there.
                self._stands(changed, answer)
                self.token()
                self.until = _until(self.replica, sent_at)
                return
            self._adopt(answer)

    async def write_release(self) -> None:
        """Write the record as released, once more if a request came in between; it keeps the request."""
        until = self.clock.monotonic_seconds() + _RELEASE_SECONDS
        try:
            while True:
                released = replace(self.record, released=True)
                answer = await write_record(self.replica, released, self.version, until=until)
                if isinstance(answer, str):
                    return
                self._adopt(answer)
        except ArcoError as error:
            _LOG.info("a lease was not released, and will expire domain=%s reason=%s", self.record.domain.value, error)

    def _adopt(self, standing: Sighting | Absent) -> None:
        """Go on from what stands there, if it is still this lease's: a replica wrote its request. Else FencedError."""
        record = None if standing is ABSENT else standing.record
        if standing is not ABSENT and record is not None and record.held_as(self.record):
            # Only the request is another's to write: all else stays as this holder counts by it.
            self._stands(replace(self.record, requested_by=record.requested_by), standing.stored.version)
            return
        self.ended = self.ended or "the lease was lost"
        raise FencedError(self.ended, held=self.record.sequence, seen=0 if record is None else record.sequence)

    def _stands(self, record: LockRecord, version: Version) -> None:
        if record.sequence != self.record.sequence:
            self.minted = mint_token(record.domain, record.sequence, self.replica.scope)
        self.record, self.version = record, version


def _until(replica: Replica, sent_at: float) -> float:
    return sent_at + replica.terms.ttl_seconds - replica.terms.margin_seconds


_LEASES: Final[Holdings[Lease, _Held]] = Holdings(Lease)
