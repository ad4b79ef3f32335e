"""What a view refuses before any request, and how it asks for what it does ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from arco.errors import AccessDeniedError, CorruptionError, OutcomeUnknownError, UsageError
from arco.layout import Domain, DomainManifestKey, LedgerKey, LockKey, ManifestKey, Root, SentinelKey, StateKey
from arco.runtime import SeededRandomness
from arco.storage import views
from arco.storage.bucket import ABSENT, Absent, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.memory import MemoryBucket
from arco.storage.views import LockView, scope_of
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.handed_out import SCOPE, Bench, bench
from tests.fakes.manual_clock import ManualClock
from tests.fakes.recording_bucket import RecordingBucket

SEGMENT = LedgerKey(Domain.CATALOG, 1)
FOLDER = f"{Root.LEDGER.value}/{Domain.CATALOG.value}/"


@dataclass
class Denying:
    """Answers 403 for what is missing, and to a create of what exists: as Cloud Storage may without list and delete."""

    inner: MemoryBucket

    async def _present(self, operation: str, name: str) -> None:
        if await self.inner.get(name) is ABSENT:
            raise AccessDeniedError(operation=operation, name=name)

    async def get(self, name: str) -> Stored | Absent:
        """Deny what is missing."""
        await self._present("get", name)
        return await self.inner.get(name)

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Deny what is missing."""
        await self._present("get_range", name)
        return await self.inner.get_range(name, start, end)

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Deny what is missing."""
        await self._present("head", name)
        return await self.inner.head(name)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Deny a create of what exists."""
        answer = await self.inner.put(name, data, if_version)
        if isinstance(answer, Refused) and if_version is ABSENT:
            raise AccessDeniedError(operation="put", name=name)
        return answer

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Do as the bucket does."""
        return await self.inner.delete(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """Do as the bucket does."""
        return await self.inner.list_page(prefix, start_after, limit)


@dataclass
class LosingReplies(Denying):
    """Loses the reply to each write that took place."""

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, and lose the reply."""
        if isinstance(await self.inner.put(name, data, if_version), Written):
            message = "reply lost"
            raise OutcomeUnknownError(message, name=name)
        return Refused(None)


@dataclass
class ListingEverything(Denying):
    """Lists names from outside the prefix that was asked for."""

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """Give somebody else's name."""
        page = await self.inner.list_page(prefix, start_after, limit)
        return Page((f"tenant=other/{prefix}x", *page.names), None)


def _over(kind: type[Denying]) -> WorkspaceStorage:
    clock = ManualClock()
    bucket = RecordingBucket(kind(MemoryBucket(clock)))
    return WorkspaceStorage(bucket, SCOPE, clock=clock, randomness=SeededRandomness(1))


def _view(made: Bench, role: str, field: str) -> Any:  # noqa: ANN401 tests pass what no type checker would
    return made.views[role][field]


@pytest.mark.parametrize("name", sorted(bench().all_views()))
def test_view_tells_its_workspace(name: str) -> None:
    """Whatever kind a view is of, it is known whose it is."""
    assert scope_of(bench().all_views()[name]) == SCOPE


@pytest.mark.parametrize("name", sorted(name for name in views.__all__ if name.endswith("View")))
def test_shell_of_a_view_has_no_workspace(name: str) -> None:
    """An object that nobody handed out is of no workspace, and that is an error."""
    with pytest.raises(UsageError, match="that its module made"):
        scope_of(object.__new__(getattr(views, name)))


class LyingView:
    """Says that it is a view, of a workspace of its choice."""

    __class__ = LockView  # type: ignore[assignment]
    scope = SCOPE


@pytest.mark.parametrize(
    "stranger", [LyingView(), MemoryBucket(ManualClock()), SCOPE, None], ids=["liar", "bucket", "scope", "nothing"]
)
def test_what_is_no_view_has_no_workspace(stranger: object) -> None:
    """By its very type: what an object says of itself does not count."""
    with pytest.raises(UsageError, match="not a view that a workspace's storage handed out"):
        scope_of(stranger)


async def test_segment_whose_reply_was_lost_is_found_on_its_name() -> None:
    """A segment is settled: its own bytes stand there, so it was written."""
    answer = await _over(LosingReplies).api_views().segments.put_ledger(SEGMENT, b"ours")

    assert isinstance(answer, Written)


