"""The hint: `heads/{domain}.manifest.json` names a recent manifest, so that nobody begins at the first.

It is only a hint: every reader goes on from it to the newest. It is moved off the path of a commit, never backwards,
and a hint that names what does not stand there is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

from arco.documents import parse_document, render_document
from arco.errors import CorruptionError, InputError
from arco.fencing import NewestManifest
from arco.layout import Domain, DomainManifestKey
from arco.manifests.manifest import FORMAT, HASH
from arco.storage.bucket import ABSENT, Written
from arco.storage.capabilities import CasStore, ReadStore

__all__ = ["Hint", "move_hint"]


@final
@dataclass(frozen=True, slots=True)
class Hint:
    """The id and the hash of a manifest of `domain` that stands."""

    domain: Domain
    manifest_id: int
    manifest_hash: str

    def render(self) -> bytes:
        """Give the bytes to store. Raises InputError for a hint that could not be read again."""
        data = render_document(
            {
                "format": FORMAT,
                "domain": self.domain.value,
                "manifest_id": self.manifest_id,
                "manifest_hash": self.manifest_hash,
            }
        )
        self._read(data, self.domain)
        return data

    @classmethod
    def parse(cls, data: bytes, domain: Domain) -> Self:
        """Read stored bytes. Raises CorruptionError if they are not a hint of `domain`."""
        try:
            return cls._read(data, domain)
        except InputError as error:
            message = f"not a hint: {error.message}"
            raise CorruptionError(message, name=DomainManifestKey(domain).path) from error

    @classmethod
    def _read(cls, data: bytes, domain: Domain) -> Self:
        document = parse_document(data, DomainManifestKey(domain).path)
        document.exactly("format", FORMAT)
        document.exactly("domain", domain.value)
        hint = cls(domain, document.whole("manifest_id", 1), document.text("manifest_hash", HASH))
        document.end()
        return hint


async def move_hint(hints: ReadStore[DomainManifestKey], manifests: CasStore, newest: NewestManifest) -> bool:
    """Point the hint at `newest`, unless it points there or further already; whether this call moved it.

    A hint that is damaged is replaced: it is this that mends it. Two movers at once: the one that loses does nothing.
    Raises what the bucket does; the publish before it stays as it is. Raises InputError for a domain without a
    manifest: such a hint would be corruption to everybody.
    """
    key = DomainManifestKey(newest.domain)
    standing = await hints.get(key)
    if standing is not ABSENT and _reached(standing.data, newest.domain) >= newest.manifest_id:
        return False
    hint = Hint(newest.domain, newest.manifest_id, newest.manifest_hash)
    over = ABSENT if standing is ABSENT else standing.version
    return isinstance(await manifests.cas_head(key, hint.render(), over), Written)


def _reached(data: bytes, domain: Domain) -> int:
    try:
        return Hint.parse(data, domain).manifest_id
    except CorruptionError:
        return 0
