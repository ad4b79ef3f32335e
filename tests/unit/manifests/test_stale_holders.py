"""I7: who has lost the lease cannot publish over the one that has it, however fresh what it has read is (R66, R68)."""

from __future__ import annotations

from pathlib import Path

import pytest

from arco.errors import FencedError
from arco.fencing import VerifiedLease, force_break
from arco.manifests import Newest, NotVisible, Visible
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor
from tests.fakes.publishing_process import Contender, started


async def _contenders() -> tuple[ChainBench, Compactor, Compactor]:
    """Give a domain with a manifest, a holder A with token 1, which published it, and B."""
    bench = ChainBench()
    holder, thief = bench.compactor(), bench.compactor()
    await holder.publish()
    return bench, holder, thief


async def _reread(maker: Compactor) -> Newest:
    newest = await maker.chain.newest(DOMAIN)
    assert isinstance(newest, Newest)
    return newest


async def _refused(maker: Compactor, newest: Newest) -> FencedError:
    """Let a stale holder try to publish what follows a manifest that it has just read."""
    with pytest.raises(FencedError) as caught:
        await maker.publisher.publish(await maker.permit(newest), newest, await maker.draft(newest))
    return caught.value


async def test_stale_holder_cannot_publish_even_with_fresh_version() -> None:
    """A (token 1) loses the lock by time and stands still; B (token 2) publishes; A reads that, and is refused."""
    bench, holder, thief = await _contenders()
    bench.clock.advance(33)
    await thief.publish()
    newest = await _reread(holder)
    # A's clock stood still while B's went on, so A believes that its lease is alive.
    bench.clock.advance(-33)
    bench.asked.clear()
    refused = await _refused(holder, newest)

    assert (refused.held, refused.seen) == (1, 2)
    assert bench.operations() == []
    assert (await _reread(thief)).manifest_id == 2


async def test_stale_holder_cannot_publish_after_a_force_break() -> None:
    """The lock is broken and taken within one second of the backend's clock, all timestamps equal: refused as well."""
    bench, holder, thief = await _contenders()
    first = await _reread(holder)
    await force_break(thief.replica, DOMAIN)
    await thief.publish()
    newest = await _reread(holder)
    refused = await _refused(holder, newest)

    assert bench.clock.slept == []
    assert newest.manifest.published_at == first.manifest.published_at
    assert (refused.held, refused.seen) == (1, 2)


async def test_stale_holder_has_no_lease_while_the_other_merely_holds_it() -> None:
    """B has taken the lock and published nothing: A's lease cannot be verified, nor renewed, and then it is over."""
    _, holder, thief = await _contenders()
    lease = await holder.lease()
    claim = lease.claim()
    await force_break(thief.replica, DOMAIN)
    await thief.lease()
    with pytest.raises(FencedError, match="another holder has the lease held=1 seen=2"):
        await VerifiedLease.verify(thief.replica, DOMAIN, [claim])
    with pytest.raises(FencedError, match="the lease was lost held=1 seen=2"):
        await lease.renew()
    with pytest.raises(FencedError, match="the lease was lost"):
        lease.permit_issuer().issue(await _reread(holder))

    assert lease.is_over


async def test_permit_of_a_stale_holder_costs_the_other_one_try() -> None:
    """A's old permit publishes before B: B's publish is not visible, its next one builds on A's, nothing is lost."""
    _, holder, thief = await _contenders()
    before, seen = await _reread(holder), await _reread(thief)
    old, late = await holder.permit(before), await holder.draft(before)
    await force_break(thief.replica, DOMAIN)
    permit, draft = await thief.permit(seen), await thief.draft(seen)
    first = await holder.publisher.publish(old, before, late)
    lost = await thief.publisher.publish(permit, seen, draft)
    last = await thief.publish()
    refused = await _refused(holder, await _reread(holder))

    assert isinstance(first, Visible)
    assert lost == NotVisible(2)
    assert last.manifest.parent_hash == first.newest.manifest_hash
    assert (last.manifest.fencing_token, last.manifest.applied_position) == (2, 2)
    assert (refused.held, refused.seen) == (1, 2)


def _contend(folder: Path) -> list[object]:
    """Let A lose the lease to B in another process, and tell what A and B were answered."""
    with started(folder, 1) as holder, started(folder, 2) as thief:
        said: list[object] = [holder.tell("acquire"), holder.tell("read"), holder.tell("publish")]
        thief.tell("advance 33")
        said += [thief.tell("acquire"), _place(thief), thief.tell("publish")]
        said += [_place(holder), holder.tell("publish"), holder.tell("verify"), holder.tell("renew"), _place(thief)]
    return said


def _place(contender: Contender) -> object:
    return contender.tell("read")[:2]


def test_stale_holder_cannot_publish_even_with_fresh_version_in_two_processes(tmp_path: Path) -> None:
    """A and B are processes of their own on one folder; A's clock stands still, so A believes in its lease."""
    fenced = {"error": "FencedError", "held": 1, "seen": 2}

    assert _contend(tmp_path) == [
        1,
        [0, 0, ""],
        ["visible", 1],
        2,
        [1, 1],
        ["visible", 2],
        [2, 2],
        fenced,
        fenced,
        fenced,
        [2, 2],
    ]


def test_stale_publish_loses_the_name_in_two_processes(tmp_path: Path) -> None:
    """B merely holds the lock: A's old permit wins the name, B's publish of it is not visible, and B's next one is."""
    with started(tmp_path, 1) as holder, started(tmp_path, 2) as thief:
        said = [holder.tell(command) for command in ("acquire", "read", "publish", "permit")]
        said += [thief.tell(command) for command in ("break", "acquire", "read", "permit")]
        said += [holder.tell("publish"), thief.tell("publish"), _place(thief), thief.tell("publish"), _place(holder)]
        said += [holder.tell("publish")]

    assert [answer for answer in said if isinstance(answer, list) and len(answer) == 2] == [
        ["visible", 1],
        ["visible", 2],
        ["not visible", 2],
        [2, 1],
        ["visible", 3],
        [3, 2],
    ]
    assert said[-1] == {"error": "FencedError", "held": 1, "seen": 2}