async def test_manifest_whose_reply_was_lost_is_found_on_its_name() -> None:
    """A manifest is settled: its own bytes stand there, so it was published."""
    key = ManifestKey(Domain.CATALOG, 1)
    answer = await _over(LosingReplies).compactor_views().manifests.create_manifest(key, b"ours")

    assert isinstance(answer, Written)


async def test_sentinel_that_stands_is_no_denial() -> None:
    """A service that starts again is answered 403 by some backends, and learns that the sentinel is there."""
    sentinels = _over(Denying).api_views().sentinels
    key = SentinelKey(Root.LEDGER)
    first = await sentinels.create_sentinel(key, b"one")
    second = await sentinels.create_sentinel(key, b"another")

    assert isinstance(first, Written)
    assert isinstance(second, Refused)


async def test_artifact_whose_reply_was_lost_is_for_its_writer_to_settle() -> None:
    """An artifact is one try: its fate stays unknown, and a fresh attempt follows."""
    artifacts = _over(LosingReplies).compactor_views().artifacts
    key = StateKey(Domain.CATALOG, 0, "0123456789abcdef", "tables")

    with pytest.raises(OutcomeUnknownError):
        await artifacts.put_state(key, b"ours")


async def test_hint_whose_reply_was_lost_is_not_pursued() -> None:
    """The hint is one try: correctness never depends on it."""
    made = _over(LosingReplies)

    with pytest.raises(OutcomeUnknownError):
        await made.compactor_views().manifests.cas_head(DomainManifestKey(Domain.CATALOG), b"1", ABSENT)


async def test_missing_object_is_absent_where_the_backend_denies_it() -> None:
    """Reads, descriptions and locks tell absent from denied by the sentinel of the key's root."""
    storage = _over(Denying)
    compactor, api = storage.compactor_views(), storage.api_views()
    for view, root in ((compactor.sentinels, Root.STATE), (api.sentinels, Root.LOCKS), (api.sentinels, Root.LEDGER)):
        await view.create_sentinel(SentinelKey(root), b"here")
    artifact = StateKey(Domain.CATALOG, 0, "0123456789abcdef", "tables")

    assert await api.ledger.get(SEGMENT) is ABSENT
    assert await api.ledger.get_range(SEGMENT, 0, 1) is ABSENT
    assert await api.locks.read_lock(LockKey(Domain.CATALOG)) is ABSENT
    assert await compactor.metadata.head_state(artifact) is ABSENT


async def test_denied_root_is_not_absent() -> None:
    """Without a sentinel that can be read, a denial stays one."""
    with pytest.raises(AccessDeniedError):
        await _over(Denying).api_views().ledger.get(SEGMENT)


@pytest.mark.parametrize("data", [bytearray(b"x"), memoryview(b"x"), "x", None, type("Bytes", (bytes,), {})(b"x")])
async def test_data_that_could_change_is_refused(data: object) -> None:
    """Only `bytes` itself is written: what is sent twice must be the same."""
    made = bench()

    with pytest.raises(UsageError, match="data are bytes"):
        await _view(made, "api", "segments").put_ledger(SEGMENT, data)
    with pytest.raises(UsageError, match="data are bytes"):
        await _view(made, "api", "locks").write_lock(LockKey(Domain.CATALOG), data, ABSENT)
    assert not made.bucket.asked


@pytest.mark.parametrize("version", [None, 1, 0, True, b"1", object()])
async def test_write_without_a_version_is_refused(version: object) -> None:
    """A write names a version or absence, a delete a version: nothing else reaches a client that may ignore it."""
    made = bench()

    with pytest.raises(UsageError, match="names the version"):
        await _view(made, "compactor", "manifests").cas_head(DomainManifestKey(Domain.CATALOG), b"x", version)
    with pytest.raises(UsageError, match="names the version"):
        await _view(made, "gc", "artifacts").delete_artifact(
            StateKey(Domain.CATALOG, 0, "0123456789abcdef", "tables"), version
        )
    assert not made.bucket.asked


async def test_delete_of_whatever_stands_there_is_refused() -> None:
    """Absence is no version to delete."""
    made = bench()
    key = StateKey(Domain.CATALOG, 0, "0123456789abcdef", "tables")

    with pytest.raises(UsageError, match="names the version"):
        await _view(made, "gc", "artifacts").delete_artifact(key, ABSENT)
    assert not made.bucket.asked


