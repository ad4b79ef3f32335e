"""The lease of another process, verified: what a holder showed agrees with the record that has just been read.

The compactor publishes for the api's lease. It believes no number that it is sent: it reads the lock.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, final

from arco.errors import FencedError, UnavailableError, UsageError
from arco.fencing._permits import PermitIssuer, mint_issuer
from arco.fencing._tokens import FencingToken, mint_token
from arco.fencing.expiry import Sighting, age_seconds
from arco.fencing.record import LockRecord
from arco.fencing.replica import Replica, look
from arco.layout import Domain, LockKey
from arco.runtime import Clock
from arco.storage.bucket import ABSENT
from arco.storage.sealed import Holdings, Sealed

__all__ = ["LeaseClaim", "VerifiedLease", "secret_hash"]


@final
@dataclass(frozen=True, slots=True)
class LeaseClaim:
    """What a holder shows of its lease. The secret proves that it is not only somebody who has read the lock."""

    domain: Domain
    holder_id: str
    token: int
    secret: str = field(repr=False)


@final
class VerifiedLease(Sealed):
    """A lease that its holder held when the lock was read."""

    __slots__ = ()

    @classmethod
    async def verify(cls, replica: Replica, domain: Domain, claims: Sequence[LeaseClaim]) -> VerifiedLease:
        """Read the lock of `domain`, in one request, and verify that one of `claims` is its holder's.

        Raises FencedError if none is: `held` is the highest token among them, `seen` the record's. Raises
        UnavailableError if the backend does not tell how old the record is: nobody could say whether it has expired.
        """
        if not claims or any(claim.domain is not domain for claim in claims):
            message = f"a verification needs claims on this one domain domain={domain.value}"
            raise UsageError(message)
        highest = max(claims, key=lambda claim: claim.token)
        sighting = await look(replica, domain)
        if sighting is ABSENT or sighting.record is None:
            message = "there is no lease"
            raise FencedError(message, held=highest.token, seen=0)
        record = sighting.record
        flaws = [_flaw(claim, record) for claim in claims]
        if None not in flaws:
            message = flaws[claims.index(highest)] or ""
            raise FencedError(message, held=highest.token, seen=record.sequence)
        verified = _Verified(mint_token(domain, record.sequence), record, replica.clock, _ends_at(sighting, record))
        # Expired: a holder stops before its TTL is over, and beyond it somebody else may soon take the lease.
        verified.token()
        return _VERIFIED.mint(verified)

    @property
    def token(self) -> FencingToken:
        """The token of the lease. Raises FencedError once it may have ended."""
        return _VERIFIED.of(self).token()

    @property
    def handover_requested(self) -> bool:
        """Whether another replica waits for the lease; its holder is told in the answer."""
        return _VERIFIED.of(self).record.requested_by is not None

    def permit_issuer(self) -> PermitIssuer:
        """Give what issues permits under it."""
        return mint_issuer(_VERIFIED.of(self))


@final
@dataclass(frozen=True, slots=True)
class _Verified:
    held: FencingToken
    record: LockRecord
    clock: Clock
    until: float

    def token(self) -> FencingToken:
        if self.clock.monotonic_seconds() >= self.until:
            message = "the lease has expired"
            raise FencedError(message, held=self.held.value, seen=self.record.sequence)
        return self.held

    def ends_at(self) -> float:
        return self.until


_VERIFIED: Final[Holdings[VerifiedLease, _Verified]] = Holdings(VerifiedLease)


def secret_hash(secret: str) -> str:
    """Give what a record keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _flaw(claim: LeaseClaim, record: LockRecord) -> str | None:
    """Tell why a claim is not that of the record's holder."""
    if claim.holder_id != record.holder_id:
        return "another holder has the lease"
    if claim.token != record.sequence:
        return "the lease has another token"
    if record.released:
        return "the lease was released"
    if not hmac.compare_digest(secret_hash(claim.secret), record.secret_sha256):
        return "the secret is not the holder's"
    return None


def _ends_at(sighting: Sighting, record: LockRecord) -> float:
    """Tell when the record's TTL is over, by this machine's monotonic clock.

    The age is told to within a second, and nobody takes the lease before TTL and margin, which is at least a second.
    """
    age = age_seconds(sighting.stored)
    if age is None:
        message = "the backend does not tell how old the lock is"
        raise UnavailableError(message, name=LockKey(record.domain).path)
    return sighting.sent_at + record.ttl_seconds - age
