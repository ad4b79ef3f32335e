"""The hint is moved forwards or not at all, mends itself, and never matters to a publish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arco.errors import CorruptionError, InputError, OutcomeUnknownError, UsageError
from arco.layout import Domain, DomainManifestKey
from arco.manifests import Hint, Newest, Uninitialised, compute_manifest_hash, move_hint
from arco.storage.bucket import ABSENT, Absent, Refused, Stored, Version, Written
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.memory import MemoryBucket
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor
from tests.fakes.manual_clock import ManualClock

KEY = DomainManifestKey(DOMAIN)
DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
HINT = Hint(DOMAIN, 7, f"sha256:{DIGEST}")
GOLDEN = f'{{"domain":"catalog","format":1,"manifest_hash":"sha256:{DIGEST}","manifest_id":7}}'.encode()


async def _chain(links: int) -> tuple[ChainBench, Compactor, list[Newest]]:
    bench = ChainBench()
    maker = bench.compactor()
    return bench, maker, [await maker.publish() for _ in range(links)]


async def _move(maker: Compactor, newest: Newest) -> bool:
    return await move_hint(maker.views.catalog, maker.views.manifests, newest)


async def _standing(maker: Compactor) -> Hint | None:
    found = await maker.views.catalog.get(KEY)
    return Hint.parse(found.data, DOMAIN) if isinstance(found, Stored) else None


def test_document_is_the_golden_one() -> None:
    """A hint is stored as these bytes, and read from them."""
    assert HINT.render() == GOLDEN
    assert Hint.parse(GOLDEN, DOMAIN) == HINT


FIELDS = ("domain", "format", "manifest_hash", "manifest_id")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [..., None, True, -1, 0, "", [], 1.5, "8"], ids=repr)
def test_field_that_is_missing_or_wrong_is_corruption(field: str, value: object) -> None:
    """No field is optional, and each has its bounds."""
    document: dict[str, Any] = json.loads(GOLDEN)
    document[field] = value
    if value is ...:
        del document[field]
    with pytest.raises(CorruptionError, match="not a hint: ") as caught:
        Hint.parse(json.dumps(document).encode(), DOMAIN)

    assert caught.value.name == KEY.path
    assert f"field={field} " in str(caught.value) or value == 1.5


def test_further_field_is_corruption() -> None:
    """A hint of a later format says so in `format`."""
    with pytest.raises(CorruptionError, match="not a hint: unknown fields fields=more"):
        Hint.parse(GOLDEN[:-1] + b',"more":1}', DOMAIN)


def test_hint_of_another_domain_is_corruption() -> None:
    """A hint is read as that of its domain."""
    with pytest.raises(CorruptionError, match="not a hint: must be 'search' field=domain"):
        Hint.parse(GOLDEN, Domain.SEARCH)


async def test_hint_is_created() -> None:
    """The first hint names what was published."""
    _, maker, (newest,) = await _chain(1)
    moved = await _move(maker, newest)

    assert moved
    assert await _standing(maker) == newest.mark()


async def test_hint_moves_forwards() -> None:
    """A later manifest replaces an earlier one, over the version that was read."""
    _, maker, (first, _, third) = await _chain(3)
    moved = [await _move(maker, first), await _move(maker, third)]

    assert moved == [True, True]
    assert await _standing(maker) == third.mark()


@pytest.mark.parametrize(("index", "requests"), [(0, 2), (1, 2), (2, 1)])
async def test_hint_never_moves_backwards(index: int, requests: int) -> None:
    """A hint that points there or further is left as it is; whether it stands is asked, and nothing is written."""
    bench, maker, links = await _chain(3)
    await _move(maker, links[2])
    bench.asked.clear()
    moved = await _move(maker, links[index])

    assert not moved
    assert bench.operations() == ["get"] * requests
    assert await _standing(maker) == links[2].mark()


@pytest.mark.parametrize("data", [b"", b"{", GOLDEN.replace(b"catalog", b"lineage")], ids=["empty", "damaged", "other"])
async def test_hint_that_is_damaged_is_replaced(data: bytes) -> None:
    """What is no hint is mended by the next move."""
    _, maker, (newest,) = await _chain(1)
    await maker.views.manifests.cas_head(KEY, data, ABSENT)
    moved = await _move(maker, newest)

    assert moved
    assert await _standing(maker) == newest.mark()


@pytest.mark.parametrize(
    "wrong",
    [Hint(DOMAIN, 2, f"sha256:{DIGEST}"), Hint(DOMAIN, 1, f"sha256:{DIGEST}"), Hint(DOMAIN, 77, f"sha256:{DIGEST}")],
    ids=["other bytes", "other bytes of an older one", "beyond the end"],
)
async def test_hint_that_names_what_does_not_stand_is_replaced(wrong: Hint) -> None:
    """A hint that closes the domain to everybody who begins is mended by the next move."""
    bench, maker, (_, newest) = await _chain(2)
    await maker.views.manifests.cas_head(KEY, wrong.render(), ABSENT)
    with pytest.raises(CorruptionError, match="the hint names"):
        await bench.reader().newest(DOMAIN)
    moved = await _move(maker, newest)

    assert moved
    assert (await bench.reader().newest(DOMAIN)).manifest_hash == newest.manifest_hash


async def test_hint_that_closes_a_domain_is_not_written() -> None:
    """What only has the three attributes of a newest manifest, such as a hint, moves nothing."""
    bench, maker, _ = await _chain(2)
    made_up: Any = Hint(DOMAIN, 77, f"sha256:{DIGEST}")
    bench.asked.clear()
    with pytest.raises(UsageError, match="was read from its chain, and is no Hint"):
        await _move(maker, made_up)

    assert bench.operations() == []


def test_hint_too_long_to_be_one_is_corruption() -> None:
    """A hint is small: nobody parses what is not."""
    with pytest.raises(CorruptionError, match="not a hint: longer than 65536 bytes"):
        Hint.parse(GOLDEN + b" " * 65_536, DOMAIN)


class Rival(ForwardingBucket):
    """Lets another mover come first, between the read and the write."""

    data: bytes = b""

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Come second."""
        if name.endswith(KEY.path) and self.data:
            rival, self.data = self.data, b""
            await self.inner.put(name, rival, if_version)
        return await self.inner.put(name, data, if_version)


