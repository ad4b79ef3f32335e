"""A permit is good for one try, on one newest manifest of one domain, for 30 s or as long as its lease."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from arco.errors import ConflictError, FencedError, UsageError
from arco.fencing import Lease, LeaseTerms, PermitIssuer, PublishPermit, VerifiedLease, redeem
from arco.layout import Domain
from tests.fakes.contenders import DOMAIN, World, holder, theirs

LONG = LeaseTerms(ttl_seconds=600)


@dataclass(frozen=True, slots=True)
class Newest:
    """Names a newest manifest."""

    domain: Domain = DOMAIN
    manifest_id: int = 4
    manifest_hash: str = "sha256:" + "a" * 64


NEWEST = Newest()
ANOTHER = {
    "id": replace(NEWEST, manifest_id=5),
    "lower id": replace(NEWEST, manifest_id=3),
    "hash": replace(NEWEST, manifest_hash="sha256:" + "b" * 64),
}


async def _lease(world: World, terms: LeaseTerms | None = None) -> Lease:
    return await world.seat("a", terms=terms).acquire()


async def _permit(world: World, terms: LeaseTerms | None = None) -> PublishPermit:
    return (await _lease(world, terms)).permit_issuer().issue(NEWEST)


async def test_permit_consumes_once() -> None:
    """A permit gives the token that it was issued under, once."""
    permit = await _permit(World())
    token = redeem(permit, NEWEST)

    assert (token.domain, token.value) == (DOMAIN, 1)


async def test_permit_cannot_consume_twice() -> None:
    """A second use is refused, also on the very same newest manifest."""
    permit = await _permit(World())
    redeem(permit, NEWEST)

    with pytest.raises(UsageError, match="a permit is good for one try newest=4"):
        redeem(permit, NEWEST)


@pytest.mark.parametrize(
    ("newest", "seconds", "error"),
    [
        (NEWEST, 30, ConflictError),
        (ANOTHER["id"], 0, ConflictError),
        (ANOTHER["hash"], 0, ConflictError),
        (replace(NEWEST, domain=Domain.LINEAGE), 0, UsageError),
    ],
    ids=["expired", "other id", "other hash", "other domain"],
)
async def test_refused_permit_is_used_up(newest: Newest, seconds: float, error: type[Exception]) -> None:
    """A try that a check ended was a try: the permit is used up, whatever was wrong."""
    world = World()
    permit = await _permit(world, LONG)
    world.clock.advance(seconds)
    with pytest.raises(error):
        redeem(permit, newest)

    with pytest.raises(UsageError, match="a permit is good for one try"):
        redeem(permit, NEWEST)


@pytest.mark.parametrize("newest", ANOTHER.values(), ids=ANOTHER.keys())
async def test_permit_is_for_one_newest_manifest(newest: Newest) -> None:
    """Id and hash are both compared: who read another newest manifest takes another permit."""
    permit = await _permit(World())

    with pytest.raises(ConflictError, match="the permit is for another newest manifest permit=4"):
        redeem(permit, newest)


async def test_refusal_names_what_would_have_been_created() -> None:
    """The error names the manifest to read: the one that the publish was about to create."""
    permit = await _permit(World())
    with pytest.raises(ConflictError) as caught:
        redeem(permit, ANOTHER["hash"])

    assert caught.value.name.endswith("/catalog/00000000000000000005.manifest.json")


async def test_permit_is_for_one_domain() -> None:
    """A permit of one domain is refused for another's manifest, although its id and hash are equal."""
    permit = await _permit(World())

    with pytest.raises(UsageError, match="a permit is good for one domain permit=catalog newest=search"):
        redeem(permit, replace(NEWEST, domain=Domain.SEARCH))


async def test_permit_tells_what_it_is_for() -> None:
    """A permit shows its token, domain, newest manifest and times, all of the monotonic clock."""
    world = World()
    seat = world.seat("a", terms=LONG)
    permit = (await seat.acquire()).permit_issuer().issue(NEWEST)
    now = seat.clock.monotonic_seconds()

    assert (permit.fencing_token.value, permit.domain, permit.manifest_id) == (1, DOMAIN, 4)
    assert (permit.issued_at, permit.expires_at) == (now, now + 30.0)


@pytest.mark.parametrize(("seconds", "good"), [(29.875, True), (30.0, False), (31.0, False)])
async def test_permit_expires_after_thirty_seconds(seconds: float, *, good: bool) -> None:
    """However long its lease lasts, a permit is good for less than 30 s."""
    world = World()
    permit = await _permit(world, LONG)
    world.clock.advance(seconds)
    if good:
        assert redeem(permit, NEWEST).value == 1
        return

    with pytest.raises(ConflictError, match="the permit has expired"):
        redeem(permit, NEWEST)


