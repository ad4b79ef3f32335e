"""The newest manifest is found from anywhere; history that broke or went back is reported, never followed."""

from __future__ import annotations

import asyncio

import pytest

from arco.errors import CorruptionError
from arco.layout import Domain
from arco.manifests import ChainReader, Hint, Newest, Uninitialised, compute_manifest_hash
from arco.storage.bucket import Absent, Stored
from arco.storage.decorators.forwarding import ForwardingBucket
from tests.fakes.chain_bench import DOMAIN
from tests.fakes.edited_chain import HINT, EditedChain, ending, grown


async def _found(reader: ChainReader) -> int:
    return (await reader.newest(DOMAIN)).manifest_id


async def _corruption(reader: ChainReader) -> str:
    with pytest.raises(CorruptionError) as caught:
        await reader.newest(DOMAIN)
    return str(caught.value)


async def test_domain_without_a_manifest_is_uninitialised() -> None:
    """A domain without a manifest is not an empty one, and has no token."""
    reader = EditedChain().reader()
    newest = await reader.newest(DOMAIN)

    assert newest == Uninitialised(DOMAIN)
    assert (newest.manifest_id, newest.manifest_hash) == (0, "")
    assert await reader.newest_token(DOMAIN) == 0


async def test_domain_is_found_once_it_has_a_manifest() -> None:
    """Whoever found nothing looks again from the start."""
    made = EditedChain()
    reader = made.reader()
    before = await _found(reader)
    await made.grow(2)

    assert (before, await _found(reader)) == (0, 2)


@pytest.mark.parametrize("hint", [0, 1, 3, 7, 8])
async def test_newest_is_found_from_any_hint(hint: int) -> None:
    """A hint shortens the way and decides nothing: absent, old or fresh, the newest is the same."""
    made = await grown(8, hint)
    newest = await made.reader().newest(DOMAIN)

    assert isinstance(newest, Newest)
    assert newest.manifest_hash == made.links[8].manifest_hash
    assert newest.manifest == made.links[8].manifest
    assert newest.domain is DOMAIN


async def test_token_is_that_of_the_newest_manifest() -> None:
    """Leases learn how far published tokens have come."""
    made = await grown(2)
    made.bench.clock.advance(33)
    await made.bench.compactor().publish()

    assert await made.reader().newest_token(DOMAIN) == 2


async def test_domains_have_chains_of_their_own() -> None:
    """What is published of one domain is nothing to another."""
    made = await grown(3, 2)

    assert await made.reader().newest(Domain.LINEAGE) == Uninitialised(Domain.LINEAGE)


async def test_hint_that_names_a_missing_manifest_is_corruption() -> None:
    """A hint is moved only to what stands: what it names and is missing was taken away."""
    made = await grown(3, 3)
    made.edited.take_away(ending(3))

    assert "the hint names a manifest that is missing: history went back" in await _corruption(made.reader())


