"""I11: a reader calls `get` and nothing else; and what finding the newest costs, in requests, to the last one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from arco.errors import CorruptionError
from arco.manifests import ChainReader, Hint, Newest, Visible, draft_next, move_hint
from arco.storage.bucket import ABSENT, Absent, Stored
from arco.storage.decorators.forwarding import ForwardingBucket
from tests.fakes.chain_bench import DOMAIN, ChainBench

FAR = 1000


class Younger(ForwardingBucket):
    """Shows the chain as it was when it had so many links."""

    links = FAR

    async def get(self, name: str) -> Stored | Absent:
        """Read, if it was there."""
        number = name.rpartition("/")[2].partition(".")[0]
        if "/manifests/" in name and number.isdigit() and int(number) > self.links:
            return ABSENT
        return await self.inner.get(name)


@dataclass(frozen=True)
class Long:
    """A chain whose links all show the same state, its marks by their ids, and a bucket that can be younger."""

    bench: ChainBench
    younger: Younger
    marks: dict[int, Hint]

    async def requests(self, links: int, mark: int) -> int:
        """Find the newest of so many links from a mark; it must be the last. Tell what that cost without the start."""
        self.younger.links = links
        reader = ChainReader(self.bench.storage().reader_views().catalog, [self.marks[mark]])
        self.bench.asked.clear()
        newest = await reader.newest(DOMAIN)
        assert newest.manifest_id == links, (links, mark)
        operations = self.bench.operations()
        assert set(operations) == {"get"}
        return len(operations) - 1


async def long_chain(links: int) -> Long:
    """Publish so many links."""
    bench = ChainBench()
    maker = bench.compactor()
    newest = await maker.publish()
    marks = {1: newest.mark()}
    token = (await maker.lease()).token
    while newest.manifest_id < links:
        draft = draft_next(newest, token, ids=maker.ids, clock=bench.clock)
        published = await maker.publisher.publish(await maker.permit(newest), newest, draft)
        assert isinstance(published, Visible)
        newest = published.newest
        marks[newest.manifest_id] = newest.mark()
    bench.bucket.inner = younger = Younger(bench.bucket.inner)
    return Long(bench, younger, marks)


def expected(lag: int) -> int:
    """Count the requests of a reader that is `lag` links behind.

    Up to three links: each, and the one that is absent. Beyond: four are walked; then the steps double, 1, 2, 4, until
    one is absent, and as many halve the last; a link that was not walked to is compared with its predecessor.
    """
    if lag < 4:
        return lag + 1
    rest = lag - 4
    doublings = (rest + 1).bit_length() - 1
    return 4 + doublings + 1 + doublings + (1 if rest > 1 else 0)


async def test_newest_is_found_from_every_start() -> None:
    """Each length to 40, from each mark: the newest is found, at the cost of what is behind it."""
    chain = await long_chain(40)
    for links in range(1, 41):
        for mark in range(1, links + 1):
            requests = await chain.requests(links, mark)

            assert requests == expected(links - mark), (links, mark)


async def test_a_thousand_links_are_galloped_through() -> None:
    """The cost grows with the logarithm of the way: a thousand links take two dozen requests."""
    chain = await long_chain(FAR)
    costs = {lag: await chain.requests(FAR, FAR - lag) for lag in (0, 1, 3, 4, 5, 6, 35, 100, 500, 998, 999)}
    from_the_middle = await chain.requests(517, 3)

    assert costs == {lag: expected(lag) for lag in costs}
    assert (costs[0], costs[1], costs[100], costs[999]) == (1, 2, 18, 24)
    assert from_the_middle == expected(514)


async def _reader(links: int, hint: int) -> tuple[ChainBench, ChainReader]:
    """Give a chain, a hint into it if there is one, and a reader of which nothing was asked yet."""
    bench = ChainBench()
    maker = bench.compactor()
    for number in range(1, links + 1):
        newest = await maker.publish()
        if number == hint:
            await move_hint(maker.views.catalog, maker.views.manifests, newest)
    reader = bench.reader()
    bench.asked.clear()
    return bench, reader


@pytest.mark.parametrize(
    ("links", "hint", "requests"),
    [
        (0, 0, 2),  # hint, 1
        (1, 0, 3),  # hint, 1, 2
        (3, 0, 5),  # hint, 1, 2, 3, 4
        (1, 1, 3),  # hint, 1, 2
        (3, 3, 4),  # hint, 3 and 2, 4
        (5, 3, 6),  # hint, 3 and 2, 4, 5, 6
        (30, 2, 3 + expected(28)),
    ],
)
async def test_reader_only_calls_get_operations(links: int, hint: int, requests: int) -> None:
    """Cold, with and without a hint, near and far: only `get`, and exactly as often as needed; warm: once."""
    bench, reader = await _reader(links, hint)
    await reader.newest(DOMAIN)
    cold = bench.operations()
    await reader.newest(DOMAIN)
    warm = bench.operations()
    await reader.newest_token(DOMAIN)
    token = bench.operations()

    assert cold == ["get"] * requests
    assert warm == token == ["get"] * (1 if links else 2)


@pytest.mark.parametrize("added", [1, 2, 3, 9])
async def test_warm_reader_reads_what_was_added(added: int) -> None:
    """After publishes, a reader that was warm reads each new link and one that is absent; then one again."""
    bench = ChainBench()
    maker = bench.compactor()
    await maker.grow(2)
    reader = bench.reader()
    await reader.newest(DOMAIN)
    newest = await maker.grow(2 + added)
    bench.asked.clear()
    found = await reader.newest(DOMAIN)
    warm = bench.operations()
    await reader.newest(DOMAIN)

    assert isinstance(found, Newest)
    assert found.manifest_hash == newest.manifest_hash
    assert warm == ["get"] * expected(added)
    assert bench.operations() == ["get"]


async def test_process_that_published_is_warm() -> None:
    """A publisher that told its reader asks one question to know that nobody else has published."""
    bench = ChainBench()
    maker = bench.compactor()
    await maker.grow(3)
    bench.asked.clear()
    await maker.chain.newest(DOMAIN)

    assert [asked.name for asked in bench.asked] == [bench.path(f"manifests/catalog/{4:020d}.manifest.json")]


async def test_recheck_reads_one_object() -> None:
    """Looking back costs one request."""
    bench, reader = await _reader(5, 0)
    await reader.newest(DOMAIN)
    bench.asked.clear()
    await reader.recheck(DOMAIN)

    assert bench.operations() == ["get"]


async def test_reader_of_corrupt_history_only_gets() -> None:
    """A reader that finds something wrong says so, and neither repairs nor lists."""
    bench, reader = await _reader(3, 3)
    bench.bucket.inner = Younger(bench.bucket.inner)
    bench.bucket.inner.links = 2
    with pytest.raises(CorruptionError, match="history went back"):
        await reader.newest(DOMAIN)

    assert set(bench.operations()) == {"get"}
