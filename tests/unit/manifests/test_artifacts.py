"""I5: what a manifest names for the first time is asked for before, and by its metadata alone (R87, R88)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from arco.errors import AccessDeniedError, CorruptionError, UnavailableError, UsageError
from arco.layout import L0Key, StateKey
from arco.manifests import ArtifactFile, ArtifactSet, Tail
from arco.storage.bucket import Absent, Bucket, ObjectMeta
from arco.storage.checksums import crc32c
from arco.storage.decorators.forwarding import ForwardingBucket
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor, artifact_file


async def _flushing(*, tables: tuple[str, ...] = ("commits", "tables")) -> tuple[ChainBench, Compactor, ArtifactSet]:
    """Give a compactor whose newest manifest is 2, and the set of its one position, written."""
    bench = ChainBench()
    maker = bench.compactor()
    await maker.grow(2)
    return bench, maker, await maker.write_set(2, (1, 2), tables=tables)


def _naming(*sets: ArtifactSet, base: ArtifactSet | None = None) -> dict[str, Any]:
    last = max(one.to_position for one in (*sets, *([base] if base else [])))
    return {"l0": sets, "base": base, "parquet_position": last, "tail": Tail({})}


async def _refused(bench: ChainBench, maker: Compactor, one: ArtifactSet) -> str:
    """Try to publish a manifest that names `one`; give what is said, and check that nothing was written."""
    newest = await maker.chain.newest(DOMAIN)
    await maker.permit(newest)
    bench.asked.clear()
    with pytest.raises(CorruptionError) as caught:
        await maker.publish(newest, **_naming(one))
    assert "put" not in bench.operations()
    return str(caught.value)


def _files(one: ArtifactSet, **changes: ArtifactFile) -> ArtifactSet:
    return replace(one, files={**one.files, **changes})


async def test_artifact_verification_uses_metastore() -> None:
    """Each new file is asked for once, by its metadata; nothing is read, and then the manifest is created."""
    bench, maker, written = await _flushing()
    newest = await maker.chain.newest(DOMAIN)
    permit = await maker.permit(newest)
    manifest = replace(await maker.draft(newest), **_naming(written))
    bench.asked.clear()
    await maker.publisher.publish(permit, newest, manifest)
    asked = [(asked.operation, asked.name.rpartition("/")[2]) for asked in bench.asked]

    assert asked == [("head", "commits.parquet"), ("head", "tables.parquet"), ("put", f"{3:020d}.manifest.json")]


async def test_missing_artifact_is_refused() -> None:
    """An object that is not there is named by its path."""
    bench, maker, written = await _flushing()
    said = await _refused(bench, maker, _files(written, columns=artifact_file(b"never written")))

    assert said == f"an artifact is missing name='{L0Key(DOMAIN, 2, written.attempt, 'columns').path}'"


async def test_artifact_of_another_size_is_refused() -> None:
    """An object that is longer or shorter than recorded is refused, although its checksum is as recorded."""
    bench, maker, written = await _flushing()
    file = written.files["tables"]
    for size in (file.byte_size - 1, file.byte_size + 1):
        said = await _refused(bench, maker, _files(written, tables=replace(file, byte_size=size)))

        assert said.startswith(f"an artifact has another size recorded={size} stored={file.byte_size} name='l0/")


async def test_right_size_with_wrong_bytes_is_refused() -> None:
    """An object of the recorded size that holds other bytes is refused by its checksum."""
    bench, maker, written = await _flushing()
    key = L0Key(DOMAIN, 2, written.attempt, "columns")
    await maker.views.artifacts.put_l0(key, b"PAR1 other PAR1")
    said = await _refused(bench, maker, _files(written, columns=artifact_file(b"PAR1 right PAR1")))

    assert said.startswith("an artifact has another checksum recorded=")
    assert f"stored={crc32c(b'PAR1 other PAR1')} name='{key.path}'" in said


class Denying(ForwardingBucket):
    """Answers no question about artifacts, for one reason or the other."""

    def __init__(self, inner: Bucket, error: Exception) -> None:
        """Take the reason."""
        super().__init__(inner)
        self.error = error

    async def head(self, name: str) -> ObjectMeta | Absent:  # noqa: ARG002 any object
        """Refuse."""
        raise self.error


@pytest.mark.parametrize(
    "error", [AccessDeniedError(operation="head", name="x"), UnavailableError("no answer", name="x")], ids=repr
)
async def test_artifact_that_may_not_be_asked_for_is_not_published(error: Exception) -> None:
    """An account that may not ask, or a bucket that does not answer, is no verification: nothing is written."""
    bench, maker, written = await _flushing()
    newest = await maker.chain.newest(DOMAIN)
    await maker.permit(newest)
    bench.bucket.inner = Denying(bench.bucket.inner, error)
    bench.asked.clear()
    with pytest.raises(type(error)):
        await maker.publish(newest, **_naming(written))

    assert set(bench.operations()) <= {"head", "get"}


def _names(bench: ChainBench, kind: type[L0Key | StateKey], one: ArtifactSet) -> list[str]:
    return sorted(bench.path(kind(DOMAIN, one.n, one.attempt, table).path) for table in one.files)


async def test_only_new_artifacts_are_asked_for() -> None:
    """What the predecessor names was verified before it became visible; a file that changed its record is new."""
    bench, maker, first = await _flushing()
    newest = await maker.publish(**_naming(first))
    second = await maker.write_set(3, (3, 3))
    heads = await _asked_for(bench, maker, **_naming(first, second))
    unchanged = await _asked_for(bench, maker)
    base = await maker.write_set(5, (1, 5), base=True)
    merged = await _asked_for(bench, maker, **_naming(base=base))

    assert newest.manifest_id == 3
    assert heads == _names(bench, L0Key, second)
    assert unchanged == []
    assert merged == _names(bench, StateKey, base)


async def _asked_for(bench: ChainBench, maker: Compactor, **changes: Any) -> list[str]:  # noqa: ANN401 any field
    """Publish, and give the names that were asked for."""
    await maker.lease()
    bench.asked.clear()
    await maker.publish(**changes)
    return sorted(asked.name for asked in bench.asked if asked.operation == "head")


async def test_record_that_changes_is_refused() -> None:
    """A file that the predecessor names with another size is no artifact that was verified."""
    _, maker, written = await _flushing()
    await maker.publish(**_naming(written))
    file = written.files["tables"]
    with pytest.raises(UsageError, match=f"the set 2-{written.attempt} is not what it was field=l0"):
        await maker.publish(**_naming(_files(written, tables=replace(file, byte_size=1))))


async def test_many_artifacts_are_all_asked_for() -> None:
    """More files than are asked for at once: the last one is verified as the first is."""
    tables = tuple(f"t{number:02d}" for number in range(40))
    bench, maker, written = await _flushing(tables=tables)
    last = replace(written.files["t39"], crc32c=0)
    said = await _refused(bench, maker, _files(written, t39=last))

    assert f"{written.attempt}/t39.parquet" in said
    assert "an artifact has another checksum recorded=0" in said


async def test_artifacts_are_asked_for_in_windows() -> None:
    """Sixteen questions are under way at once, and no more: a merge of many sets does not flood the bucket."""
    tables = tuple(f"t{number:02d}" for number in range(40))
    bench, maker, written = await _flushing(tables=tables)
    counting = Counting(bench.bucket.inner)
    bench.bucket.inner = counting
    await maker.publish(**_naming(written))

    assert counting.most == 16


class Counting(ForwardingBucket):
    """Counts how many questions are under way."""

    now = 0
    most = 0

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Take a turn of the loop."""
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return await self.inner.head(name)
