"""What becomes of a publish whose create was not answered, or was answered by somebody else's manifest."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from arco.errors import AccessDeniedError, CorruptionError, OutcomeUnknownError, UsageError
from arco.layout import Domain, ManifestKey
from arco.manifests import Manifest, Newest, NotVisible, Uninitialised, Visible
from arco.storage.bucket import Absent, Refused, Stored, Version, Written
from arco.storage.decorators.faults import Fault, FaultBucket
from arco.storage.decorators.forbidding import UnlistableBucket
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.memory import MemoryBucket
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor
from tests.fakes.google_answers import FLAVOURS, Flavour, GoogleAnswers
from tests.fakes.manual_clock import ManualClock

every_flavour = pytest.mark.parametrize("flavour", FLAVOURS, ids=str)
SILENT = [Fault.TORN] * 99


@dataclass
class OfManifests:
    """The faults of creates under `manifests/`, one a try."""

    faults: list[Fault] = field(default_factory=list[Fault])

    def decide(self, operation: str, name: str) -> Fault:
        """Give the next."""
        return self.faults.pop(0) if self.faults and operation == "put" and "/manifests/" in name else Fault.NONE


class Setting:
    """A chain of two links in a bucket that answers in a flavour and whose creates can fail; what is published next."""

    def __init__(self, flavour: Flavour = FLAVOURS[0]) -> None:
        """Build the layers."""
        clock = ManualClock()
        self.memory = MemoryBucket(clock)
        self.google = GoogleAnswers(self.memory, flavour)
        self.script = OfManifests()
        self.broken = FaultBucket(self.google, self.script)
        self.bench = ChainBench(self.broken, clock)
        self.compactor = self.bench.compactor()

    async def begin(self) -> Newest:
        """Publish two links."""
        await self.compactor.start()
        return await self.compactor.grow(2)

    async def publish(self, newest: Newest, faults: Iterable[Fault]) -> tuple[Manifest, Visible | NotVisible | None]:
        """Publish under faults; give the manifest, and the answer or None for an unknown outcome."""
        manifest, permit = await self.compactor.draft(newest), await self.compactor.permit(newest)
        self.script.faults = list(faults)
        try:
            return manifest, await self.compactor.publisher.publish(permit, newest, manifest)
        except OutcomeUnknownError:
            return manifest, None
        finally:
            self.script.faults.clear()

    async def rival(self, newest: Newest) -> Newest:
        """Let another process, with the same lease, publish what follows `newest`."""
        other = self.bench.compactor()
        other.held = await self.compactor.lease()
        return await other.publish(newest)

    async def land(self) -> None:
        """Let every delayed try arrive; nobody hears the answer."""
        while self.broken.delayed:
            try:
                await self.broken.land()
            except AccessDeniedError:
                assert self.google.flavour.existing == 403

    async def standing(self, manifest_id: int) -> bytes | None:
        """Give what stands there."""
        found = await self.memory.get(self.bench.path(ManifestKey(DOMAIN, manifest_id).path))
        return found.data if isinstance(found, Stored) else None


@every_flavour
async def test_lost_race_is_not_visible(flavour: Flavour) -> None:
    """Another's manifest has the id: not visible, the domain is free, and a new permit for what stands there works."""
    made = Setting(flavour)
    newest = await made.begin()
    standing = await made.rival(newest)
    _, answer = await made.publish(newest, [])
    again = await made.compactor.chain.newest(DOMAIN)
    assert isinstance(again, Newest)
    _, second = await made.publish(again, [])

    assert answer == NotVisible(3)
    assert again.manifest_hash == standing.manifest_hash
    assert isinstance(second, Visible)
    assert second.newest.manifest_id == 4


@every_flavour
@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.TORN, Fault.DELAYED])
async def test_unanswered_create_is_settled_within_the_call(flavour: Flavour, fault: Fault) -> None:
    """One try that is not answered costs time, and no certainty: the manifest is visible, once."""
    made = Setting(flavour)
    newest = await made.begin()
    manifest, answer = await made.publish(newest, [fault])
    await made.land()

    assert isinstance(answer, Visible)
    assert await made.standing(3) == manifest.render()


