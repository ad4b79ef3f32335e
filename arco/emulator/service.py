"""A whole emulator: the plan's policy, one store a bucket, tokens, and the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, final

from arco.emulator.admin import Admin
from arco.emulator.desk import Desk, Undocumented
from arco.emulator.enforcement import Decision, Enforcer
from arco.emulator.faults import Faults
from arco.emulator.identity import IssuedToken, TokenTable
from arco.emulator.policies import Policies, Policy
from arco.emulator.server import Front, running
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
    """How to serve; port 0 takes a free one. `note` is told of every decision before it is acted upon."""

    host: str = "127.0.0.1"
    port: int = 0
    undocumented: Undocumented = field(default_factory=Undocumented)
    propagation_seconds: float = 0.0
    note: Callable[[Decision], None] | None = None


@final
@dataclass(frozen=True, slots=True)
class Emulator:
    """One that is running."""

    desk: Desk
    tokens: TokenTable
    admin: Admin
    faults: Faults
    policies: Policies
    _stores: _Stores

    @property
    def endpoint(self) -> str:
        """Where it listens: `http://host:port`."""
        return self.desk.endpoint

    def accounts(self) -> tuple[str, ...]:
        """Every service account that the stated policy names, sorted, as members."""
        policy = self.policies.stated
        named = {grant.member for grant in policy.grants.grants} | {_ACCOUNT + email for email in policy.accounts}
        named |= {grant.member for grants in policy.accounts.values() for grant in grants}
        return tuple(sorted(member for member in named if member.startswith(_ACCOUNT)))

    def issue_tokens(self, members: Iterable[str] | None = None) -> dict[str, IssuedToken]:
        """Issue a token to each of `members`, all service accounts without it."""
        return {member: self.tokens.issue(member) for member in members or self.accounts()}

    async def change(self, policy: Policy) -> None:
        """State another policy, and serve its buckets. Those that it does not have are not served; their objects stay.

        Raises what opening a bucket raises, and changes nothing then.
        """
        stores = await self._stores.of(policy)
        self.desk.stores = stores
        self.policies.state(policy)


@final
@dataclass(slots=True)
class _Stores:
    """The stores that were opened, each once, until the end."""

    stack: AsyncExitStack
    open_bucket: OpenBucket
    opened: dict[str, ObjectStore] = field(default_factory=dict[str, ObjectStore])

    async def of(self, policy: Policy) -> dict[str, ObjectStore]:
        """Give the stores of a policy's buckets."""
        for bucket in policy.grants.buckets:
            if bucket not in self.opened:
                data = await self.stack.enter_async_context(self.open_bucket(bucket, "objects"))
                attributes = await self.stack.enter_async_context(self.open_bucket(bucket, "attributes"))
                self.opened[bucket] = ObjectStore(data, attributes)
        return {bucket: self.opened[bucket] for bucket in policy.grants.buckets}


@asynccontextmanager
async def open_emulator(
    policy: Policy | Grants,
    open_bucket: OpenBucket,
    *,
    clock: Clock,
    randomness: Randomness,
    options: Options | None = None,
) -> AsyncIterator[Emulator]:
    """Serve the buckets of a policy under it, until the end of the context.

    Grants alone serve too; clients cannot replace the policy of a bucket then, since nobody knows the roles.
    """
    options = options or Options()
    policy = policy if isinstance(policy, Policy) else Policy(policy)
    async with AsyncExitStack() as stack:
        stores = _Stores(stack, open_bucket)
        policies = Policies(policy, clock, options.propagation_seconds)
        desk = Desk(
            Enforcer(policy.grants, clock, policy.accounts),
            await stores.of(policy),
            clock,
            randomness,
            "",
            int(clock.wall_seconds()),
            options.undocumented,
            policies=policies,
        )
        if options.note is not None:
            desk.note = options.note
        tokens = TokenTable(clock, randomness)
        admin = Admin("arco-admin." + randomness.token_bytes(32).hex(), tokens)
        front = Front(desk, tokens, admin)
        port = await stack.enter_async_context(running(front, options.host, options.port))
        host = f"[{options.host}]" if ":" in options.host else options.host
        desk.endpoint = f"http://{host}:{port}"
        yield Emulator(desk, tokens, admin, front.faults, policies, stores)
