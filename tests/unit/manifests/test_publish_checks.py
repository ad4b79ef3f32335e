"""Each check of publish by itself: its own error, nothing written, the permit used up; and the order of the checks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from arco.errors import (
    ArcoError,
    ConflictError,
    CorruptionError,
    FencedError,
    InputError,
    UsageError,
)
from arco.fencing import PublishPermit, force_break
from arco.layout import Domain, ManifestKey
from arco.manifests import Manifest, Newest, Tail, Uninitialised, Visible
from arco.storage.bucket import ABSENT, Absent, ObjectMeta, Stored
from arco.storage.decorators.forwarding import ForwardingBucket
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor, artifact_file

Newer = Newest | Uninitialised


class Setting:
    """A domain with a chain of two links, by two leases, and what its next publish would be."""

    def __init__(self, bench: ChainBench, compactor: Compactor, newest: Newest) -> None:
        """Keep the parts."""
        self.bench = bench
        self.compactor = compactor
        self.newest: Newer = newest
        self.permit: PublishPermit | None = None
        self.manifest: Manifest | None = None

    async def prepared(self) -> tuple[PublishPermit, Newer, Manifest]:
        """Give what would become visible as it is."""
        permit = self.permit or await self.compactor.permit(self.newest)
        return permit, self.newest, self.manifest or await self.compactor.draft(self.newest)


async def setting() -> Setting:
    """Build one; its lease has token 2."""
    bench = ChainBench()
    compactor = bench.compactor()
    await compactor.start()
    await compactor.publish()
    await (await compactor.lease()).release()
    newest = await compactor.publish()
    assert newest.manifest.fencing_token == 2
    return Setting(bench, compactor, newest)


async def _used_permit(made: Setting) -> None:
    made.permit = await made.compactor.permit(made.newest)
    with pytest.raises(UsageError, match="no successor"):
        await made.compactor.publisher.publish(
            made.permit, made.newest, replace(await made.compactor.draft(made.newest), manifest_id=9)
        )


async def _other_domain(made: Setting) -> None:
    made.permit = await made.compactor.permit(made.newest)
    made.newest = Uninitialised(Domain.LINEAGE)
    made.manifest = await made.bench.compactor().draft(made.newest)


async def _expired(made: Setting) -> None:
    made.manifest = await made.compactor.draft(made.newest)
    made.permit = await made.compactor.permit(made.newest)
    made.bench.clock.advance(30)


async def _over(made: Setting) -> None:
    made.manifest = await made.compactor.draft(made.newest)
    made.permit = await made.compactor.permit(made.newest)
    await (await made.compactor.lease()).release()


async def _older_newest(made: Setting) -> None:
    made.permit = await made.compactor.permit(made.newest)
    made.newest = await made.compactor.publish(made.newest)


async def _other_bytes(made: Setting) -> None:
    class Twin:
        domain = made.newest.domain
        manifest_id = made.newest.manifest_id
        manifest_hash = "sha256:" + 64 * "0"

    made.permit = (await made.compactor.lease()).permit_issuer().issue(Twin())


async def _unreadable(made: Setting) -> None:
    made.manifest = replace(await made.compactor.draft(made.newest), published_at="yesterday")


async def _other_token(made: Setting) -> None:
    made.manifest = replace(await made.compactor.draft(made.newest), fencing_token=3)


async def _fenced(made: Setting) -> None:
    await made.compactor.lease()
    thief = made.bench.compactor()
    await force_break(thief.replica, DOMAIN)
    await thief.publish()
    made.newest = await made.compactor.chain.newest(DOMAIN)


async def _chain_of_another_domain(made: Setting) -> None:
    lineage = Uninitialised(Domain.LINEAGE)
    other = made.bench.compactor()
    made.permit, made.newest = await other.permit(lineage), lineage
    made.manifest = replace(other.draft_as((await other.lease(Domain.LINEAGE)).token, lineage), domain=DOMAIN)


async def _no_successor(made: Setting) -> None:
    made.manifest = replace(await made.compactor.draft(made.newest), snapshot_version=9)


async def _no_genesis(made: Setting) -> None:
    lineage = Uninitialised(Domain.LINEAGE)
    other = made.bench.compactor()
    made.permit, made.newest = await other.permit(lineage), lineage
    made.manifest = replace(other.draft_as((await other.lease(Domain.LINEAGE)).token, lineage), event_count=1)


async def _missing_artifact(made: Setting) -> None:
    draft = await made.compactor.draft(made.newest)
    written = await made.compactor.write_set(made.newest.manifest_id, (1, 2))
    files = {**written.files, "columns": artifact_file(b"never written")}
    made.manifest = replace(draft, l0=(replace(written, files=files),), parquet_position=2, tail=Tail({}))


CHECKS: dict[str, tuple[Callable[[Setting], Awaitable[None]], type[ArcoError], str]] = {
    "used": (_used_permit, UsageError, "a permit is good for one try"),
    "domain": (_other_domain, UsageError, "a permit is good for one domain permit=catalog newest=lineage"),
    "expired": (_expired, ConflictError, "the permit has expired"),
    "over": (_over, FencedError, "held=2"),
    "newest": (_older_newest, ConflictError, "the permit is for another newest manifest permit=2"),
    "bytes": (_other_bytes, ConflictError, "the permit is for another newest manifest permit=2"),
    "unreadable": (_unreadable, InputError, "field=published_at"),
    "token": (_other_token, UsageError, "a manifest carries its permit's token manifest=3 permit=2"),
    "fenced": (_fenced, FencedError, "a newer holder has published held=2 seen=3"),
    "chain": (_chain_of_another_domain, UsageError, "the chain is another domain's manifest=catalog newest=lineage"),
    "succession": (_no_successor, UsageError, "the manifest is no successor: goes up by one at most, from 1"),
    "genesis": (_no_genesis, UsageError, "the manifest is no successor: nothing is applied at genesis value=1"),
    "artifact": (_missing_artifact, CorruptionError, "an artifact is missing name='l0/catalog/"),
}


@pytest.mark.parametrize("check", CHECKS)
async def test_check_fails_by_its_own_error_and_writes_nothing(check: str) -> None:
    """Each check raises its own error; the bucket is written nothing, and the permit is used up."""
    spoil, error, words = CHECKS[check]
    made = await setting()
    await spoil(made)
    arguments = await made.prepared()
    made.bench.asked.clear()
    with pytest.raises(error) as caught:
        await made.compactor.publisher.publish(*arguments)

    assert words in str(caught.value)
    assert {asked.operation for asked in made.bench.asked} <= {"head"}
    with pytest.raises(UsageError, match="a permit is good for one try"):
        await made.compactor.publisher.publish(*arguments)


async def test_what_is_not_spoiled_is_visible() -> None:
    """The same setting without a fault is published: each refusal above has the one reason that it names."""
    made = await setting()
    published = await made.compactor.publisher.publish(*await made.prepared())

    assert isinstance(published, Visible)
    assert published.newest.manifest_id == 3


async def test_checks_come_in_their_order() -> None:
    """What is wrong in every way is refused for the permit first, then for what is cheap to ask, then for artifacts."""
    made = await setting()
    maker, older, lineage = made.compactor, made.newest, Uninitialised(Domain.LINEAGE)
    assert isinstance(older, Newest)
    spent, late, later = [await maker.permit(older) for _ in range(3)]
    worst = replace(await wrong(maker, older), domain=Domain.LINEAGE, fencing_token=9, published_at="")
    told = [await refusal(made, spent, older, worst), await refusal(made, spent, lineage, worst)]
    await pass_seconds(made, 30)
    early = await maker.permit(older)
    newest = await maker.publish(older)
    told += [await refusal(made, late, lineage, worst), await refusal(made, later, newest, worst)]
    told += [await refusal(made, early, newest, worst)]
    told += [await refusal(made, await maker.permit(newest), newest, worst)]
    thief = made.bench.compactor()
    await force_break(thief.replica, DOMAIN)
    newest = await thief.publish(newest)
    foreign = replace(await wrong(maker, newest), domain=Domain.LINEAGE)
    told += [await refusal(made, await maker.permit(newest), newest, replace(foreign, fencing_token=9))]
    broken = await wrong(maker, newest)
    told += [await refusal(made, await maker.permit(newest), newest, replace(broken, fencing_token=9))]
    told += [await refusal(made, await maker.permit(newest), newest, broken)]
    await (await thief.lease()).release()
    maker.held = None
    broken = await wrong(maker, newest)
    told += [await refusal(made, await maker.permit(newest), newest, broken)]
    mended = replace(broken, snapshot_version=newest.manifest.snapshot_version + 1)
    told += [await refusal(made, await maker.permit(newest), newest, mended)]

    for said, words in zip(told, ORDER, strict=True):
        assert words in said


ORDER = (
    "field=published_at",
    "a permit is good for one try",
    "a permit is good for one domain",
    "the permit has expired",
    "the permit is for another newest manifest",
    "field=published_at",
    "the chain is another domain's",
    "a manifest carries its permit's token",
    "a newer holder has published",
    "the manifest is no successor",
    "an artifact is missing",
)


async def refusal(made: Setting, permit: PublishPermit, newest: Newer, manifest: Manifest) -> str:
    """Try to publish, and give what is said against it."""
    with pytest.raises(ArcoError) as caught:
        await made.compactor.publisher.publish(permit, newest, manifest)
    return str(caught.value)


async def wrong(maker: Compactor, newest: Newest) -> Manifest:
    """Draft what is no successor, and names a set that was never written."""
    draft = await maker.draft(newest)
    written = await maker.write_set(newest.manifest_id, (1, draft.applied_position))
    missing = replace(written, attempt="f" * 26)
    return replace(draft, l0=(missing,), parquet_position=draft.applied_position, tail=Tail({}), snapshot_version=99)


async def pass_seconds(made: Setting, seconds: float) -> None:
    """Let time pass, while the lease is renewed."""
    for _ in range(2):
        made.bench.clock.advance(seconds / 2)
        await (await made.compactor.lease()).renew()


async def test_another_publish_of_the_domain_waits_for_the_fate_of_the_first() -> None:
    """While one is under way, a second one of its domain is refused; other domains are free."""
    made = await setting()
    bench, maker = made.bench, made.compactor
    held: list[str] = []

    class Slow(ForwardingBucket):
        async def head(self, name: str) -> ObjectMeta | Absent:
            held.append(await refusal(made, await maker.permit(made.newest), made.newest, second))
            lineage = Uninitialised(Domain.LINEAGE)
            other = bench.compactor()
            manifest, permit = await other.draft(lineage), await other.permit(lineage)
            held.append(type(await maker.publisher.publish(permit, lineage, manifest)).__name__)
            return await self.inner.head(name)

    second = await maker.draft(made.newest)
    written = await maker.write_set(made.newest.manifest_id, (1, 2), tables=("tables",))
    first = replace(await maker.draft(made.newest), l0=(written,), parquet_position=2, tail=Tail({}))
    bench.bucket.inner = Slow(bench.bucket.inner)
    published = await maker.publisher.publish(await maker.permit(made.newest), made.newest, first)

    assert held == ["another publish of the domain is under way or unresolved domain=catalog", "Visible"]
    assert isinstance(published, Visible)


async def test_publish_that_failed_leaves_its_domain_free() -> None:
    """A refused publish is over: the next one of the domain, with a permit of its own, becomes visible."""
    made = await setting()
    await _missing_artifact(made)
    await refusal(made, *await made.prepared())
    made.manifest = None
    published = await made.compactor.publisher.publish(*await made.prepared())

    assert isinstance(published, Visible)


async def test_what_is_checked_is_what_is_sent() -> None:
    """Whatever becomes of the caller's manifest meanwhile, the bytes that were checked are those that stand."""
    made = await setting()
    maker, newest = made.compactor, made.newest
    written = await maker.write_set(newest.manifest_id, (1, 2), tables=("tables",))
    totals, watermarks = {"tables": 1}, {"a": 5}
    manifest = replace(
        await maker.draft(newest),
        l0=(written,),
        parquet_position=2,
        tail=Tail({}),
        totals=totals,
        watermarks=watermarks,
    )
    before = manifest.render()

    class Meddling(ForwardingBucket):
        async def head(self, name: str) -> ObjectMeta | Absent:
            totals["tables"] = -7
            watermarks.clear()
            object.__setattr__(manifest, "fencing_token", 1)
            return await self.inner.head(name)

    made.bench.bucket.inner = Meddling(made.bench.bucket.inner)
    published = await maker.publisher.publish(await maker.permit(newest), newest, manifest)
    standing = await maker.views.catalog.get(ManifestKey(DOMAIN, 3))

    assert isinstance(published, Visible)
    assert published.newest.manifest.totals == {"tables": 1}
    assert isinstance(standing, Stored)
    assert standing.data == before


