"""A lease is verified when what is shown is what the record says, read just now, and for as long as its TTL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from arco.errors import AccessDeniedError, FencedError, InputError, UnavailableError, UsageError
from arco.fencing.acquisition import acquire
from arco.fencing.lease import Lease
from arco.fencing.verified import LeaseClaim, VerifiedLease, secret_hash
from arco.layout import Domain
from arco.storage.decorators.faults import Fault
from arco.storage.memory import MemoryBucket
from tests.fakes.contenders import DOMAIN, MachineClock, World, holder, theirs
from tests.fakes.manual_clock import ManualClock

CLAIM = LeaseClaim(DOMAIN, holder("they"), 7, "theirs")


async def _verify(world: World, *claims: LeaseClaim) -> VerifiedLease:
    return await VerifiedLease.verify(world.seat("compactor").replica, DOMAIN, claims or (CLAIM,))


async def _held() -> World:
    world = World()
    await world.write(theirs())
    return world


async def test_holders_claim_is_verified() -> None:
    """What a holder shows of its lease is verified in one read, and gives its token."""
    world = World()
    lease = await world.seat("a").acquire()
    compactor = world.seat("compactor")
    verified = await VerifiedLease.verify(compactor.replica, DOMAIN, [lease.claim()])

    assert (verified.token.domain, verified.token.value) == (DOMAIN, lease.token.value)
    assert compactor.requests == ["get"]


FLAWS: dict[str, tuple[LeaseClaim, str]] = {
    "holder": (replace(CLAIM, holder_id=holder("x")), "another holder has the lease held=7 seen=7"),
    "lower token": (replace(CLAIM, token=6), "the lease has another token held=6 seen=7"),
    "higher token": (replace(CLAIM, token=8), "the lease has another token held=8 seen=7"),
    "secret": (replace(CLAIM, secret="g" * 64), "the secret is not the holder's held=7 seen=7"),
    "secret that is no text": (replace(CLAIM, secret="\ud800" * 2), "the secret is not the holder's held=7 seen=7"),
    "hash as secret": (replace(CLAIM, secret=secret_hash("theirs")), "the secret is not the holder's held=7 seen=7"),
}


@pytest.mark.parametrize(("claim", "flaw"), FLAWS.values(), ids=FLAWS.keys())
async def test_claim_that_is_not_the_holders_is_refused(claim: LeaseClaim, flaw: str) -> None:
    """Holder, token and secret are each compared: the record is no secret, so the hash in it proves nothing."""
    with pytest.raises(FencedError, match=flaw):
        await _verify(await _held(), claim)


async def test_released_lease_is_refused() -> None:
    """A released record is held by nobody, although all else in it is as it was shown."""
    world = World()
    await world.write(replace(theirs(), released=True))

    with pytest.raises(FencedError, match="the lease was released held=7 seen=7"):
        await _verify(world)


async def test_expired_lease_is_refused_at_an_equal_token() -> None:
    """A lease whose TTL is over is refused, although nobody has taken it and the token is the record's."""
    world = await _held()
    world.clock.advance(29)
    shortly_before = (await _verify(world)).token.value
    world.clock.advance(1)

    assert shortly_before == 7
    with pytest.raises(FencedError, match="the lease has expired held=7 seen=7"):
        await _verify(world)


@pytest.mark.parametrize("data", [None, b"garbage", replace(theirs(), domain=Domain.SEARCH).render()])
async def test_claim_without_a_record_is_refused(data: bytes | None) -> None:
    """Where no record stands, or a damaged one, or another domain's, there is no lease to verify."""
    world = World()
    if data is not None:
        await world.write(data)

    with pytest.raises(FencedError, match="there is no lease held=7 seen=0"):
        await _verify(world)


async def test_record_of_untold_age_verifies_nothing() -> None:
    """Where the backend does not tell how old the lock is, nobody could say whether it has expired."""
    world = World(tells=False)
    await world.write(theirs())

    with pytest.raises(UnavailableError, match="does not tell how old the lock is"):
        await _verify(world)


async def test_clock_that_was_set_back_makes_no_lease_last_longer() -> None:
    """A record that is younger than nothing is as good as new: it verifies for its TTL, and not an hour more."""
    backend = MachineClock(ManualClock(), wall_ahead=0.0, monotonic_ahead=0.0)
    world = World()
    world.memory = MemoryBucket(backend)
    await world.write(theirs())
    backend.wall_ahead = -3600.0
    verified = await _verify(world)
    world.clock.advance(30)

    with pytest.raises(FencedError, match="the lease has expired"):
        _ = verified.token


@pytest.mark.parametrize(
    ("field", "value"),
    [("domain", "catalog"), ("holder_id", None), ("token", None), ("token", True), ("token", "7"), ("secret", b"s")],
)
def test_what_could_be_no_claim_is_refused(field: str, value: Any) -> None:  # noqa: ANN401 what is no part of a claim
    """A request with a field of the wrong kind fails when it is read, and no batch that it waits in."""
    with pytest.raises(InputError, match="a claim is a domain, a holder's id, a token and a secret"):
        replace(CLAIM, **{field: value})


async def test_denied_read_is_told() -> None:
    """An account that may not read the lock is told so, and not that there is no lease."""
    seat = (await _held()).seat("compactor", gets=[Fault.DENIED, Fault.DENIED])

    with pytest.raises(AccessDeniedError):
        await VerifiedLease.verify(seat.replica, DOMAIN, [CLAIM])


