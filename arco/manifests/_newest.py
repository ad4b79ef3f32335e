"""The newest manifest, as it was found. Only this package imports this module, and an import contract says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

from arco.errors import UsageError
from arco.layout import Domain, ManifestKey, Scope
from arco.manifests.hint import Hint
from arco.manifests.manifest import Manifest, compute_manifest_hash
from arco.storage.sealed import Holdings, Sealed

__all__ = ["Newest", "Uninitialised", "known_newest", "scope_and_stored"]


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
        return _NEWEST.of(self).key.domain

    @property
    def manifest_id(self) -> int:
        """Its id."""
        return _NEWEST.of(self).key.manifest_id

    def mark(self) -> Hint:
        """Give the high-water mark to keep across restarts: no later reader that is given it goes back behind it."""
        return Hint(self.domain, self.manifest_id, self.manifest_hash)


@dataclass(frozen=True, slots=True)
class _Link:
    scope: Scope
    key: ManifestKey
    data: bytes
    manifest: Manifest = field(repr=False)
    manifest_hash: str


_NEWEST: Final[Holdings[Newest, _Link]] = Holdings(Newest)


def known_newest(scope: Scope, key: ManifestKey, data: bytes) -> Newest:
    """Take the bytes that are known to stand under `key`. Raises CorruptionError if they are no manifest."""
    return _NEWEST.mint(_Link(scope, key, data, Manifest.parse(data, key), compute_manifest_hash(data)))


def scope_and_stored(newest: object) -> tuple[Scope, Manifest, str] | None:
    """Give whose manifest it is, what its stored bytes say, and their hash; None for a domain without one.

    It is read anew from the bytes: what somebody did to the object that they were handed lowers no check. Raises
    UsageError for what is neither, whatever it says of itself.
    """
    if type(newest) is Uninitialised:
        return None
    if type(newest) is not Newest:
        message = f"what a publish follows was read from its chain, and is no {type(newest).__name__}"
        raise UsageError(message)
    link = _NEWEST.of(newest)
    return link.scope, Manifest.parse(link.data, link.key), link.manifest_hash
