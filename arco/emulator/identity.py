"""Who calls: opaque bearer tokens, one account each, that expire and can be revoked. Forged ones are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, final

from arco.emulator.enforcement import ANONYMOUS
from arco.errors import ArcoError
from arco.runtime import Clock, Randomness

__all__ = ["TOKEN_SECONDS", "IssuedToken", "TokenTable", "UnknownTokenError"]

TOKEN_SECONDS: Final = 3600.0

_BEARER = re.compile(r"[Bb]earer +(?P<token>[A-Za-z0-9._~+/-]+=*)")


class UnknownTokenError(ArcoError):
    """Get a new token: this one was never issued, has expired or was revoked."""


@final
@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, who it speaks for, and the wall time at which it ends, in seconds since 1970."""

    token: str
    member: str
    expires_at: float


@final
class TokenTable:
    """The tokens that are good."""

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        """Begin without a token."""
        self._clock = clock
        self._randomness = randomness
        self._issued: dict[str, IssuedToken] = {}

    def issue(self, member: str, lifetime_seconds: float = TOKEN_SECONDS) -> IssuedToken:
        """Issue a token of 256 random bits for `member` (`serviceAccount:…`)."""
        token = "arco." + self._randomness.token_bytes(32).hex()
        issued = IssuedToken(token, member, self._clock.wall_seconds() + lifetime_seconds)
        self._issued[token] = issued
        return issued

    def revoke(self, token: str) -> bool:
        """End a token now; whether there was one."""
        return self._issued.pop(token, None) is not None

    def caller(self, authorization: str | None) -> str:
        """Give the member that an `Authorization` header speaks for, `ANONYMOUS` without one.

        Raises UnknownTokenError for any other scheme, and for a token that is not good.
        """
        if authorization is None:
            return ANONYMOUS
        match = _BEARER.fullmatch(authorization.strip())
        issued = self._issued.get(match["token"]) if match else None
        if match is None or issued is None:
            message = "the token was never issued, or was revoked"
            raise UnknownTokenError(message)
        if self._clock.wall_seconds() >= issued.expires_at:
            message = "the token has expired"
            raise UnknownTokenError(message)
        return issued.member