@pytest.mark.parametrize("key", ["ledger/catalog/00000000000000000001.json", None, 1, Root.LEDGER, LedgerKey])
async def test_what_is_no_key_is_refused(key: object) -> None:
    """A string is no key, and neither is a key's class."""
    made = bench()

    with pytest.raises(UsageError, match="for other keys"):
        await _view(made, "api", "ledger").get(key)
    assert not made.bucket.asked


async def test_class_that_calls_itself_a_key_is_refused() -> None:
    """A class that hashes as a key's and equals everything cannot spell a path of its own."""

    class Meta(type):
        def __eq__(cls, other: object) -> bool:
            return True

        def __hash__(cls) -> int:
            return hash(LedgerKey)

    class Forged(metaclass=Meta):
        root = Root.LEDGER
        path = "../other"

    made = bench()

    with pytest.raises(UsageError, match="for other keys"):
        await _view(made, "api", "ledger").get(Forged())
    assert not made.bucket.asked


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (2, 1)])
async def test_range_that_is_none_is_refused(start: int, end: int) -> None:
    """A range begins at 0 or later and does not end before it begins."""
    made = bench()

    with pytest.raises(UsageError, match="range"):
        await _view(made, "api", "ledger").get_range(SEGMENT, start, end)
    assert not made.bucket.asked


@pytest.mark.parametrize("limit", [0, -1, 1001, 1.0, True, None, "1"])
async def test_page_without_bounds_is_refused(limit: object) -> None:
    """A page has from 1 to 1,000 names."""
    made = bench()

    with pytest.raises(UsageError, match="a page has from 1 to 1000 names"):
        await _view(made, "antientropy", "names").list_page(Root.LEDGER, Domain.CATALOG, "", limit)
    assert not made.bucket.asked


@pytest.mark.parametrize("limit", [1, 1000])
async def test_page_of_any_bounded_size_is_asked_for(limit: int) -> None:
    """The bounds themselves are allowed, and are in the request."""
    made = bench()
    await _view(made, "antientropy", "names").list_page(Root.LEDGER, Domain.CATALOG, "", limit)

    assert [asked.rest for asked in made.bucket.asked] == [("", limit)]


@pytest.mark.parametrize(
    "start_after",
    [
        f"{Root.STATE.value}/{Domain.CATALOG.value}/x",
        f"{Root.LEDGER.value}/lineage/x",
        SCOPE.prefix + FOLDER,
        "x",
        None,
    ],
)
async def test_page_that_starts_elsewhere_is_refused(start_after: object) -> None:
    """A page starts at the beginning or behind a path of its own folder, without the scope."""
    made = bench()

    with pytest.raises(UsageError, match="behind a path of its own folder"):
        await _view(made, "antientropy", "names").list_page(Root.LEDGER, Domain.CATALOG, start_after, 1)
    assert not made.bucket.asked


@pytest.mark.parametrize(
    ("root", "domain"), [(Root.LEDGER.value, Domain.CATALOG), (Root.LEDGER, Domain.CATALOG.value), (Root.LEDGER, None)]
)
async def test_folder_is_named_by_a_root_and_a_domain(root: object, domain: object) -> None:
    """A string names no folder."""
    made = bench()

    with pytest.raises(UsageError, match="roots|a Root and a Domain"):  # noqa: RUF043 an alternative
        await _view(made, "antientropy", "names").list_page(root, domain, "", 1)
    assert not made.bucket.asked


async def test_pages_follow_each_other_without_the_scope() -> None:
    """Paths come back without the scope, and what a page ends with is where the next begins."""
    made = bench()
    for position in (1, 2, 3):
        await made.views["api"]["segments"].put_ledger(LedgerKey(Domain.CATALOG, position), b"x")
    lister = made.views["antientropy"]["names"]
    first = await lister.list_page(Root.LEDGER, Domain.CATALOG, "", 2)
    second = await lister.list_page(Root.LEDGER, Domain.CATALOG, first.next_after, 2)
    paths = [*first.names, *second.names]

    assert [LedgerKey.parse(path).position for path in paths] == [1, 2, 3]
    assert second.next_after is None


async def test_listed_name_from_outside_is_corruption() -> None:
    """A name from outside the folder that was asked for is reported, and never cut into a path."""
    names = _over(ListingEverything).antientropy_views().names

    with pytest.raises(CorruptionError):
        await names.list_page(Root.LEDGER, Domain.CATALOG, "", 1)
