"""Moving the hint: off the path of a commit, never backwards, and mending one that is wrong."""

from __future__ import annotations

from arco.errors import CorruptionError, UsageError
from arco.layout import DomainManifestKey, ManifestKey
from arco.manifests._newest import Newest, scope_and_stored
from arco.manifests.hint import Hint
from arco.storage.bucket import ABSENT, Absent, Stored, Written
from arco.storage.capabilities import CasStore, ReadStore
from arco.storage.views import scope_of

__all__ = ["move_hint"]


async def move_hint(chain: ReadStore[ManifestKey | DomainManifestKey], manifests: CasStore, newest: Newest) -> bool:
    """Point the hint at `newest`, unless it points there or further already; whether this call moved it.

    A hint that is damaged, or names what does not stand, is replaced: it is this that mends it. Two movers at once: the
    one that loses does nothing. Raises what the bucket does; the publish before it stays as it is. Raises UsageError
    for what was not read from its chain, or from another workspace's: such a hint would be corruption to everybody.
    """
    stored = scope_and_stored(newest)
    if stored is None or not stored[0] == scope_of(chain) == scope_of(manifests):
        message = "a hint names a manifest that was read, in its own workspace"
        raise UsageError(message)
    key = DomainManifestKey(newest.domain)
    standing = await chain.get(key)
    if await _may_stay(chain, standing, newest):
        return False
    over = ABSENT if standing is ABSENT else standing.version
    return isinstance(await manifests.cas_head(key, newest.mark().render(), over), Written)


async def _may_stay(
    chain: ReadStore[ManifestKey | DomainManifestKey], standing: Stored | Absent, newest: Newest
) -> bool:
    """Whether a hint is right, and as far as `newest` or further."""
    if standing is ABSENT:
        return False
    try:
        hint = Hint.parse(standing.data, newest.domain)
    except CorruptionError:
        return False
    if hint.manifest_id <= newest.manifest_id:
        return hint == newest.mark()
    # Somebody may have published meanwhile; or it points beyond the end.
    return await chain.get(ManifestKey(hint.domain, hint.manifest_id)) is not ABSENT
