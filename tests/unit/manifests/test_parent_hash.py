"""R83, R118: `parent_hash` is that of the raw stored bytes. Whoever changed them, however slightly, is found."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from arco.errors import CorruptionError, UsageError
from arco.layout import ManifestKey
from arco.manifests import ChainReader, Manifest, Newest, compute_manifest_hash
from arco.storage.bucket import Stored, Version
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (b'{"a":1}', "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"),
        (b'{"a": 1}', "f9d86028c6e0d64e225186f96acb69338b2c59764df79162107f5c4bb34d1310"),
        (b"\xff\x00", "ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f"),
    ],
)
def test_hash_is_that_of_the_bytes(data: bytes, digest: str) -> None:
    """The hash is SHA-256 of the bytes as they are, whatever they hold, spelled with its name."""
    assert compute_manifest_hash(data) == f"sha256:{digest}"


async def _stored(bench: ChainBench, manifest_id: int) -> Stored:
    found = await bench.bucket.inner.get(bench.path(ManifestKey(DOMAIN, manifest_id).path))
    assert isinstance(found, Stored)
    return found


async def _rewrite(bench: ChainBench, manifest_id: int, data: bytes) -> None:
    """Overwrite a manifest, as only a principal with a grant that nobody should have could."""
    name = bench.path(ManifestKey(DOMAIN, manifest_id).path)
    await bench.bucket.inner.put(name, data, Version((await _stored(bench, manifest_id)).version))


async def _chain(links: int) -> tuple[ChainBench, Compactor, Newest]:
    bench = ChainBench()
    maker = bench.compactor()
    return bench, maker, await maker.grow(links)


async def test_parent_hash_detects_concurrent_modification() -> None:
    """Equal JSON that was serialised anew to other bytes breaks the chain for whoever follows it."""
    bench, _, _ = await _chain(2)
    stored = await _stored(bench, 1)
    again = json.dumps(json.loads(stored.data)).encode()
    await _rewrite(bench, 1, again)
    with pytest.raises(CorruptionError, match=f"hash to {compute_manifest_hash(again)} field=parent_hash"):
        await bench.reader().newest(DOMAIN)

    assert Manifest.parse(again, ManifestKey(DOMAIN, 1)) == Manifest.parse(stored.data, ManifestKey(DOMAIN, 1))
    assert again != stored.data


async def test_writer_that_read_other_bytes_cannot_publish() -> None:
    """A writer that hashed a document that it serialised itself is refused: only the stored bytes count."""
    bench, maker, newest = await _chain(2)
    again = json.dumps(json.loads((await _stored(bench, 2)).data)).encode()
    with pytest.raises(
        UsageError, match=r"the previous manifest's bytes hash to sha256:[0-9a-f]{64} field=parent_hash"
    ):
        await maker.publish(newest, parent_hash=compute_manifest_hash(again))

    assert (await maker.chain.newest(DOMAIN)).manifest_id == 2


async def test_absence_of_a_parent_is_refused() -> None:
    """After genesis no manifest is without a parent: it is neither published nor followed (R85, no field optional)."""
    bench, maker, newest = await _chain(3)
    with pytest.raises(UsageError, match="field=parent_hash"):
        await maker.publish(newest, parent_hash=None)
    await _rewrite(bench, 3, replace(newest.manifest, parent_hash=None).render())
    with pytest.raises(CorruptionError, match=r"the chain is broken: .*field=parent_hash"):
        await bench.reader().newest(DOMAIN)


async def test_manifest_that_was_replaced_is_found_by_its_successor() -> None:
    """A predecessor with another content, published under the right id, is found by whoever reads its successor."""
    bench, _, _ = await _chain(2)
    first = Manifest.parse((await _stored(bench, 1)).data, ManifestKey(DOMAIN, 1))
    await _rewrite(bench, 1, replace(first, published_at="2020-01-01T00:00:00Z").render())
    with pytest.raises(CorruptionError, match="the chain is broken: the previous manifest's bytes hash to"):
        await bench.reader().newest(DOMAIN)


async def test_publish_on_bytes_that_were_replaced_breaks_no_chain() -> None:
    """The newest manifest is replaced after a writer read it: what follows names what was read, and is found broken."""
    bench, maker, newest = await _chain(2)
    await _rewrite(bench, 2, replace(newest.manifest, totals={"tables": 9}).render())
    published = await maker.publish(newest)
    with pytest.raises(CorruptionError, match="field=parent_hash"):
        await ChainReader(maker.views.catalog).newest(DOMAIN)

    assert published.manifest.parent_hash == newest.manifest_hash