@pytest.mark.parametrize(
    ("meanwhile", "error"), [("suspended", ConflictError), ("released", FencedError)], ids=["suspended", "released"]
)
async def test_permit_that_ends_while_artifacts_are_verified_writes_nothing(
    meanwhile: str, error: type[ArcoError]
) -> None:
    """Verifying takes any time: whoever was suspended, or has given its lease back, does not send the create."""
    made = await setting()
    maker, newest = made.compactor, made.newest
    written = await maker.write_set(newest.manifest_id, (1, 2), tables=("tables",))
    manifest = replace(await maker.draft(newest), l0=(written,), parquet_position=2, tail=Tail({}))

    class Slow(ForwardingBucket):
        async def head(self, name: str) -> ObjectMeta | Absent:
            if meanwhile == "suspended":
                made.bench.clock.advance(45)
            else:
                await (await maker.lease()).release()
            return await self.inner.head(name)

    permit = await maker.permit(newest)
    made.bench.bucket.inner = Slow(made.bench.bucket.inner)
    with pytest.raises(error):
        await maker.publisher.publish(permit, newest, manifest)

    assert await made.compactor.views.catalog.get(ManifestKey(DOMAIN, 3)) is ABSENT
    assert await maker.publisher.resolve(DOMAIN) is None


async def test_token_that_was_lowered_in_memory_lowers_no_check() -> None:
    """A stale holder that edits the manifest that it has read is fenced by that one's stored bytes."""
    made = await setting()
    await _fenced(made)
    assert isinstance(made.newest, Newest)
    object.__setattr__(made.newest.manifest, "fencing_token", 1)
    said = await refusal(made, *await made.prepared())

    assert "a newer holder has published held=2 seen=3" in said