@pytest.mark.parametrize(("seconds", "good"), [(7.875, True), (8.0, False)])
async def test_permit_ends_with_its_lease(seconds: float, *, good: bool) -> None:
    """A permit that was issued 20 s into a lease ends with the lease, after 8 more."""
    world = World()
    lease = await _lease(world)
    world.clock.advance(20)
    permit = lease.permit_issuer().issue(NEWEST)
    world.clock.advance(seconds)
    if good:
        assert redeem(permit, NEWEST).value == 1
        return

    with pytest.raises(ConflictError, match="the permit has expired"):
        redeem(permit, NEWEST)


@pytest.mark.parametrize(("seconds", "good"), [(9.875, True), (10.0, False)])
async def test_permit_ends_with_its_verified_lease(seconds: float, *, good: bool) -> None:
    """A permit of another process's lease ends when that record's TTL is over."""
    world = World()
    lease = await _lease(world)
    world.clock.advance(20)
    verified = await VerifiedLease.verify(world.seat("compactor").replica, DOMAIN, [lease.claim()])
    permit = PermitIssuer.from_lock(verified).issue(NEWEST)
    world.clock.advance(seconds)
    if good:
        assert redeem(permit, NEWEST).value == 1
        return

    with pytest.raises(ConflictError, match="the permit has expired"):
        redeem(permit, NEWEST)


@pytest.mark.parametrize("wall_ahead", [-3600.0, 3600.0])
async def test_wall_clock_makes_no_permit_older(wall_ahead: float) -> None:
    """A permit expires by the monotonic clock, whatever becomes of the wall clock meanwhile."""
    world = World()
    seat = world.seat("a")
    permit = (await seat.acquire()).permit_issuer().issue(NEWEST)
    seat.clock.wall_ahead = wall_ahead

    assert redeem(permit, NEWEST).value == 1


ENDS: dict[str, str] = {"lapsed": "the lease has lapsed", "released": "was released", "lost": "the lease was lost"}


@pytest.mark.parametrize("how", ENDS)
async def test_lease_that_is_over_permits_nothing(how: str) -> None:
    """An issuer that was taken while the lease was alive issues nothing afterwards."""
    world = World()
    lease = await _lease(world)
    issuer = PermitIssuer.from_lock(lease)
    if how == "lapsed":
        world.clock.advance(28)
    elif how == "released":
        await lease.release()
    else:
        await world.write(theirs())
        with pytest.raises(FencedError):
            await lease.renew()

    with pytest.raises(FencedError, match=ENDS[how]):
        issuer.issue(NEWEST)


async def test_expired_verified_lease_permits_nothing() -> None:
    """So it is with the issuer of a verified lease."""
    world = World()
    lease = await _lease(world)
    verified = await VerifiedLease.verify(world.seat("compactor").replica, DOMAIN, [lease.claim()])
    issuer = verified.permit_issuer()
    world.clock.advance(30)

    with pytest.raises(FencedError, match="the lease has expired"):
        issuer.issue(NEWEST)


async def test_lease_permits_nothing_in_another_domain() -> None:
    """The lease of one domain permits no publish of another's."""
    issuer = (await _lease(World())).permit_issuer()

    with pytest.raises(UsageError, match="the lease is another domain's lease=catalog newest=search"):
        issuer.issue(replace(NEWEST, domain=Domain.SEARCH))


async def test_fencing_token_from_issuer() -> None:
    """What an issuer permits carries the token of its lease, which is the sequence that stands in the lock."""
    world = World()
    await world.write(replace(theirs(), sequence=41, released=True))
    lease = await _lease(world)
    permit = PermitIssuer.from_lock(lease).issue(NEWEST)

    assert permit.fencing_token.value == lease.token.value == (await world.record()).sequence == 42
    assert redeem(permit, NEWEST).value == 42


async def test_different_locks_different_tokens() -> None:
    """Two leases of one domain never have one token; those of two domains have tokens that tell their domain."""
    world = World()
    first = await _lease(world)
    token = first.token
    await first.release()
    second = await world.seat("b").acquire()
    other = await Lease.acquire(world.seat("c").replica, Domain.SEARCH, operation="test")

    assert (token.value, second.token.value) == (1, 2)
    assert (other.token.domain, other.token.value) == (Domain.SEARCH, 1)
    assert second.domain is not other.domain


async def test_raised_token_is_that_of_later_permits() -> None:
    """A permit keeps the token that it was issued under; the next one has the raised one."""
    lease = await _lease(World())
    issuer = lease.permit_issuer()
    before = issuer.issue(NEWEST)
    await lease.raise_above(6)
    after = issuer.issue(NEWEST)

    assert (redeem(before, NEWEST).value, redeem(after, NEWEST).value) == (1, 7)