async def test_hint_that_names_other_bytes_is_corruption() -> None:
    """What stands under the hint's id is not what it was moved to."""
    made = await grown(3, 3)
    made.rewrite(3, published_at="2020-01-01T00:00:00Z")
    said = await _corruption(made.reader())

    assert f"the hint names other bytes expected={made.links[3].manifest_hash} stored=sha256:" in said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a hint: not a JSON document"),
        (b"{", "not a hint: not a JSON document"),
        (Hint(Domain.LINEAGE, 1, compute_manifest_hash(b"")).render(), "not a hint: must be 'catalog' field=domain"),
    ],
    ids=["empty", "damaged", "other domain"],
)
async def test_hint_that_is_none_closes_nothing(data: bytes, words: str, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged hint, and one of another domain, are logged; the chain is walked from its beginning."""
    made = await grown(7, 7)
    made.edited.replace(HINT, data)
    found = await _found(made.reader())

    assert found == 7
    assert "the hint is damaged, and the chain is walked from its beginning" in caplog.text
    assert words in caplog.text


async def test_damaged_hint_decides_nothing_about_a_first_manifest() -> None:
    """Whoever begins at the first, since the hint is damaged, asks whether it is one."""
    made = await grown(1, 1)
    made.edited.replace(HINT, b"{")
    made.rewrite(1, event_count=1)

    assert "nothing is applied at genesis value=1" in await _corruption(made.reader())


async def test_first_manifest_that_is_no_genesis_is_corruption() -> None:
    """Whoever begins at the first asks whether it is one."""
    made = await grown(1)
    made.rewrite(1, event_count=1)

    assert "the chain is broken: nothing is applied at genesis value=1" in await _corruption(made.reader())


@pytest.mark.parametrize("manifest_id", [2, 3, 4, 5, 12])
async def test_link_that_is_no_successor_is_corruption(manifest_id: int) -> None:
    """A manifest that breaks a rule is not followed, whether it was walked to or galloped to (I6)."""
    made = await grown(manifest_id)
    made.rewrite(manifest_id, key_horizon=5)
    said = await _corruption(made.reader())

    assert "the chain is broken: fixed at genesis: 200000 field=key_horizon" in said
    assert ending(manifest_id) in said


@pytest.mark.parametrize("manifest_id", [2, 4, 12])
async def test_link_with_another_parent_is_corruption(manifest_id: int) -> None:
    """A manifest whose parent has other bytes is not followed."""
    made = await grown(manifest_id)
    made.rewrite(manifest_id, parent_hash=compute_manifest_hash(b"other"))

    assert "field=parent_hash" in await _corruption(made.reader())


async def test_hole_before_the_newest_is_corruption() -> None:
    """The newest that a gallop finds has a predecessor: one that is missing was taken away."""
    # From 5, a gallop asks for 6, 8, 12 and 20, then for 16, 14 and 13, and for the predecessor of 12.
    made = await grown(12)
    made.edited.take_away(ending(11))
    said = await _corruption(made.reader())

    assert "a manifest is missing from the chain" in said
    assert ending(11) in said


async def test_manifest_under_another_id_is_corruption() -> None:
    """A manifest says under which id it stands."""
    made = await grown(3)
    made.edited.replace(ending(3), made.links[2].manifest.render())

    assert "must be 3 field=manifest_id" in await _corruption(made.reader())


async def test_known_manifest_is_gone_on_from() -> None:
    """A reader that knows a manifest reads what was added, and neither the hint nor anything before."""
    made = await grown(3, 3)
    reader = made.reader()
    await reader.newest(DOMAIN)
    made.edited.replace(HINT, b"{")
    made.edited.take_away(ending(1), ending(2))
    await made.grow(5)

    assert await _found(reader) == 5


async def test_mark_is_gone_on_from_after_a_restart() -> None:
    """A reader that is given an earlier one's mark begins there, whatever the hint says."""
    made = await grown(5, 2)
    reader = made.reader()
    newest = await reader.newest(DOMAIN)
    assert isinstance(newest, Newest)
    mark = newest.mark()
    made.edited.replace(HINT, b"{")
    await made.grow(7)

    assert mark == Hint(DOMAIN, 5, made.links[5].manifest_hash)
    assert await _found(made.reader(mark)) == 7


async def test_pointer_regression_rejected_by_the_mark() -> None:
    """An old hint is restored and history behind the mark taken away, by a principal that has the grant: reported."""
    made = await grown(5, 3)
    newest = await made.reader().newest(DOMAIN)
    assert isinstance(newest, Newest)
    made.edited.take_away(ending(4), ending(5))
    unmarked = await _found(made.reader())
    said = await _corruption(made.reader(newest.mark()))

    assert unmarked == 3, "without a mark nothing tells that there was more"
    assert "the high-water mark names a manifest that is missing: history went back" in said
    assert ending(5) in said


async def test_old_hint_that_is_restored_takes_nobody_back() -> None:
    """The hint alone went back: whoever begins there still finds the newest."""
    made = await grown(6, 2)

    assert await _found(made.reader()) == 6


async def test_replaced_history_is_rejected_by_the_mark() -> None:
    """What stands at the mark has other bytes: reported after a restart."""
    made = await grown(5, 2)
    made.rewrite(5, totals={"tables": 1})
    said = await _corruption(made.reader(made.links[5].mark()))

    assert f"the high-water mark names other bytes expected={made.links[5].manifest_hash}" in said


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda made: made.edited.take_away(ending(5)), "the high-water mark names a manifest that is missing"),
        (lambda made: made.rewrite(5, totals={"tables": 1}), "the high-water mark names other bytes"),
    ],
    ids=["taken away", "replaced"],
)
async def test_recheck_finds_history_that_changed_behind_the_mark(edit: object, words: str) -> None:
    """A reader that goes on never looks back, so it is told to, now and then; what it knows stays what it was."""
    made = await grown(5)
    reader = made.reader()
    await reader.newest(DOMAIN)
    await reader.recheck(DOMAIN)
    assert callable(edit)
    edit(made)
    with pytest.raises(CorruptionError, match=words):
        await reader.recheck(DOMAIN)

    assert await _found(reader) == 5


async def test_recheck_of_nothing_asks_nothing() -> None:
    """A reader that knows no manifest has no mark to look at."""
    made = await grown(1)
    reader = made.reader()
    made.bench.asked.clear()
    await reader.recheck(DOMAIN)

    assert made.bench.operations() == []


async def test_published_manifest_is_gone_on_from() -> None:
    """What this process published is its mark; what it published before that changes nothing."""
    made = await grown(4)
    reader = made.reader()
    reader.published(made.links[3])
    reader.published(made.links[2])
    made.edited.take_away(ending(1), ending(2), ending(3), HINT)

    assert await _found(reader) == 4


class Slow(ForwardingBucket):
    """Lets the first answer that a name is missing wait until it is let go."""

    def __init__(self, made: EditedChain) -> None:
        """Stand around the bucket."""
        super().__init__(made.edited)
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()

    async def get(self, name: str) -> Stored | Absent:
        """Read, and bring the answer late."""
        found = await self.inner.get(name)
        if not isinstance(found, Stored) and not self.reached.is_set():
            self.reached.set()
            await self.let_go.wait()
        return found


async def test_calls_at_once_never_go_back() -> None:
    """A call whose answer comes late does not take the reader back behind what another call has found."""
    made = await grown(3)
    reader = made.reader(made.links[3].mark())
    made.bench.bucket.inner = slow = Slow(made)
    late = asyncio.create_task(reader.newest(DOMAIN))
    await slow.reached.wait()
    await made.grow(6)
    early = await _found(reader)
    slow.let_go.set()

    assert (early, (await late).manifest_id, await _found(reader)) == (6, 6, 6)


async def test_hint_is_read_before_there_is_a_manifest() -> None:
    """A domain whose only trace is a hint is corrupt, not uninitialised."""
    made = await grown(1, 1)
    made.edited.take_away(ending(1))

    assert "the hint names a manifest that is missing" in await _corruption(made.reader())