@every_flavour
@pytest.mark.parametrize("fault", [Fault.NONE, Fault.BEFORE, Fault.AFTER, Fault.TORN])
async def test_unanswered_loser_learns_that_it_lost(flavour: Flavour, fault: Fault) -> None:
    """Another's manifest stands there, whatever silence told us: not visible."""
    made = Setting(flavour)
    newest = await made.begin()
    await made.rival(newest)
    _, answer = await made.publish(newest, [fault])

    assert answer == NotVisible(3)


@every_flavour
async def test_unknown_outcome_that_landed_is_found_visible(flavour: Flavour) -> None:
    """A manifest that landed after the call had ended is found visible, as what it says."""
    made = Setting(flavour)
    newest = await made.begin()
    manifest, unknown = await made.publish(newest, [Fault.DELAYED, *SILENT])
    await made.land()
    resolved = await made.compactor.publisher.resolve(DOMAIN)

    assert unknown is None
    assert isinstance(resolved, Visible)
    assert resolved.newest.manifest == manifest
    assert await made.compactor.publisher.resolve(DOMAIN) is None


@every_flavour
async def test_unknown_outcome_that_did_not_land_is_sent_again(flavour: Flavour) -> None:
    """A manifest that never arrived is sent again, the same bytes to the same name, also after its permit's end."""
    made = Setting(flavour)
    newest = await made.begin()
    manifest, unknown = await made.publish(newest, SILENT)
    nothing = await made.standing(3)
    made.bench.clock.advance(3600)
    resolved = await made.compactor.publisher.resolve(DOMAIN)

    assert (unknown, nothing) == (None, None)
    assert isinstance(resolved, Visible)
    assert await made.standing(3) == manifest.render()


@every_flavour
async def test_unknown_outcome_of_a_loser_is_found_not_visible(flavour: Flavour) -> None:
    """Another's manifest has taken the name meanwhile: ours is not visible, and the late try changes nothing."""
    made = Setting(flavour)
    newest = await made.begin()
    _, unknown = await made.publish(newest, [Fault.DELAYED, *SILENT])
    standing = await made.rival(newest)
    resolved = await made.compactor.publisher.resolve(DOMAIN)
    await made.land()

    assert unknown is None
    assert resolved == NotVisible(3)
    assert await made.standing(3) == standing.manifest.render()


@every_flavour
async def test_delayed_try_that_lands_after_the_resolution_changes_nothing(flavour: Flavour) -> None:
    """The resolution sent the bytes again and they stand; the first try arrives late, at an occupied name."""
    made = Setting(flavour)
    newest = await made.begin()
    manifest, unknown = await made.publish(newest, [Fault.DELAYED, *SILENT])
    resolved = await made.compactor.publisher.resolve(DOMAIN)
    assert isinstance(resolved, Visible)
    following, _ = await made.publish(resolved.newest, [])
    await made.land()

    assert unknown is None
    assert await made.standing(3) == manifest.render()
    assert await made.standing(4) == following.render()


@every_flavour
async def test_outcome_stays_unknown_while_nothing_is_answered(flavour: Flavour) -> None:
    """A resolution that is not answered says so again, and the domain stays closed until one is."""
    made = Setting(flavour)
    newest = await made.begin()
    await made.publish(newest, SILENT)
    made.script.faults = list(SILENT)
    with pytest.raises(OutcomeUnknownError):
        await made.compactor.publisher.resolve(DOMAIN)
    made.script.faults.clear()
    permit, manifest = await made.compactor.permit(newest), await made.compactor.draft(newest)
    with pytest.raises(UsageError, match="another publish of the domain is under way or unresolved domain=catalog"):
        await made.compactor.publisher.publish(permit, newest, manifest)

    assert await made.standing(3) is None
    assert isinstance(await made.compactor.publisher.resolve(DOMAIN), Visible)