async def test_renewed_lease_permits_for_longer() -> None:
    """A permit goes by the end of its lease as it is known when it is issued."""
    world = World()
    lease = await _lease(world)
    issuer = lease.permit_issuer()
    world.clock.advance(20)
    await lease.renew()
    permit = issuer.issue(NEWEST)

    assert permit.expires_at - permit.issued_at == 28.0


async def test_dropped_permit_is_logged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    """A permit that nobody used is told of, with its domain, token and newest manifest."""
    issuer = (await _lease(World())).permit_issuer()
    permit = issuer.issue(NEWEST)
    before = issuer.dropped
    with caplog.at_level(logging.WARNING, "arco.fencing"):
        del permit

    assert (before, issuer.dropped) == (0, 1)
    assert [record.message for record in caplog.records] == [
        "a publish permit was dropped unused domain=catalog token=1 newest=4"
    ]


async def test_used_permit_is_not_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """A permit that was used, successfully or not, is not told of."""
    issuer = (await _lease(World())).permit_issuer()
    good, bad = issuer.issue(NEWEST), issuer.issue(NEWEST)
    redeem(good, NEWEST)
    with pytest.raises(ConflictError):
        redeem(bad, ANOTHER["id"])
    with caplog.at_level(logging.WARNING, "arco.fencing"):
        del good, bad

    assert issuer.dropped == 0
    assert not caplog.records


async def test_issuers_count_apart() -> None:
    """Each issuer counts the permits that it issued."""
    lease = await _lease(World())
    first, second = lease.permit_issuer(), lease.permit_issuer()
    first.issue(NEWEST)

    assert (first.dropped, second.dropped) == (1, 0)


class LyingIssuer:
    """Says that it is a permit issuer."""

    __class__ = PermitIssuer  # type: ignore[assignment]


def _look_alike(issuer: Callable[[], object]) -> object:
    return type("HeldLock", (), {"permit_issuer": staticmethod(issuer)})()


NO_LOCKS: dict[str, Callable[[Lease], object]] = {
    "number": lambda _: 5,
    "text": lambda _: "5",
    "nothing": lambda _: None,
    "token": lambda lease: lease.token,
    "claim": lambda lease: lease.claim(),
    "issuer": lambda lease: lease.permit_issuer(),
    "look-alike with a number": lambda _: _look_alike(lambda: 5),
    "look-alike with a token": lambda lease: _look_alike(lambda: lease.token),
    "look-alike with a stranger": lambda _: _look_alike(LyingIssuer),
    "look-alike with an attribute": lambda lease: type("HeldLock", (), {"permit_issuer": lease.token})(),
}


@pytest.mark.parametrize("make", NO_LOCKS.values(), ids=NO_LOCKS.keys())
async def test_permits_come_from_a_lock_alone(make: Callable[[Lease], Any]) -> None:
    """What is no held lease gives no issuer: neither a number nor a token, nor what only looks like a lease."""
    lease = await _lease(World())

    with pytest.raises(UsageError, match="permits come from a held lease, not from a"):
        PermitIssuer.from_lock(make(lease))


async def test_shell_of_an_issuer_is_not_handed_on() -> None:
    """A look-alike that hands out an empty shell of an issuer is refused at once."""
    shell: Any = _look_alike(lambda: object.__new__(PermitIssuer))

    with pytest.raises(UsageError, match="not a PermitIssuer that its module made"):
        PermitIssuer.from_lock(shell)


async def test_look_alike_hands_on_what_a_lease_made() -> None:
    """Whoever wraps a lease can hand on its issuer, and nothing that the lease did not make."""
    lease = await _lease(World())
    wrapped: Any = _look_alike(lease.permit_issuer)

    assert PermitIssuer.from_lock(wrapped).issue(NEWEST).fencing_token.value == 1


@pytest.mark.parametrize("forge", ["shell", "look-alike", "token"])
async def test_forged_permit_is_refused(forge: str) -> None:
    """A shell, an object with a permit's attributes, and a token are no permits."""
    lease = await _lease(World())
    fields = {"fencing_token": lease.token, "domain": DOMAIN, "manifest_id": 4, "issued_at": 0.0, "expires_at": 1e9}
    forged: dict[str, Any] = {
        "shell": object.__new__(PublishPermit),
        "look-alike": type("PublishPermit", (), fields)(),
        "token": lease.token,
    }

    with pytest.raises(UsageError, match="not a PublishPermit that its module made"):
        redeem(forged[forge], NEWEST)


async def test_shared_newest_permits_one_each() -> None:
    """Two permits for one newest manifest are two tries: which of them is visible, the chain decides."""
    world = World()
    lease = await _lease(world)
    issuer = lease.permit_issuer()
    first, second = issuer.issue(NEWEST), issuer.issue(NEWEST)

    assert redeem(first, NEWEST).value == redeem(second, NEWEST).value == 1
    assert (await world.record()).holder_id == holder("a")
