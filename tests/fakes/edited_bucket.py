"""A bucket in which history was edited, as only a principal with a grant that nobody should have could."""

from __future__ import annotations

from dataclasses import replace
from typing import final

from arco.storage.bucket import ABSENT, Absent, Bucket, Stored
from arco.storage.decorators.forwarding import ForwardingBucket

__all__ = ["EditedBucket"]


@final
class EditedBucket(ForwardingBucket):
    """Reads as `inner` does, save for objects whose names end in what was edited."""

    def __init__(self, inner: Bucket) -> None:
        """Begin with nothing edited."""
        super().__init__(inner)
        self.edits: dict[str, bytes | Absent] = {}

    def take_away(self, *endings: str) -> None:
        """Let objects be missing."""
        self.edits.update(dict.fromkeys(endings, ABSENT))

    def replace(self, ending: str, data: bytes) -> None:
        """Let an object hold other bytes."""
        self.edits[ending] = data

    async def get(self, name: str) -> Stored | Absent:
        """Read what history is said to be."""
        found = await self.inner.get(name)
        for ending, data in self.edits.items():
            if name.endswith(ending):
                if data is ABSENT or found is ABSENT:
                    return ABSENT
                return replace(found, data=data)
        return found