@every_flavour
async def test_other_domains_are_free_while_one_is_unresolved(flavour: Flavour) -> None:
    """What is unknown of one domain closes no other."""
    made = Setting(flavour)
    newest = await made.begin()
    await made.publish(newest, SILENT)
    lineage = Uninitialised(Domain.LINEAGE)
    permit, manifest = await made.compactor.permit(lineage), await made.compactor.draft(lineage)
    published = await made.compactor.publisher.publish(permit, lineage, manifest)

    assert isinstance(published, Visible)
    assert await made.compactor.publisher.resolve(Domain.LINEAGE) is None
    assert await made.compactor.publisher.resolve(DOMAIN) is not None


@every_flavour
async def test_denied_publish_is_over(flavour: Flavour) -> None:
    """The one try was answered 403, and nothing stands there: nothing was written, and there is nothing to resolve."""
    made = Setting(flavour)
    newest = await made.begin()
    made.google.creatable = False
    permit, manifest = await made.compactor.permit(newest), await made.compactor.draft(newest)
    with pytest.raises(AccessDeniedError):
        await made.compactor.publisher.publish(permit, newest, manifest)
    made.google.creatable = True
    _, answer = await made.publish(newest, [])

    assert isinstance(answer, Visible)


@every_flavour
async def test_denied_resolution_proves_nothing(flavour: Flavour) -> None:
    """A 403 to the resolution does not say that an earlier try will not land: the domain stays closed."""
    made = Setting(flavour)
    newest = await made.begin()
    manifest, _ = await made.publish(newest, [Fault.DELAYED, *SILENT])
    made.google.creatable = False
    with pytest.raises(OutcomeUnknownError, match="what was sent earlier may stand there, or still land"):
        await made.compactor.publisher.resolve(DOMAIN)
    made.google.creatable = True
    permit, other = await made.compactor.permit(newest), await made.compactor.draft(newest)
    with pytest.raises(UsageError, match="unresolved"):
        await made.compactor.publisher.publish(permit, newest, other)
    await made.land()

    assert isinstance(await made.compactor.publisher.resolve(DOMAIN), Visible)
    assert await made.standing(3) == manifest.render()


class Torn(ForwardingBucket):
    """Does the create of the third link, does not answer, and gives a reply with another checksum to the next read."""

    armed = True

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Do it, and lose the answer once."""
        answer = await self.inner.put(name, data, if_version)
        if self.armed and name.endswith("03.manifest.json"):
            raise OutcomeUnknownError("no answer", name=name)  # noqa: EM101, TRY003 a fake's
        return answer

    async def get(self, name: str) -> Stored | Absent:
        """Fail once."""
        if self.armed and name.endswith("03.manifest.json"):
            self.armed = False
            raise CorruptionError("another checksum", name=name)  # noqa: EM101, TRY003 a fake's
        return await self.inner.get(name)


async def test_reply_that_is_damaged_leaves_the_outcome_unknown() -> None:
    """What was sent may stand: damage that is met afterwards is no refusal, and the domain waits to be resolved."""
    clock = ManualClock()
    bench = ChainBench(MemoryBucket(clock), clock)
    maker = bench.compactor()
    newest = await maker.grow(2)
    manifest, permit = await maker.draft(newest), await maker.permit(newest)
    bench.bucket.inner = Torn(bench.bucket.inner)
    with pytest.raises(OutcomeUnknownError, match="what stands there cannot be read as it was written"):
        await maker.publisher.publish(permit, newest, manifest)
    resolved = await maker.publisher.resolve(DOMAIN)

    assert isinstance(resolved, Visible)
    assert resolved.newest.manifest == manifest


class Waiting(ForwardingBucket):
    """Keeps the first create of the third link waiting until it is let go, before or after it is done."""

    def __init__(self, inner: MemoryBucket, *, done_first: bool) -> None:
        """Begin with nothing waiting."""
        super().__init__(inner)
        self.done_first = done_first
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Do it, or not, and wait."""
        if not name.endswith("03.manifest.json") or self.reached.is_set():
            return await self.inner.put(name, data, if_version)
        self.reached.set()
        answer = await self.inner.put(name, data, if_version) if self.done_first else None
        await self.let_go.wait()
        return answer or await self.inner.put(name, data, if_version)


