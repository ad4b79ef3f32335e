"""What the operator of an emulator asks of it, under `/_arco/`: another policy, and tokens. The API has no such path.

Invariant: nobody is served here without the one token that the start prints; no service account has it.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Final, final

from arco.emulator.asked import Asked, read_object
from arco.emulator.identity import TOKEN_SECONDS, TokenTable
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.errors import ArcoError
from arco.policy.model import normal_member

__all__ = ["PREFIX", "Admin", "Reload"]

PREFIX: Final = "/_arco/"

Reload = Callable[[], Awaitable[None]]
"""Reads the plan again, and states what it grants. Raises ArcoError, and changes nothing then."""

_CALLERS: Final = ("serviceAccount:", "user:")
_ISSUE: Final = frozenset({"member", "lifetime_seconds"})


@final
class Admin:
    """Serves the holder of `token`."""

    def __init__(self, token: str, tokens: TokenTable) -> None:
        """Serve without a way to reload, until one is given."""
        self.token = token
        self.reload: Reload | None = None
        self._tokens = tokens

    async def serve(self, asked: Asked) -> Reply:
        """Do what the path says. Raises Failure."""
        given = asked.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise Failure(401, "this path is for the token that the start printed", reason="authError")
        asked.only()
        if asked.method == "POST" and asked.path == f"{PREFIX}reload" and self.reload is not None:
            return await self._reload(self.reload)
        if asked.method == "POST" and asked.path == f"{PREFIX}tokens":
            return self._issue(read_object(asked.body))
        if asked.method == "POST" and asked.path == f"{PREFIX}tokens/revoke":
            return self._revoke(read_object(asked.body))
        refuse_unmodelled(f"{asked.method} {asked.path}")

    async def _reload(self, reload: Reload) -> Reply:
        try:
            await reload()
        except ArcoError as error:
            raise Failure(400, f"the old policy stays: {error}") from error
        return Reply(200, {"reloaded": True})

    def _issue(self, document: dict[str, JsonValue]) -> Reply:
        member, lifetime = document.get("member"), document.get("lifetime_seconds", TOKEN_SECONDS)
        if not isinstance(member, str) or not member.startswith(_CALLERS) or set(document) - _ISSUE:
            raise Failure(400, "name a member as policies do: serviceAccount:EMAIL or user:EMAIL")
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or not 0 < lifetime <= TOKEN_SECONDS:
            raise Failure(400, f"lifetime_seconds is above 0 and at most {TOKEN_SECONDS:g}")
        issued = self._tokens.issue(normal_member(member), float(lifetime))
        return Reply(200, {"member": issued.member, "token": issued.token, "expires_at": issued.expires_at})

    def _revoke(self, document: dict[str, JsonValue]) -> Reply:
        token = document.get("token")
        if not isinstance(token, str) or set(document) != {"token"}:
            raise Failure(400, "name the token")
        if not self._tokens.revoke(token):
            raise Failure(404, "there is no such token")
        return Reply(204)
