"""A whole emulator: the plan's policy, one store a bucket, tokens, and the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, final

from arco.emulator.desk import Desk, Undocumented
from arco.emulator.enforcement import Enforcer
from arco.emulator.identity import IssuedToken, TokenTable
from arco.emulator.server import application, running
from arco.emulator.store import ObjectStore
from arco.policy.grants import Grants
from arco.runtime import Clock, Randomness
from arco.storage.bucket import Bucket

__all__ = ["Emulator", "OpenBucket", "Options", "open_emulator"]

OpenBucket: TypeAlias = Callable[[str, Literal["objects", "attributes"]], AbstractAsyncContextManager[Bucket]]
"""Opens what keeps the objects of the bucket of that name, or what else is known of them. The composition root's."""

_ACCOUNT = "serviceAccount:"


@final
@dataclass(frozen=True, slots=True)
class Options:
    """How to serve; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    undocumented: Undocumented = field(default_factory=Undocumented)


@final
@dataclass(frozen=True, slots=True)
class Emulator:
    """One that is running."""

    desk: Desk
    tokens: TokenTable

    @property
    def endpoint(self) -> str:
        """Where it listens: `http://host:port`."""
        return self.desk.endpoint

    def accounts(self) -> tuple[str, ...]:
        """Every service account of the policy, sorted, as members."""
        return tuple(member for member in self.desk.enforcer.members if member.startswith(_ACCOUNT))

    def issue_tokens(self, members: Iterable[str] | None = None) -> dict[str, IssuedToken]:
        """Issue a token to each of `members`, all service accounts without it."""
        return {member: self.tokens.issue(member) for member in members or self.accounts()}


@asynccontextmanager
async def open_emulator(
    grants: Grants, open_bucket: OpenBucket, *, clock: Clock, randomness: Randomness, options: Options | None = None
) -> AsyncIterator[Emulator]:
    """Serve the buckets of `grants` under its policy, until the end of the context."""
    options = options or Options()
    async with AsyncExitStack() as stack:
        enforcer = Enforcer(grants, clock)
        stores = {bucket: await _store(stack, open_bucket, bucket) for bucket in enforcer.buckets}
        desk = Desk(enforcer, stores, clock, randomness, "", int(clock.wall_seconds()), options.undocumented)
        tokens = TokenTable(clock, randomness)
        port = await stack.enter_async_context(running(application(desk, tokens), options.host, options.port))
        desk.endpoint = f"http://{options.host}:{port}"
        yield Emulator(desk, tokens)


async def _store(stack: AsyncExitStack, open_bucket: OpenBucket, bucket: str) -> ObjectStore:
    data = await stack.enter_async_context(open_bucket(bucket, "objects"))
    return ObjectStore(data, await stack.enter_async_context(open_bucket(bucket, "attributes")))
