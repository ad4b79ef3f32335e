"""Drafts succeed what they follow, and `commit_ulid` goes up along the chain whatever any clock says (R67)."""

from __future__ import annotations

from dataclasses import fields

import pytest
from ulid import ULID

from arco.documents import utc_text
from arco.layout import Domain
from arco.manifests import (
    Newest,
    compute_manifest_hash,
    draft_genesis,
    draft_next,
    next_commit_ulid,
    validate_genesis,
    validate_succession,
)
from arco.runtime import OrderedIds, SeededRandomness
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor
from tests.fakes.manual_clock import ManualClock

HOUR = 3600.0


async def _grown(links: int = 2) -> tuple[ChainBench, Compactor, Newest]:
    bench = ChainBench()
    maker = bench.compactor()
    return bench, maker, await maker.grow(links)


async def test_commit_ulid_monotonic() -> None:
    """The clock of a fresh process is an hour behind: its commits sort behind those of the process before it."""
    bench, _, newest = await _grown()
    told = [newest.manifest.commit_ulid]
    for _ in range(3):
        bench.clock.advance(HOUR)
        maker = bench.compactor()
        await maker.lease()
        bench.clock.advance(-2 * HOUR)
        told.append((await maker.publish()).manifest.commit_ulid)
        bench.clock.advance(HOUR)

    assert told == sorted(set(told))
    assert ULID.from_str(told[1]).milliseconds == ULID.from_str(told[0]).milliseconds


@pytest.mark.parametrize("fresh", [False, True], ids=["one process", "a process for each"])
def test_commit_ulid_monotonic_within_one_millisecond(fresh: bool) -> None:  # noqa: FBT001 pytest passes it
    """Ten thousand commits in one millisecond, by one process or each by another: strictly up, in text order."""
    clock = ManualClock()
    ids = OrderedIds(clock, SeededRandomness(1))
    told = [ids.ulid()]
    for seed in range(10_000):
        source = OrderedIds(clock, SeededRandomness(seed)) if fresh else ids
        told.append(next_commit_ulid(source, told[-1]))

    assert told == sorted(set(told))
    assert {ULID.from_str(one).milliseconds for one in told} == {1_780_000_000_625}


def test_commit_ulid_monotonic_after_a_predecessor_from_the_future() -> None:
    """A predecessor a century ahead is followed by the one after it; one from the past, by the present."""
    clock = ManualClock()
    ids = OrderedIds(clock, SeededRandomness(1))
    future = "3" + 24 * "Z" + "Y"
    following = next_commit_ulid(ids, future)

    assert following == "3" + 25 * "Z"
    assert next_commit_ulid(ids, following) == "4" + 25 * "0"
    assert ULID.from_str(next_commit_ulid(ids, 26 * "0")).milliseconds == 1_780_000_000_625


async def test_genesis_is_a_first_manifest() -> None:
    """The first manifest needs no filling in: nothing applied, nothing named, no parent."""
    bench = ChainBench()
    maker = bench.compactor()
    token = (await maker.lease()).token
    draft = draft_genesis(token, ids=maker.ids, clock=bench.clock, fold_version=3, key_horizon=5)

    assert validate_genesis(draft) == ()
    assert (draft.domain, draft.manifest_id, draft.fencing_token) == (DOMAIN, 1, 1)
    assert (draft.fold_version, draft.key_horizon, draft.parent_hash) == (3, 5, None)
    assert draft.published_at == utc_text(bench.clock.wall_seconds())
    assert list(draft.artifacts()) == []


async def test_genesis_is_of_the_tokens_domain() -> None:
    """A lease's token begins its own domain."""
    maker = ChainBench().compactor()
    token = (await maker.lease(Domain.SEARCH)).token

    assert draft_genesis(token, ids=maker.ids, clock=maker.clock, fold_version=1).domain is Domain.SEARCH


async def test_draft_is_a_successor_that_shows_the_same() -> None:
    """A draft succeeds the newest as it is, and changes nothing but what the chain itself asks for."""
    bench, maker, newest = await _grown(4)
    bench.clock.advance(7)
    draft = draft_next(newest, (await maker.lease()).token, ids=maker.ids, clock=bench.clock)
    changed = {one.name for one in fields(draft) if getattr(draft, one.name) != getattr(newest.manifest, one.name)}

    assert validate_succession(newest.manifest, newest.manifest_hash, draft) == ()
    assert changed == {"manifest_id", "attempt", "commit_ulid", "parent_hash", "published_at"}
    assert draft.parent_hash == newest.manifest_hash == compute_manifest_hash(newest.manifest.render())
    assert (draft.manifest_id, draft.published_at) == (5, utc_text(bench.clock.wall_seconds()))


async def test_draft_carries_the_token_of_its_publisher() -> None:
    """A later holder's draft has its own token."""
    bench, _, newest = await _grown()
    bench.clock.advance(33)
    later = bench.compactor()
    draft = draft_next(newest, (await later.lease()).token, ids=later.ids, clock=bench.clock)

    assert (newest.manifest.fencing_token, draft.fencing_token) == (1, 2)


async def test_attempts_are_never_minted_twice() -> None:
    """Two drafts of one successor differ: what stands under the name can be told apart from what was sent."""
    _, maker, newest = await _grown()
    token = (await maker.lease()).token
    drafts = [draft_next(newest, token, ids=maker.ids, clock=maker.clock) for _ in range(2)]

    assert drafts[0].attempt != drafts[1].attempt
    assert drafts[0].render() != drafts[1].render()