async def test_one_of_several_claims_is_enough() -> None:
    """Requests of several holders may wait together: one that holds the lease makes the batch publishable."""
    stale, foreign = replace(CLAIM, token=6, secret="o" * 64), replace(CLAIM, holder_id=holder("x"), token=9)

    assert (await _verify(await _held(), stale, foreign, CLAIM)).token.value == 7


async def test_several_false_claims_are_refused_by_the_highest() -> None:
    """If none holds the lease, the error tells the highest token that was shown, and what is wrong with that one."""
    stale, foreign = replace(CLAIM, token=6), replace(CLAIM, holder_id=holder("x"), token=9)

    with pytest.raises(FencedError, match="another holder has the lease held=9 seen=7"):
        await _verify(await _held(), stale, foreign)


@pytest.mark.parametrize("domain", [Domain.LINEAGE, Domain.SEARCH])
async def test_claim_on_another_domain_is_refused(domain: Domain) -> None:
    """A claim is on the lock of its own domain, whatever else it says; nothing is read."""
    world = await _held()
    seat = world.seat("compactor")
    with pytest.raises(UsageError, match="claims on this one domain domain=catalog"):
        await VerifiedLease.verify(seat.replica, DOMAIN, [CLAIM, replace(CLAIM, domain=domain)])

    assert not seat.requests


async def test_no_claims_verify_nothing() -> None:
    """Without a claim there is nothing to verify, which is an error and no lease."""
    with pytest.raises(UsageError, match="needs claims on this one domain"):
        await VerifiedLease.verify((await _held()).seat("compactor").replica, DOMAIN, [])


@pytest.mark.parametrize("ttl_ms", [30_000, 12_000])
@pytest.mark.parametrize("age", [0, 7])
async def test_verified_lease_ends_with_the_records_ttl(ttl_ms: int, age: int) -> None:
    """What was verified is believed until the TTL is over, without the margin that is the takers', and then no more."""
    world = World()
    await world.write(replace(theirs(), ttl_ms=ttl_ms))
    world.clock.advance(age)
    verified = await _verify(world)
    world.clock.advance(ttl_ms / 1000 - age - 0.125)
    shortly_before = verified.token.value
    world.clock.advance(0.125)

    assert shortly_before == 7
    with pytest.raises(FencedError, match="the lease has expired"):
        _ = verified.token


async def test_verified_lease_counts_from_before_its_reading() -> None:
    """A read that took ten seconds leaves ten seconds less: the record may be that much older by now."""
    world = await _held()
    seat = world.seat("compactor")
    seat.meanwhile.after.append(("get", world.later(10)))
    verified = await VerifiedLease.verify(seat.replica, DOMAIN, [CLAIM])
    world.clock.advance(20 - 0.125)
    shortly_before = verified.token.value
    world.clock.advance(0.125)

    assert shortly_before == 7
    with pytest.raises(FencedError, match="the lease has expired"):
        _ = verified.token


async def test_lease_that_expired_while_it_was_read_is_refused() -> None:
    """A read that took the whole TTL verifies nothing."""
    world = await _held()
    seat = world.seat("compactor")
    seat.meanwhile.after.append(("get", world.later(30)))

    with pytest.raises(FencedError, match="the lease has expired"):
        await VerifiedLease.verify(seat.replica, DOMAIN, [CLAIM])


@pytest.mark.parametrize("wall_ahead", [-3600.0, 3600.0])
async def test_wall_clock_of_the_verifier_never_matters(wall_ahead: float) -> None:
    """A lease is verified, and ends, by the backend's clock, whatever the verifier's wall clock says."""
    world = await _held()
    seat = world.seat("compactor", wall_ahead=wall_ahead)
    verified = await VerifiedLease.verify(seat.replica, DOMAIN, [CLAIM])
    world.clock.advance(29)

    assert verified.token.value == 7


@pytest.mark.parametrize("requested_by", [None, holder("x")])
async def test_waiting_replica_is_told_of(requested_by: str | None) -> None:
    """Whether another replica waits is what the record says, so that the answer can tell the holder."""
    world = World()
    await world.write(replace(theirs(), requested_by=requested_by))

    assert (await _verify(world)).handover_requested is (requested_by is not None)


async def test_lease_is_verified_by_its_raised_token() -> None:
    """After a holder has raised its token, only a claim with the new one is good."""
    world = World()
    lease = await world.seat("a").acquire()
    before = lease.claim()
    await lease.raise_above(4)
    verified = await _verify(world, lease.claim())

    assert verified.token.value == 5
    with pytest.raises(FencedError, match="the lease has another token held=1 seen=5"):
        await _verify(world, before)


def test_claim_shows_no_secret() -> None:
    """A claim that is logged or printed tells who and which token, and not what proves it."""
    shown = repr(CLAIM)

    assert "they0000" in shown
    assert "theirs" not in shown


@pytest.mark.parametrize("render", [repr, str])
async def test_nothing_that_is_printed_shows_a_secret(render: Callable[[object], str]) -> None:
    """Neither leases nor what comes from them spell the secret."""
    world = World()
    lease: Lease = await world.seat("a").acquire()
    secret = lease.claim().secret
    shown = [lease, lease.token, lease.claim(), lease.permit_issuer(), await _verify(world, lease.claim())]

    assert not [one for one in shown if secret in render(one)]


async def test_nothing_that_a_traceback_prints_shows_a_secret() -> None:
    """What an acquisition gives to the lease is printed with a traceback's arguments, and does not spell the secret."""
    world = World()
    acquired = await acquire(world.seat("a").replica, DOMAIN, "test", 0.0)

    assert acquired.secret
    assert acquired.secret not in repr(acquired)