async def test_field_that_was_changed_in_memory_changes_no_check() -> None:
    """What succeeds a manifest only as somebody has edited it in memory succeeds no stored bytes."""
    made = await setting()
    assert isinstance(made.newest, Newest)
    made.manifest = replace(await made.compactor.draft(made.newest), key_horizon=5)
    object.__setattr__(made.newest.manifest, "key_horizon", 5)
    said = await refusal(made, *await made.prepared())

    assert "the manifest is no successor: fixed at genesis: 200000 field=key_horizon" in said


async def test_nothing_follows_the_commit() -> None:
    """I4: the last request of a publish is the create of its manifest, and the only write; then it is visible."""
    made = await setting()
    written = await made.compactor.write_set(2, (1, 2))
    manifest = replace(await made.compactor.draft(made.newest), l0=(written,), parquet_position=2, tail=Tail({}))
    permit = await made.compactor.permit(made.newest)
    made.bench.asked.clear()
    await made.compactor.publisher.publish(permit, made.newest, manifest)

    assert made.bench.operations() == ["head", "head", "put"]


async def test_what_is_rendered_is_what_is_checked() -> None:
    """Something that looks like a successor and renders as none is judged by its bytes."""
    made = await setting()
    maker, newest = made.compactor, made.newest
    good = await maker.draft(newest)
    worse = replace(good, snapshot_version=good.snapshot_version + 5).render()

    class Lying:
        def __getattr__(self, name: str) -> object:
            return getattr(good, name)

        def render(self) -> bytes:
            return worse

    with pytest.raises(UsageError, match="goes up by one at most"):
        await maker.publisher.publish(await maker.permit(newest), newest, Lying())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
