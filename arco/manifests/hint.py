"""The hint: `heads/{domain}.manifest.json` names a recent manifest, so that nobody begins at the first.

It is only a hint: every reader goes on from it to the newest. A hint that names what does not stand there is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

from arco.documents import parse_document, render_document
from arco.errors import CorruptionError, InputError
from arco.layout import Domain, DomainManifestKey
from arco.manifests.manifest import FORMAT, HASH

__all__ = ["Hint"]

_BYTES_MAX = 64 * 1024


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
        document = parse_document(data, DomainManifestKey(domain).path, bytes_max=_BYTES_MAX)
        document.exactly("format", FORMAT)
        document.exactly("domain", domain.value)
        hint = cls(domain, document.whole("manifest_id", 1), document.text("manifest_hash", HASH))
        document.end()
        return hint
