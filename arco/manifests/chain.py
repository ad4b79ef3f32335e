"""Reading a domain's chain: finding the newest manifest, and noticing history that went back or broke.

Invariants:

* I11: `get` is all that is called.
* What is found stands, and its id, domain and format are right. Each link that is walked succeeds the one before (I6):
  its `parent_hash` is that of the raw bytes. A link that a hint names, and the last of a gallop, are compared with
  their predecessors; of the links that a gallop passes over, nothing may have gone down.
* What was found before is never left for something older: a reader goes on from its high-water mark, and reports a mark
  that does not stand there any more.
* A hint shortens the way. It decides nothing: an old or damaged one only costs requests. One that names what does not
  stand there is corruption.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, TypeAlias, final

from arco.errors import CorruptionError, UsageError
from arco.layout import Domain, DomainManifestKey, ManifestKey
from arco.manifests._newest import Newest, Uninitialised, known_newest, scope_and_stored
from arco.manifests.hint import Hint
from arco.manifests.manifest import Manifest
from arco.manifests.succession import validate_genesis, validate_progress, validate_succession
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import ReadStore
from arco.storage.views import scope_of

__all__ = ["ChainReader"]

_ChainKey: TypeAlias = ManifestKey | DomainManifestKey

_LOG = logging.getLogger(__name__)

# So many links are walked one by one, then the steps double.
_WALKED: Final = 4


@final
class ChainReader:
    """Finds the newest manifest of each domain, and keeps it as the mark to go on from. The `NewestToken` of leases.

    All methods raise CorruptionError for a chain that went back or broke, and for a hint or mark that names what does
    not stand: stop, and page somebody.
    """

    def __init__(self, chain: ReadStore[_ChainKey], marks: Iterable[Hint] = ()) -> None:
        """Begin from `marks`, which an earlier reader gave; without one, at the hint."""
        self._chain = chain
        self._scope = scope_of(chain)
        self._marks = {mark.domain: mark for mark in marks}
        self._newest: dict[Domain, Newest] = {}

    async def newest(self, domain: Domain) -> Newest | Uninitialised:
        """Find the newest manifest. One request if none was added since the last call, one more for each that was."""
        start = self._newest.get(domain) or await self._start(domain)
        if start is None:
            return Uninitialised(domain)
        found = await self._onward(start)
        known = self._newest.get(domain)
        if known is None or known.manifest_id < found.manifest_id:
            # Another call may have come further meanwhile.
            self._newest[domain] = found
        return self._newest[domain]

    async def newest_token(self, domain: Domain) -> int:
        """Give the `fencing_token` of the newest manifest; 0 if the domain has none."""
        newest = await self.newest(domain)
        return newest.manifest.fencing_token if isinstance(newest, Newest) else 0

    def published(self, newest: Newest) -> None:
        """Go on from a manifest that this process has published. Raises UsageError for one of another workspace."""
        stored = scope_and_stored(newest)
        if stored is None or stored[0] != self._scope:
            message = f"a reader goes on in its own workspace reader={self._scope.prefix}"
            raise UsageError(message)
        known = self._newest.get(newest.domain)
        if known is None or known.manifest_id < newest.manifest_id:
            self._newest[newest.domain] = newest

    async def recheck(self, domain: Domain) -> None:
        """Read the mark's manifest again: history that was taken away or replaced behind it is reported."""
        known = self._newest.get(domain)
        if known is not None:
            await self._marked(known.mark(), "the high-water mark")

    async def _start(self, domain: Domain) -> Newest | None:
        """Read the manifest to begin at: that of the mark, else that of the hint, else the first."""
        mark = self._marks.get(domain)
        if mark is not None:
            return await self._marked(mark, "the high-water mark")
        hint = await self._hinted(domain)
        if hint is not None and hint.manifest_id > 1:
            # What nobody has compared yet is compared with its predecessor, in the same round.
            found, before = await asyncio.gather(self._marked(hint, "the hint"), self._before(hint))
            self._follow(before, found)
            return found
        first = await self._read(domain, 1) if hint is None else await self._marked(hint, "the hint")
        if first is not None:
            self._report(first.manifest, validate_genesis(first.manifest))
        return first

    async def _hinted(self, domain: Domain) -> Hint | None:
        """Read the hint. One that is damaged is reported, and not followed: a walk from the first needs none."""
        stored = await self._chain.get(DomainManifestKey(domain))
        if stored is ABSENT:
            return None
        try:
            return Hint.parse(stored.data, domain)
        except CorruptionError as error:
            _LOG.warning("the hint is damaged, and the chain is walked from its beginning reason=%s", error)
            return None

    async def _marked(self, mark: Hint, what: str) -> Newest:
        key = ManifestKey(mark.domain, mark.manifest_id)
        found = await self._read(mark.domain, mark.manifest_id)
        if found is None:
            message = f"{what} names a manifest that is missing: history went back"
            raise CorruptionError(message, name=key.path)
        if found.manifest_hash != mark.manifest_hash:
            message = f"{what} names other bytes expected={mark.manifest_hash} stored={found.manifest_hash}"
            raise CorruptionError(message, name=key.path)
        return found

    async def _onward(self, start: Newest) -> Newest:
        """Go on from `start` to the last: a few steps of one, then a gallop, a bisection and one look at its parent."""
        newest = start
        for _ in range(_WALKED):
            following = await self._read(newest.domain, newest.manifest_id + 1)
            if following is None:
                return newest
            self._follow(newest, following)
            newest = following
        last = await self._gallop(newest)
        if last.manifest_id == newest.manifest_id:
            return newest
        before = newest if last.manifest_id == newest.manifest_id + 1 else await self._before(last.mark())
        self._follow(before, last)
        self._report(last.manifest, validate_progress(newest.manifest, last.manifest))
        return last

    async def _gallop(self, newest: Newest) -> Newest:
        """Find the last that stands: manifests have no gaps (I2), so presence is a threshold."""
        low, step, high = newest, 1, None
        while high is None or high - low.manifest_id > 1:
            at = low.manifest_id + step if high is None else (low.manifest_id + high) // 2
            found = await self._read(newest.domain, at)
            if found is None:
                high = at
            else:
                low, step = found, 2 * step
        return low

    async def _before(self, mark: Hint) -> Newest:
        """Read the predecessor of a link that is not the first; a hole in the chain is corruption."""
        before = await self._read(mark.domain, mark.manifest_id - 1)
        if before is None:
            message = "a manifest is missing from the chain"
            raise CorruptionError(message, name=ManifestKey(mark.domain, mark.manifest_id - 1).path)
        return before

    async def _read(self, domain: Domain, manifest_id: int) -> Newest | None:
        key = ManifestKey(domain, manifest_id)
        stored = await self._chain.get(key)
        return None if stored is ABSENT else known_newest(self._scope, key, stored.data)

    def _follow(self, before: Newest, after: Newest) -> None:
        """I6, asked of what is read."""
        flaws = validate_succession(before.manifest, before.manifest_hash, after.manifest)
        self._report(after.manifest, flaws)

    @staticmethod
    def _report(manifest: Manifest, flaws: Iterable[object]) -> None:
        told = "; ".join(str(flaw) for flaw in flaws)
        if told:
            message = f"the chain is broken: {told}"
            raise CorruptionError(message, name=manifest.key.path)
