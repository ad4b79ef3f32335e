"""Two workspaces in one process: what was read, leased, or handed out in one is good for nothing in the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arco.errors import UsageError
from arco.fencing import Replica
from arco.layout import Scope
from arco.manifests import ChainReader, Newest, Uninitialised, move_hint, publisher
from arco.runtime import OrderedIds, SeededRandomness
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor

OTHER = Scope("acme", "staging")


async def _two() -> tuple[ChainBench, Compactor, Compactor]:
    """Give compactors of two workspaces in one bucket; the first one's chain has three links, the other's two."""
    bench = ChainBench()
    ours, theirs = bench.compactor(), _elsewhere(bench)
    await ours.grow(3)
    await theirs.grow(2)
    bench.asked.clear()
    return bench, ours, theirs


def _elsewhere(bench: ChainBench) -> Compactor:
    randomness = SeededRandomness(77)
    views = WorkspaceStorage(bench.bucket, OTHER, clock=bench.clock, randomness=randomness).compactor_views()
    ids, chain = OrderedIds(bench.clock, randomness), ChainReader(views.catalog)
    replica = Replica(ids.attempt(), views.locks, chain, bench.clock, randomness)
    return Compactor(views, bench.clock, chain, publisher(views.manifests, views.metadata), replica, ids)


async def _newest(maker: Compactor) -> Newest:
    newest = await maker.chain.newest(DOMAIN)
    assert isinstance(newest, Newest)
    return newest


async def test_publisher_of_another_workspace_publishes_nothing() -> None:
    """One wrong variable, all else being of one workspace, would put a link of one chain into another."""
    bench, ours, theirs = await _two()
    newest = await _newest(ours)
    permit, draft = await ours.permit(newest), await ours.draft(newest)
    bench.asked.clear()
    with pytest.raises(UsageError, match="permit, newest manifest and publisher are of one workspace publisher="):
        await theirs.publisher.publish(permit, newest, draft)

    assert bench.operations() == []


async def test_permit_of_another_workspace_is_good_for_nothing() -> None:
    """A lease of one workspace fences nobody in another, whatever the permit says that it follows."""
    bench, ours, theirs = await _two()
    newest = await _newest(ours)
    permit, draft = await theirs.permit(newest), await ours.draft(newest)
    bench.asked.clear()
    with pytest.raises(UsageError, match="of one workspace"):
        await ours.publisher.publish(permit, newest, draft)

    assert bench.operations() == []


async def test_newest_manifest_of_another_workspace_is_followed_by_nothing() -> None:
    """What was read elsewhere is no predecessor here."""
    bench, ours, theirs = await _two()
    newest = await _newest(theirs)
    permit, draft = await ours.permit(newest), await ours.draft(newest)
    bench.asked.clear()
    with pytest.raises(UsageError, match="of one workspace"):
        await ours.publisher.publish(permit, newest, draft)

    assert bench.operations() == []


async def test_genesis_is_under_a_lease_of_its_workspace() -> None:
    """A domain without a manifest is no workspace's: the permit tells whose lease it is."""
    bench = ChainBench()
    ours, theirs = bench.compactor(), _elsewhere(bench)
    newest = Uninitialised(DOMAIN)
    permit, draft = await theirs.permit(newest), await theirs.draft(newest)
    with pytest.raises(UsageError, match="of one workspace"):
        await ours.publisher.publish(permit, newest, draft)

    assert await bench.reader().newest(DOMAIN) == newest


@pytest.mark.parametrize("which", ["newest", "chain", "manifests"])
async def test_hint_is_moved_within_one_workspace(which: str) -> None:
    """A hint to another workspace's manifest would be corruption to everybody who begins."""
    bench, ours, theirs = await _two()
    parts: dict[str, Any] = {
        "newest": await _newest(ours),
        "chain": ours.views.catalog,
        "manifests": ours.views.manifests,
    }
    parts[which] = {
        "newest": await _newest(theirs),
        "chain": theirs.views.catalog,
        "manifests": theirs.views.manifests,
    }[which]
    bench.asked.clear()
    with pytest.raises(UsageError, match="a hint names a manifest that was read, in its own workspace"):
        await move_hint(parts["chain"], parts["manifests"], parts["newest"])

    assert bench.operations() == []


def test_publisher_is_of_one_workspace() -> None:
    """Artifacts are verified in the workspace whose manifests name them."""
    bench = ChainBench()
    ours, theirs = bench.compactor(), _elsewhere(bench)
    with pytest.raises(UsageError, match="verifies artifacts in the workspace that it publishes in"):
        publisher(ours.views.manifests, theirs.views.metadata)


class Likeness:
    """Answers as a view would, with what it likes."""


MADE_UP: dict[str, Callable[[Compactor, Any], object]] = {
    "chain": lambda _, view: ChainReader(view),
    "manifests": lambda maker, view: publisher(view, maker.views.metadata),
    "metadata": lambda maker, view: publisher(maker.views.manifests, view),
}


@pytest.mark.parametrize("what", MADE_UP)
def test_capability_that_was_not_handed_out_is_none(what: str) -> None:
    """A store that somebody made up would make genuine newest manifests of no chain, or verify nothing."""
    maker = ChainBench().compactor()
    with pytest.raises(UsageError, match="not a view that a workspace's storage handed out object=a Likeness"):
        MADE_UP[what](maker, Likeness())


async def test_reader_goes_on_from_nothing_of_another_workspace() -> None:
    """Whoever asked it for the newest afterwards would be shown another workspace's catalog."""
    _, ours, theirs = await _two()
    with pytest.raises(UsageError, match="a reader goes on in its own workspace"):
        theirs.chain.published(await _newest(ours))

    assert (await _newest(theirs)).manifest_id == 2
