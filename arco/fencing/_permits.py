"""Publish permits: the right to try, once, to create the one manifest that follows the newest.

Only this package imports this module, and an import contract says so: here issuers are made.

Invariants:

* A permit comes only from an issuer, and an issuer only from a lease that this process holds or has just verified:
  never from a number.
* It is good for one try, whatever comes of it; for one domain and one newest manifest, named by id and hash.
* It ends after 30 s of the monotonic clock, or with its lease, as that was known, if that is sooner; and at once when
  its lease is known to be over.
* One that is dropped unused is logged and counted: somebody took the trouble to fence, and then did not publish.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import Final, Protocol, final

from arco.errors import ConflictError, UsageError
from arco.fencing._tokens import FencingToken
from arco.layout import Domain, ManifestKey
from arco.runtime import Clock
from arco.storage.sealed import Holdings, Sealed

__all__ = [
    "PERMIT_SECONDS_MAX",
    "HeldLock",
    "NewestManifest",
    "PermitIssuer",
    "PublishPermit",
    "Tenure",
    "confirm",
    "mint_issuer",
    "redeem",
]

PERMIT_SECONDS_MAX: Final = 30.0

_LOG = logging.getLogger(__name__)


class NewestManifest(Protocol):
    """Names the manifest that a publish follows. `arco.manifests` implements it."""

    @property
    def domain(self) -> Domain:
        """The domain of the chain."""
        ...

    @property
    def manifest_id(self) -> int:
        """Its id; 0 for a domain without a manifest."""
        ...

    @property
    def manifest_hash(self) -> str:
        """The hash of its stored bytes; empty for a domain without a manifest."""
        ...


class HeldLock(Protocol):
    """A lease that is held, or has just been verified."""

    def permit_issuer(self) -> PermitIssuer:
        """Give what issues permits under it."""
        ...


class Tenure(Protocol):
    """What an issuer asks of its lease."""

    @property
    def clock(self) -> Clock:
        """The clock that the lease is counted by."""
        ...

    def token(self) -> FencingToken:
        """Give the present token. Raises FencedError if the lease is over."""
        ...

    def ends_at(self) -> float:
        """Tell when the lease ends, as it is known now, by the monotonic clock."""
        ...


@dataclass(slots=True)
class _Count:
    dropped: int = 0


@dataclass(slots=True)
class _Granted:
    token: FencingToken
    manifest_id: int
    manifest_hash: str
    tenure: Tenure
    issued_at: float
    expires_at: float
    count: _Count
    used: bool = False

    def __del__(self) -> None:
        """Tell of a permit that nobody used: its holding goes with it."""
        # At the end of the process, what would tell it may be gone already.
        if not self.used and not sys.is_finalizing():
            self.count.dropped += 1
            _LOG.warning(
                "a publish permit was dropped unused domain=%s token=%d newest=%d",
                self.token.domain.value,
                self.token.value,
                self.manifest_id,
            )


@final
class PublishPermit(Sealed):
    """The right to try once. `redeem` uses it up. Times are seconds of the issuer's monotonic clock."""

    __slots__ = ()

    @property
    def fencing_token(self) -> FencingToken:
        """The token under which it was issued."""
        return _PERMITS.of(self).token

    @property
    def domain(self) -> Domain:
        """The one domain that it is good for."""
        return _PERMITS.of(self).token.domain

    @property
    def manifest_id(self) -> int:
        """The id of the one newest manifest that it is good for; 0 for the first."""
        return _PERMITS.of(self).manifest_id

    @property
    def issued_at(self) -> float:
        """When it was issued."""
        return _PERMITS.of(self).issued_at

    @property
    def expires_at(self) -> float:
        """When it ends."""
        return _PERMITS.of(self).expires_at


@final
class PermitIssuer(Sealed):
    """Issues permits for as long as its lease is alive."""

    __slots__ = ()

    @classmethod
    def from_lock(cls, lease: HeldLock) -> PermitIssuer:
        """Give the issuer of a lease. Raises UsageError for what is none: a number, a token."""
        # Whatever `lease` is, it can only hand on an issuer that a real one made.
        make = getattr(lease, "permit_issuer", None)
        issuer: object = make() if callable(make) else None
        # By its very type: a stranger may claim any `__class__`. A shell is refused before it is handed on.
        if type(issuer) is PermitIssuer:
            _ISSUERS.of(issuer)
            return issuer
        message = f"permits come from a held lease, not from a {type(lease).__name__}"
        raise UsageError(message)

    @property
    def dropped(self) -> int:
        """How many of its permits were dropped unused."""
        return _ISSUERS.of(self)[1].dropped

    def issue(self, newest: NewestManifest) -> PublishPermit:
        """Permit one try to publish what follows `newest`.

        Raises FencedError if the lease is over: acquire it again. Raises UsageError for another domain's manifest, and
        for one that is not named by a number and a text.
        """
        tenure, count = _ISSUERS.of(self)
        token = tenure.token()
        if type(newest.manifest_id) is not int or type(newest.manifest_hash) is not str:
            message = f"a permit names a manifest by its id and hash newest=a {type(newest).__name__}"
            raise UsageError(message)
        if newest.domain is not token.domain:
            message = f"the lease is another domain's lease={token.domain.value} newest={newest.domain.value}"
            raise UsageError(message)
        now = tenure.clock.monotonic_seconds()
        expires_at = min(now + PERMIT_SECONDS_MAX, tenure.ends_at())
        return _PERMITS.mint(_Granted(token, newest.manifest_id, newest.manifest_hash, tenure, now, expires_at, count))


_ISSUERS: Final[Holdings[PermitIssuer, tuple[Tenure, _Count]]] = Holdings(PermitIssuer)
_PERMITS: Final[Holdings[PublishPermit, _Granted]] = Holdings(PublishPermit)


def mint_issuer(tenure: Tenure) -> PermitIssuer:
    """Make the issuer of a lease."""
    return _ISSUERS.mint((tenure, _Count()))


def redeem(permit: PublishPermit, newest: NewestManifest) -> FencingToken:
    """Use the permit up, and give the token that it was issued under.

    Raises UsageError if it was used before, or is another domain's; what `confirm` raises; and ConflictError if it is
    for another newest manifest: read the newest again and take a new permit. It is used up whatever is raised.
    """
    granted = _PERMITS.of(permit)
    if granted.used:
        message = f"a permit is good for one try newest={granted.manifest_id}"
        raise UsageError(message)
    granted.used = True
    if newest.domain is not granted.token.domain:
        message = f"a permit is good for one domain permit={granted.token.domain.value} newest={newest.domain.value}"
        raise UsageError(message)
    following = ManifestKey(newest.domain, newest.manifest_id + 1).path
    confirm(permit)
    if (newest.manifest_id, newest.manifest_hash) != (granted.manifest_id, granted.manifest_hash):
        message = f"the permit is for another newest manifest permit={granted.manifest_id}"
        raise ConflictError(message, name=following)
    return granted.token


def confirm(permit: PublishPermit) -> None:
    """Tell that a permit is alive, used or not: asked once more before the one write that it is for.

    Raises ConflictError if it has expired: take a new one. Raises FencedError if its lease is known to be over.
    """
    granted = _PERMITS.of(permit)
    if granted.tenure.clock.monotonic_seconds() >= granted.expires_at:
        message = "the permit has expired"
        raise ConflictError(message, name=ManifestKey(granted.token.domain, granted.manifest_id + 1).path)
    granted.tenure.token()