@pytest.mark.parametrize("created", [False, True])
async def test_mover_that_loses_the_race_does_nothing(created: bool) -> None:  # noqa: FBT001 pytest passes it
    """Two movers at once: the write of one is refused, quietly, and the other's hint stands."""
    bench, maker, (first, second, third) = await _chain(3)
    if created:
        await _move(maker, first)
    rival = Rival(bench.bucket.inner)
    rival.data = third.mark().render()
    bench.bucket.inner = rival
    moved = await _move(maker, second)

    assert not moved
    assert await _standing(maker) == third.mark()


@pytest.mark.parametrize("fault", [Fault.AFTER, Fault.TORN])
async def test_move_of_unknown_outcome_is_told_as_such(fault: Fault) -> None:
    """The hint is one try: whoever moved it is told that nobody knows, and the published manifest stands."""
    clock = ManualClock()
    memory = MemoryBucket(clock)
    maker = ChainBench(memory, clock).compactor()
    newest = await maker.publish()
    broken = ChainBench(FaultBucket(memory, ScriptedFaults([fault])), clock)
    with pytest.raises(OutcomeUnknownError):
        await _move(broken.compactor(), newest)

    assert (await broken.reader().newest(DOMAIN)).manifest_id == 1


async def test_hint_to_nothing_is_not_written() -> None:
    """A domain without a manifest has nothing to point at: such a hint would be corruption to everybody."""
    bench, maker, _ = await _chain(0)
    nothing: Any = Uninitialised(DOMAIN)
    with pytest.raises(UsageError, match="a hint names a manifest that was read, in its own workspace"):
        await _move(maker, nothing)

    assert bench.operations() == []
    assert await maker.chain.newest(DOMAIN) == Uninitialised(DOMAIN)


def test_hint_of_no_hash_is_not_rendered() -> None:
    """What could not be read again is refused before it is written."""
    with pytest.raises(InputError, match="field=manifest_hash"):
        Hint(DOMAIN, 1, compute_manifest_hash(b"").removeprefix("sha256:")).render()


def test_hint_to_manifest_zero_is_not_rendered() -> None:
    """The first manifest's id is 1."""
    with pytest.raises(InputError, match="field=manifest_id"):
        Hint(DOMAIN, 0, HINT.manifest_hash).render()
