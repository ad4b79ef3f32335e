"""Where the backend tells no times, a taker goes by what it has itself watched."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.contenders import World, holder, theirs


def _world() -> World:
    return World(tells=False)


async def test_old_record_is_not_taken_at_first_sight() -> None:
    """Whoever has just come cannot know that a record is a year old."""
    world = _world()
    await world.write(theirs())
    world.clock.advance(365 * 86_400)

    assert await world.seat("a").is_turned_away()


async def test_record_is_taken_after_a_whole_watch() -> None:
    """What has not changed for more than TTL and margin is taken, and not a moment before."""
    world = _world()
    await world.write(theirs())
    seat = world.seat("a")
    turned_away = [await seat.is_turned_away()]
    world.clock.advance(32.0)
    turned_away.append(await seat.is_turned_away())
    world.clock.advance(0.125)
    lease = await seat.acquire()

    assert turned_away == [True, True]
    assert lease.token.value == 8


async def test_watch_begins_with_the_answer() -> None:
    """A first read that took ten seconds shows the record as it was at its end."""
    world = _world()
    await world.write(theirs())
    seat = world.seat("a")
    seat.meanwhile.after.append(("get", world.later(10)))
    await seat.is_turned_away()
    world.clock.advance(32.0)

    assert await seat.is_turned_away()


async def test_watch_ends_with_the_sending() -> None:
    """A last read that took ten seconds shows the record as it was at its beginning."""
    world = _world()
    await world.write(theirs())
    seat = world.seat("a")
    await seat.is_turned_away()
    world.clock.advance(31.0)
    seat.meanwhile.before.append(("get", world.later(10)))

    assert await seat.is_turned_away()


async def test_renewal_begins_the_watch_anew() -> None:
    """A holder that renews is alive, however long its record has been known."""
    world = _world()
    await world.write(theirs())
    seat = world.seat("a")
    await seat.is_turned_away()
    world.clock.advance(31.0)
    await world.write(replace(theirs(), renewal_counter=4))
    turned_away = [await seat.is_turned_away()]
    world.clock.advance(31.0)
    turned_away.append(await seat.is_turned_away())
    world.clock.advance(2.0)

    assert turned_away == [True, True]
    assert not await seat.is_turned_away()


async def test_request_keeps_no_dead_holder_alive() -> None:
    """A waiting replica's request in the middle of the watch does not begin it anew."""
    world = _world()
    await world.write(theirs())
    seat = world.seat("a")
    await seat.is_turned_away()
    world.clock.advance(31.0)
    await world.write(replace(theirs(), requested_by=holder("x")))
    turned_away = await seat.is_turned_away()
    world.clock.advance(2.0)

    assert turned_away
    assert not await seat.is_turned_away()


async def test_second_lease_of_one_holder_begins_the_watch_anew() -> None:
    """A lost lock brings one holder's token and counter about again: the secret tells that it is another lease."""
    world = _world()
    first, taker = world.seat("a"), world.seat("b")
    await first.acquire()
    turned_away = [await taker.is_turned_away()]
    world.clock.advance(20.0)
    await world.lose()
    lease = await first.acquire()
    world.clock.advance(13.0)
    turned_away.append(await taker.is_turned_away())

    assert turned_away == [True, True]
    assert lease.token.value == 1
    assert not lease.is_over


async def test_release_is_believed_at_once() -> None:
    """Nobody needs to watch a record that says that it is free."""
    world = _world()
    await world.write(replace(theirs(), released=True))

    assert not await world.seat("a").is_turned_away()


async def test_reservation_is_watched_too() -> None:
    """A lease that was released for another is left to it for more than 3 s of the watch."""
    world = _world()
    await world.write(replace(theirs(), released=True, requested_by=holder("x")))
    seat = world.seat("a")
    turned_away = [await seat.is_turned_away()]
    world.clock.advance(3.0)
    turned_away.append(await seat.is_turned_away())
    world.clock.advance(0.125)

    assert turned_away == [True, True]
    assert not await seat.is_turned_away()


async def test_dead_holders_domain_is_freed_in_one_wait() -> None:
    """A replica that waits takes a dead holder's lease soon after TTL and margin, although it asked for it."""
    world = _world()
    await world.write(theirs())
    began = world.clock.monotonic_seconds()
    lease = await world.seat("a").acquire(wait_seconds=60)

    assert lease.token.value == 8
    assert 32.0 < world.clock.monotonic_seconds() - began < 32.0 + 2 * 2.0
