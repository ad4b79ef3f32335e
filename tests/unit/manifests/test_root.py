"""The root manifest is the same everywhere; from it all that a workspace shows is found by what documents say (R45)."""

from __future__ import annotations

import json

import pytest

from arco.errors import CorruptionError, OutcomeUnknownError
from arco.layout import DomainManifestKey, ManifestKey, RootManifestKey
from arco.manifests import ROOT_MANIFEST, Hint, Manifest, Tail, check_root, move_hint
from arco.storage.bucket import ABSENT, Stored
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults
from arco.storage.memory import MemoryBucket
from tests.fakes.chain_bench import DOMAIN, ChainBench
from tests.fakes.google_answers import FLAVOURS, Flavour, GoogleAnswers
from tests.fakes.manual_clock import ManualClock

GOLDEN = (
    '{"domains":{'
    + ",".join(
        f'"{name}":{{"chain":"manifests/{name}/","hint":"heads/{name}.manifest.json"}}'
        for name in ("catalog", "executions", "lineage", "search")
    )
    + '},"format":1}'
)


def test_document_is_the_golden_one() -> None:
    """The root manifest is these bytes in every workspace."""
    assert ROOT_MANIFEST.decode() == GOLDEN
    check_root(ROOT_MANIFEST)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a root manifest: not a JSON document"),
        (b"[]", "not a root manifest: not a JSON object"),
        (b"{}", "not a root manifest: a field is missing field=format"),
        (ROOT_MANIFEST.replace(b'"format":1', b'"format":2'), "not a root manifest: must be 1 field=format"),
        (ROOT_MANIFEST.replace(b"catalog", b"cata1og"), "the root manifest names other domains or folders"),
        (ROOT_MANIFEST.replace(b"manifests/catalog/", b"manifests/lineage/"), "names other domains or folders"),
        (ROOT_MANIFEST + b"\n", "the root manifest names other domains or folders"),
    ],
    ids=["empty", "a list", "no format", "a later format", "other domain", "other folder", "other bytes"],
)
def test_what_is_no_root_manifest_is_corruption(data: bytes, words: str) -> None:
    """Another format, other domains and other folders are reported, by the object's name."""
    with pytest.raises(CorruptionError, match=words) as caught:
        check_root(data)

    assert caught.value.name == RootManifestKey().path


@pytest.mark.parametrize("flavour", FLAVOURS, ids=str)
async def test_root_is_created_once(flavour: Flavour) -> None:
    """Whoever starts second finds the root as it would have written it, under each of Google's answers."""
    clock = ManualClock()
    bench = ChainBench(GoogleAnswers(MemoryBucket(clock), flavour), clock)
    created = [await bench.compactor().publisher.create_root() for _ in range(3)]
    found = await bench.compactor().views.catalog.get(RootManifestKey())

    assert created == [True, True, True]
    assert isinstance(found, Stored)
    assert found.data == ROOT_MANIFEST


async def test_root_of_another_version_is_told() -> None:
    """Other bytes stand there: nobody overwrites them, and whoever starts is told."""
    bench = ChainBench()
    await bench.bucket.inner.put(bench.path(RootManifestKey().path), b"other", ABSENT)
    created = await bench.compactor().publisher.create_root()
    found = await bench.compactor().views.catalog.get(RootManifestKey())

    assert not created
    assert isinstance(found, Stored)
    assert found.data == b"other"


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.TORN, Fault.DELAYED])
async def test_root_whose_create_was_not_answered_is_settled(fault: Fault) -> None:
    """A create that was not answered is sent again until the root stands."""
    clock = ManualClock()
    bench = ChainBench(FaultBucket(MemoryBucket(clock), ScriptedFaults([fault])), clock)

    assert await bench.compactor().publisher.create_root()


async def test_root_that_is_never_answered_is_unknown() -> None:
    """A bucket that never answers leaves it unknown."""
    clock = ManualClock()
    bench = ChainBench(FaultBucket(MemoryBucket(clock), ScriptedFaults([Fault.TORN] * 99)), clock)
    with pytest.raises(OutcomeUnknownError):
        await bench.compactor().publisher.create_root()


async def test_everything_is_found_by_what_documents_say() -> None:
    """Root, hint, chain and files lead from one to the next; nothing is listed, and no folder is known in advance."""
    bench = ChainBench()
    maker = bench.compactor()
    await maker.start()
    await maker.grow(3)
    base = await maker.write_set(3, (1, 3), base=True)
    await maker.publish(base=base, parquet_position=3, tail=Tail({}))
    delta = await maker.write_set(4, (4, 4), tables=("tables",))
    newest = await maker.publish(l0=(delta,), parquet_position=4, tail=Tail({}))
    await move_hint(maker.views.catalog, maker.views.manifests, newest)

    async def read(path: str) -> bytes:
        found = await bench.bucket.inner.get(bench.path(path))
        assert isinstance(found, Stored), path
        return found.data

    root = json.loads(await read(RootManifestKey().path))
    domain = root["domains"][DOMAIN.value]
    hint = Hint.parse(await read(domain["hint"]), DOMAIN)
    name = f"{hint.manifest_id:020d}.manifest.json"
    found = Manifest.parse(await read(domain["chain"] + name), ManifestKey(DOMAIN, hint.manifest_id))
    sizes = [(one.file.byte_size, len(await read(one.key.path))) for one in found.artifacts()]

    assert domain["hint"] == DomainManifestKey(DOMAIN).path
    assert found == newest.manifest
    assert len(sizes) == 3
    assert all(recorded == stored for recorded, stored in sizes)
