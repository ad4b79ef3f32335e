"""Publish: the one way in which anything becomes visible. The only caller of `create_manifest`.

Invariants:

* I4: the create of the next manifest is the commit. Everything is checked before it, and nothing follows it.
* I5, I6, I7: artifacts, succession and token are checked against a manifest that was read, which nobody can make up.
* While the fate of a create is unknown, nothing else of that domain is sent: what was sent there goes to no other name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias, final

from arco.errors import AccessDeniedError, FencedError, UsageError
from arco.fencing import FencingToken, PublishPermit, redeem
from arco.layout import Domain, RootManifestKey
from arco.manifests._newest import Newest, Uninitialised, known_newest
from arco.manifests.artifacts import verify
from arco.manifests.manifest import Manifest
from arco.manifests.root import ROOT_MANIFEST
from arco.manifests.succession import validate_genesis, validate_succession
from arco.storage.bucket import Written
from arco.storage.capabilities import CasStore, MetaStore
from arco.storage.sealed import Holdings, Sealed

__all__ = ["NotVisible", "Published", "Publisher", "Visible", "publisher"]


@final
@dataclass(frozen=True, slots=True)
class Visible:
    """The manifest stands, and is the newest that this process knows."""

    newest: Newest


@final
@dataclass(frozen=True, slots=True)
class NotVisible:
    """Another writer's manifest has that id, for ever. Read the newest, build on it, take a new permit."""

    manifest_id: int


Published: TypeAlias = Visible | NotVisible


@final
class Publisher(Sealed):
    """Publishes the manifests of a workspace. One publish of a domain at a time."""

    __slots__ = ()

    async def publish(self, permit: PublishPermit, newest: Newest | Uninitialised, manifest: Manifest) -> Published:
        """Make `manifest`, which follows `newest`, visible, or nothing at all. The permit is used up in any case.

        Raises, before anything is written: UsageError for a used permit, one of another domain, a manifest that carries
        another token or does not succeed `newest` (I6), or while another publish of the domain is under way;
        ConflictError for a permit that has expired or is for another newest manifest; FencedError for a token below the
        newest manifest's (I7); CorruptionError for an artifact that is missing or wrong (I5); InputError for a manifest
        that could not be read again; AccessDeniedError, and UnavailableError while artifacts cannot be asked for.

        Raises OutcomeUnknownError if it is not known what stands there: call `resolve` until it is.
        """
        desk = _PUBLISHERS.of(self)
        token = redeem(permit, newest)
        data = manifest.render()
        # What is checked is what is sent, whatever becomes of the caller's object meanwhile.
        sent = _Sent(Manifest.parse(data, manifest.key), data)
        with desk.publishing(newest.domain):
            _check_token(token, newest, sent.manifest)
            _check_succession(newest, sent.manifest)
            # I5: what the predecessor names was verified before it became visible.
            known = set(newest.manifest.artifacts()) if isinstance(newest, Newest) else set()
            await verify(desk.metadata, (one for one in sent.manifest.artifacts() if one not in known))
            try:
                return await desk.create(sent)
            except AccessDeniedError:
                # The one try was answered 403, and nothing stands there: nothing was written.
                desk.forget(sent)
                raise

    async def resolve(self, domain: Domain) -> Published | None:
        """Find out what became of a publish whose outcome is unknown, by sending the same bytes to the same name again.

        None if there is none. Raises OutcomeUnknownError again while it cannot be known. The permit may have expired
        meanwhile: the create was decided upon while it was alive. Raises UsageError while the publish itself is under
        way: a try of ours would still be on its way when that one is told that nothing was written.
        """
        desk = _PUBLISHERS.of(self)
        if domain in desk.busy:
            message = f"the publish is still under way domain={domain.value}"
            raise UsageError(message)
        sent = desk.sent.get(domain)
        return None if sent is None else await desk.create(sent)

    async def create_root(self) -> bool:
        """Create the root manifest if it is absent; whether it stands as this version writes it."""
        answer = await _PUBLISHERS.of(self).manifests.create_manifest(RootManifestKey(), ROOT_MANIFEST)
        return isinstance(answer, Written)


@dataclass(frozen=True, slots=True)
class _Sent:
    manifest: Manifest
    data: bytes


@final
@dataclass(frozen=True, slots=True)
class _Desk:
    """What a publisher stands for. `sent` holds what may have landed; `busy` the domains with a publish under way."""

    manifests: CasStore
    metadata: MetaStore
    sent: dict[Domain, _Sent] = field(default_factory=dict)
    busy: set[Domain] = field(default_factory=set)

    @contextmanager
    def publishing(self, domain: Domain) -> Iterator[None]:
        if domain in self.busy or domain in self.sent:
            message = f"another publish of the domain is under way or unresolved domain={domain.value}"
            raise UsageError(message)
        self.busy.add(domain)
        try:
            yield
        finally:
            self.busy.discard(domain)

    async def create(self, sent: _Sent) -> Published:
        """Create the manifest: the commit (I4). Whatever interrupts it leaves its fate unknown, and `sent` as it is."""
        self.sent[sent.manifest.domain] = sent
        answer = await self.manifests.create_manifest(sent.manifest.key, sent.data)
        self.forget(sent)
        if isinstance(answer, Written):
            return Visible(known_newest(sent.manifest, sent.data))
        return NotVisible(sent.manifest.manifest_id)

    def forget(self, sent: _Sent) -> None:
        """Its fate is known. Another may be on its way by now."""
        if self.sent.get(sent.manifest.domain) is sent:
            del self.sent[sent.manifest.domain]


_PUBLISHERS: Final[Holdings[Publisher, _Desk]] = Holdings(Publisher)


def publisher(manifests: CasStore, metadata: MetaStore) -> Publisher:
    """Give the publisher of a workspace, and keep these capabilities nowhere else."""
    return _PUBLISHERS.mint(_Desk(manifests, metadata))


def _check_token(token: FencingToken, newest: Newest | Uninitialised, manifest: Manifest) -> None:
    if manifest.fencing_token != token.value:
        message = f"a manifest carries its permit's token manifest={manifest.fencing_token} permit={token.value}"
        raise UsageError(message)
    # I7
    if isinstance(newest, Newest) and token.value < newest.manifest.fencing_token:
        message = "a newer holder has published"
        raise FencedError(message, held=token.value, seen=newest.manifest.fencing_token)


def _check_succession(newest: Newest | Uninitialised, manifest: Manifest) -> None:
    # I6
    if manifest.domain is not newest.domain:
        message = f"the chain is another domain's manifest={manifest.domain.value} newest={newest.domain.value}"
        raise UsageError(message)
    if isinstance(newest, Newest):
        flaws = validate_succession(newest.manifest, newest.manifest_hash, manifest)
    else:
        flaws = validate_genesis(manifest)
    if flaws:
        message = f"the manifest is no successor: {'; '.join(map(str, flaws))}"
        raise UsageError(message)
