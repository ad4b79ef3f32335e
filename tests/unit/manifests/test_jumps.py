"""Whoever does not walk each link is not led astray: what a hint names, and where a gallop ends, fits what is known."""

from __future__ import annotations

import pytest

from arco.errors import CorruptionError
from arco.manifests import Hint, compute_manifest_hash
from tests.fakes.chain_bench import DOMAIN
from tests.fakes.edited_chain import HINT, EditedChain, ending, grown

LINKS = {"parent_hash": compute_manifest_hash(b"other"), "key_horizon": 5, "event_count": 0, "ledger_token": 0}


async def _corruption(made: EditedChain, *marks: Hint) -> str:
    with pytest.raises(CorruptionError) as caught:
        await made.reader(*marks).newest(DOMAIN)
    return str(caught.value)


@pytest.mark.parametrize("field", LINKS)
@pytest.mark.parametrize("manifest_id", [3, 7])
async def test_broken_link_that_the_hint_names_is_corruption(manifest_id: int, field: str) -> None:
    """A hint on a link that breaks the chain takes nobody past the check: it is compared with its predecessor (I6)."""
    made = await grown(manifest_id, manifest_id)
    broken = made.rewrite(manifest_id, **{field: LINKS[field]})
    made.edited.replace(HINT, Hint(DOMAIN, manifest_id, broken).render())
    said = await _corruption(made)

    assert "the chain is broken: " in said
    assert f"field={field}" in said
    assert ending(manifest_id) in said


async def test_first_manifest_that_the_hint_names_is_genesis() -> None:
    """A hint on a first manifest that is none takes nobody past the check."""
    made = await grown(1, 1)
    broken = made.rewrite(1, event_count=1)
    made.edited.replace(HINT, Hint(DOMAIN, 1, broken).render())

    assert "nothing is applied at genesis value=1" in await _corruption(made)


async def test_hole_before_what_the_hint_names_is_corruption() -> None:
    """What a hint names has a predecessor: one that is missing was taken away."""
    made = await grown(5, 5)
    made.edited.take_away(ending(4))
    said = await _corruption(made)

    assert "a manifest is missing from the chain" in said
    assert ending(4) in said


# From 1, four are walked; a gallop then ends at 12, and compares it with 11.
LOWER: dict[str, tuple[object, str]] = {
    "key_horizon": (5, "fixed at genesis: 200000"),
    "event_count": (1, "goes down from 4 to 1"),
    "fold_version": (1, "goes down from 2 to 1"),
    "fencing_token": (1, "goes down from 2 to 1"),
    "snapshot_version": (1, "goes down from 4 to 1"),
    "watermarks": ({"lineage": 5}, "goes down from 6 to 5"),
}


@pytest.mark.parametrize("field", LOWER)
async def test_gallop_never_ends_behind_its_start(field: str) -> None:
    """A chain of its own behind the links that a gallop passes over is told by what may never go down."""
    value, words = LOWER[field]
    made = await _high()
    changes = {field: value, "ledger_token": 1}
    parent = made.rewrite(11, **changes)
    made.rewrite(12, parent_hash=parent, **changes)
    said = await _corruption(made)

    assert f"the chain is broken: {words} field={field}" in said
    assert ending(12) in said


async def test_gallop_whose_last_links_only_go_on_is_followed() -> None:
    """The same edit that takes nothing back is none that anybody could tell."""
    made = await _high()
    parent = made.rewrite(11, totals={"tables": 1})
    made.rewrite(12, parent_hash=parent)

    assert (await made.reader().newest(DOMAIN)).manifest_id == 12


async def _high() -> EditedChain:
    """Give a chain of twelve links that is above all its beginnings from the second one on."""
    made = await grown(1)
    made.bench.clock.advance(60)
    made.maker = made.bench.compactor()
    for number in range(2, 13):
        newest = await made.maker.publish(fold_version=2, watermarks={"lineage": 6}, ledger_token=1)
        made.links[number] = newest
    return made
