"""I4: nothing is visible until the next manifest is created, wherever its writer dies (R70, R89, R119)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from arco.errors import CorruptionError
from arco.layout import L0Key
from arco.manifests import ArtifactSet, Manifest, Newest, Tail
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor
from tests.fakes.crashing_bucket import Crashed, CrashingBucket


def _paths(manifest: Manifest) -> set[str]:
    return {one.key.path for one in manifest.artifacts()}


async def _flush(maker: Compactor, newest: Newest) -> Newest:
    """Write a set of two tables and the manifest that names it, as a compactor does: the lease comes first."""
    draft = await maker.draft(newest)
    first = newest.manifest.parquet_position + 1
    written = await maker.write_set(newest.manifest_id, (first, draft.applied_position))
    changes = {"l0": (*draft.l0, written), "parquet_position": draft.applied_position, "tail": Tail({})}
    return await maker.publish(newest, **changes)


async def _seen(bench: ChainBench) -> Newest:
    """Give what a reader that knows nothing finds."""
    found = await bench.reader().newest(DOMAIN)
    assert isinstance(found, Newest)
    return found


@dataclass(frozen=True)
class Death:
    """A compactor that died during its flush: what was visible before, what it had done, and what was visible then."""

    bench: ChainBench
    before: Newest
    asked: list[str]
    after: Newest


async def _deaths(*, done: bool) -> list[Death]:
    """Let compactors die, each one request later than the one before, until one lives."""
    deaths: list[Death] = []
    while True:
        bench = ChainBench()
        await bench.compactor().grow(2)
        bench.clock.advance(33)
        crashing, before = CrashingBucket(bench.bucket, len(deaths), done=done), await _seen(bench)
        maker = bench.compactor(crashing)
        try:
            newest = await maker.chain.newest(DOMAIN)
            assert isinstance(newest, Newest)
            await _flush(maker, newest)
        except Crashed:
            deaths.append(Death(bench, before, crashing.asked, await _seen(bench)))
        else:
            return deaths


@pytest.mark.parametrize("done", [False, True])
async def test_no_visibility_without_pointer_swap(done: bool) -> None:  # noqa: FBT001 pytest passes it
    """A crash at any request shows the old state, until the create of the manifest is done: then the new one, whole."""
    deaths = await _deaths(done=done)
    swapped = [death for death in deaths if any(asked.endswith("03.manifest.json") for asked in death.asked)]

    assert len(deaths) > 8
    assert swapped == (deaths[-1:] if done else [])
    for death in deaths:
        if death in swapped:
            assert (death.after.manifest_id, len(_paths(death.after.manifest))) == (3, 2)
        else:
            assert death.after.manifest_hash == death.before.manifest_hash


@pytest.mark.parametrize("done", [False, True])
async def test_next_publish_after_any_crash_succeeds(done: bool) -> None:  # noqa: FBT001 pytest passes it
    """Whoever comes after the crash publishes at once, and names nothing that no manifest named before."""
    for death in await _deaths(done=done):
        death.bench.clock.advance(33)
        following = await death.bench.compactor().publish(death.after)

        assert following.manifest_id == death.after.manifest_id + 1
        assert _paths(following.manifest) == _paths(death.after.manifest)


async def _orphans(maker: Compactor, newest: Newest) -> tuple[ArtifactSet, ArtifactSet, ArtifactSet]:
    """Leave what writers that died leave: half a Parquet file, one table of two, and a set without its manifest."""
    torn = await maker.write_set(newest.manifest_id, (1, 1), tables=())
    half = L0Key(DOMAIN, torn.n, torn.attempt, "tables")
    await maker.views.artifacts.put_l0(half, b"PAR1 tab")
    lone = await maker.write_set(newest.manifest_id, (1, 1), tables=("commits",))
    whole = await maker.write_set(newest.manifest_id, (1, 1))
    tables = {"tables": whole.files["tables"]}
    return replace(torn, files=tables), replace(lone, files={**lone.files, **tables}), whole


async def test_mid_write_crash_never_referenced() -> None:
    """The next publish after writers that died succeeds beside what they left, and no manifest ever names it."""
    bench = ChainBench()
    maker = bench.compactor()
    newest = await maker.grow(2)
    orphans = {(one.n, one.attempt) for one in await _orphans(maker, newest)}
    bench.clock.advance(33)
    later = bench.compactor()
    newest = await _flush(later, await _seen(bench))
    newest = await later.publish(newest)
    named = {(one.n, one.attempt) for one in newest.manifest.l0}

    assert len(orphans) == 3
    assert newest.manifest_id == 4
    assert len(named) == 1
    assert not orphans & named
    assert not [path for path in _paths(newest.manifest) for _, attempt in orphans if attempt in path]


async def test_half_a_set_is_refused() -> None:
    """A set of which one table was never written is refused before the manifest is created (I5)."""
    maker = ChainBench().compactor()
    newest = await maker.grow(2)
    _, half, _ = await _orphans(maker, newest)
    draft = await maker.draft(newest)
    tail = Tail({"tables": draft.tail.rows["tables"][1:]})
    with pytest.raises(CorruptionError, match=f"an artifact is missing .*{half.attempt}/tables.parquet"):
        await maker.publish(newest, l0=(half,), parquet_position=1, tail=tail)

    assert (await maker.chain.newest(DOMAIN)).manifest_id == 2


async def test_torn_file_has_another_size() -> None:
    """Half a Parquet file stands under the name of the whole one: its size tells, and nothing becomes visible."""
    maker = ChainBench().compactor()
    newest = await maker.grow(2)
    torn, _, _ = await _orphans(maker, newest)
    draft = await maker.draft(newest)
    tail = Tail({"tables": draft.tail.rows["tables"][1:]})
    with pytest.raises(CorruptionError, match="an artifact has another size recorded=43 stored=8"):
        await maker.publish(newest, l0=(torn,), parquet_position=1, tail=tail)

    assert (await maker.chain.newest(DOMAIN)).manifest_id == 2