async def _cancelled(bucket: Waiting, maker: Compactor, newest: Newest) -> Manifest:
    manifest, permit = await maker.draft(newest), await maker.permit(newest)
    task = asyncio.create_task(maker.publisher.publish(permit, newest, manifest))
    await bucket.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    bucket.let_go.set()
    return manifest


@pytest.mark.parametrize("done_first", [False, True])
async def test_cancelled_publish_is_left_to_be_resolved(done_first: bool) -> None:  # noqa: FBT001 pytest passes it
    """A cancellation in the middle of the create leaves its fate unknown, done or not: the domain stays closed."""
    clock = ManualClock()
    bucket = Waiting(MemoryBucket(clock), done_first=done_first)
    maker = ChainBench(bucket, clock).compactor()
    await maker.start()
    newest = await maker.grow(2)
    manifest = await _cancelled(bucket, maker, newest)
    with pytest.raises(UsageError, match="unresolved"):
        await maker.publisher.publish(await maker.permit(newest), newest, await maker.draft(newest))
    resolved = await maker.publisher.resolve(DOMAIN)

    assert isinstance(resolved, Visible)
    assert resolved.newest.manifest == manifest


async def test_resolution_waits_for_the_publish_itself() -> None:
    """While the publish is under way there is nothing to resolve: two that send would tell two stories."""
    clock = ManualClock()
    bucket = Waiting(MemoryBucket(clock), done_first=False)
    maker = ChainBench(bucket, clock).compactor()
    await maker.start()
    newest = await maker.grow(2)
    manifest, permit = await maker.draft(newest), await maker.permit(newest)
    task = asyncio.create_task(maker.publisher.publish(permit, newest, manifest))
    await bucket.reached.wait()
    with pytest.raises(UsageError, match="the publish is still under way domain=catalog"):
        await maker.publisher.resolve(DOMAIN)
    bucket.let_go.set()

    assert isinstance(await task, Visible)


async def test_first_manifest_has_one_winner() -> None:
    """Two compactors publish genesis at once: one is visible, the other is not."""
    bench = ChainBench()
    makers = [bench.compactor(), bench.compactor()]
    newest = Uninitialised(DOMAIN)
    lease = await makers[0].lease()
    tries: list[Coroutine[Any, Any, Visible | NotVisible]] = []
    for maker in makers:
        maker.held = lease
        tries.append(maker.publisher.publish(await maker.permit(newest), newest, await maker.draft(newest)))
    answers = await asyncio.gather(*tries)
    found = await bench.reader().newest(DOMAIN)
    (winner,) = [answer for answer in answers if isinstance(answer, Visible)]

    assert NotVisible(1) in answers
    assert isinstance(found, Newest)
    assert found.manifest_hash == winner.newest.manifest_hash


async def test_first_manifest_of_a_domain_that_has_one_is_not_visible() -> None:
    """Whoever believes that a domain has no manifest cannot begin it anew."""
    bench = ChainBench()
    await bench.compactor().grow(2)
    bench.clock.advance(60)
    late, newest = bench.compactor(), Uninitialised(DOMAIN)
    manifest = replace(await late.draft(newest), fencing_token=(await late.lease()).token.value)
    answer = await late.publisher.publish(await late.permit(newest), newest, manifest)

    assert answer == NotVisible(1)


async def test_publish_works_where_nothing_can_be_listed() -> None:
    """I10: neither publishing nor finding the newest lists."""
    clock = ManualClock()
    bench = ChainBench(UnlistableBucket(MemoryBucket(clock)), clock)
    maker = bench.compactor()
    await maker.start()
    published = await maker.grow(12)
    found = await bench.reader().newest(DOMAIN)

    assert isinstance(found, Newest)
    assert found.manifest_hash == published.manifest_hash
