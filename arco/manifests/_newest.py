"""The newest manifest, as it was found. Only this package imports this module, and an import contract says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from arco.layout import Domain
from arco.manifests.hint import Hint
from arco.manifests.manifest import Manifest, compute_manifest_hash
from arco.storage.sealed import Holdings, Sealed

__all__ = ["Newest", "Uninitialised", "known_newest"]


@final
@dataclass(frozen=True, slots=True)
class Uninitialised:
    """A domain without a manifest: not an empty one. Its first manifest is genesis."""

    domain: Domain

    @property
    def manifest_id(self) -> int:
        """0: what follows is 1."""
        return 0

    @property
    def manifest_hash(self) -> str:
        """Empty: there are no bytes."""
        return ""


@final
class Newest(Sealed):
    """A manifest that was read from its chain, or that this process has published: nobody can make one up."""

    __slots__ = ()

    @property
    def manifest(self) -> Manifest:
        """What it says."""
        return _NEWEST.of(self).manifest

    @property
    def manifest_hash(self) -> str:
        """The hash of its stored bytes."""
        return _NEWEST.of(self).manifest_hash

    @property
    def domain(self) -> Domain:
        """The domain of the chain."""
        return _NEWEST.of(self).manifest.domain

    @property
    def manifest_id(self) -> int:
        """Its id."""
        return _NEWEST.of(self).manifest.manifest_id

    def mark(self) -> Hint:
        """Give the high-water mark to keep across restarts: no later reader that is given it goes back behind it."""
        return Hint(self.domain, self.manifest_id, self.manifest_hash)


@dataclass(frozen=True, slots=True)
class _Link:
    manifest: Manifest
    manifest_hash: str


_NEWEST: Final[Holdings[Newest, _Link]] = Holdings(Newest)


def known_newest(manifest: Manifest, data: bytes) -> Newest:
    """Take the bytes of a manifest that is known to stand."""
    return _NEWEST.mint(_Link(manifest, compute_manifest_hash(data)))
