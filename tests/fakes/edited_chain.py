"""A chain in a bucket in which it can be edited: tests of readers break and bend its history from here."""

from __future__ import annotations

import json

from arco.manifests import ChainReader, Hint, Newest, compute_manifest_hash, move_hint
from arco.storage.memory import MemoryBucket
from tests.fakes.chain_bench import ChainBench
from tests.fakes.edited_bucket import EditedBucket
from tests.fakes.manual_clock import ManualClock

__all__ = ["HINT", "EditedChain", "ending", "grown"]

HINT = "heads/catalog.manifest.json"


class EditedChain:
    """A chain, the bucket in which it can be edited, and every manifest of it by its id."""

    def __init__(self) -> None:
        """Begin without a manifest."""
        clock = ManualClock()
        self.edited = EditedBucket(MemoryBucket(clock))
        self.bench = ChainBench(self.edited, clock)
        self.maker = self.bench.compactor()
        self.links: dict[int, Newest] = {}

    async def grow(self, links: int) -> None:
        """Publish up to so many."""
        while len(self.links) < links:
            newest = await self.maker.publish()
            self.links[newest.manifest_id] = newest

    async def hint(self, manifest_id: int) -> None:
        """Let the hint name one of them."""
        assert await move_hint(self.maker.views.catalog, self.maker.views.manifests, self.links[manifest_id])

    def reader(self, *marks: Hint) -> ChainReader:
        """Start a reader."""
        return ChainReader(self.bench.storage().reader_views().catalog, marks)

    def rewrite(self, manifest_id: int, **changes: object) -> str:
        """Let one of them say something else, and give the hash of what stands there then."""
        document = json.loads(self.links[manifest_id].manifest.render())
        data = json.dumps({**document, **changes}).encode()
        self.edited.replace(ending(manifest_id), data)
        return compute_manifest_hash(data)


def ending(manifest_id: int) -> str:
    """Give what the name of a manifest of the catalog ends in."""
    return f"manifests/catalog/{manifest_id:020d}.manifest.json"


async def grown(links: int, hint: int = 0) -> EditedChain:
    """Build one."""
    made = EditedChain()
    await made.grow(links)
    if hint:
        await made.hint(hint)
    return made
