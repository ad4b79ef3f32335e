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

from arco.errors import AccessDeniedError, CorruptionError, FencedError, OutcomeUnknownError, UsageError
from arco.fencing import FencingToken, PublishPermit, confirm, redeem
from arco.layout import Domain, RootManifestKey, Scope
from arco.manifests._newest import Newest, Uninitialised, known_newest, scope_and_stored
from arco.manifests.artifacts import verify
from arco.manifests.manifest import Manifest
from arco.manifests.root import ROOT_MANIFEST
from arco.manifests.succession import validate_genesis, validate_succession
from arco.storage.bucket import Written
from arco.storage.capabilities import CasStore, MetaStore
from arco.storage.sealed import Holdings, Sealed
from arco.storage.views import scope_of

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

        Raises, before anything is written: UsageError for a used permit, one of another domain or workspace, a manifest
        that carries another token or does not succeed `newest` (I6), or while another publish of the domain is under
        way; ConflictError for a permit that has expired or is for another newest manifest; FencedError for a lease that
        is over, and for a token below the newest manifest's (I7); CorruptionError for an artifact that is missing or
        wrong (I5); InputError for a manifest that could not be read again; AccessDeniedError, and UnavailableError
        while artifacts cannot be asked for.

        Raises OutcomeUnknownError if it is not known what stands there: call `resolve` until it is.
        """
        desk = _PUBLISHERS.of(self)
        token = redeem(permit, newest)
        stored = scope_and_stored(newest)
        if token.scope != desk.scope or (stored is not None and stored[0] != desk.scope):
            message = f"permit, newest manifest and publisher are of one workspace publisher={desk.scope.prefix}"
            raise UsageError(message)
        previous, previous_hash = (None, "") if stored is None else stored[1:]
        data = manifest.render()
        # What is checked is what is sent, whatever becomes of the caller's object meanwhile.
        sent = _Sent(Manifest.parse(data, manifest.key), data)
        with desk.publishing(newest.domain):
            if sent.manifest.domain is not newest.domain:
                message = f"the chain is another domain's manifest={manifest.domain.value} newest={newest.domain.value}"
                raise UsageError(message)
            _check_token(token, previous, sent.manifest)
            _check_succession(previous, previous_hash, sent.manifest)
            # I5: what the predecessor names was verified before it became visible.
            known = set() if previous is None else set(previous.artifacts())
            await verify(desk.metadata, (one for one in sent.manifest.artifacts() if one not in known))
            # Verifying takes its time, and a process may be suspended: only what is sent again may be late.
            confirm(permit)
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
        if sent is None:
            return None
        try:
            return await desk.create(sent)
        except AccessDeniedError as error:
            # An earlier try may still land.
            message = "what was sent earlier may stand there, or still land"
            raise OutcomeUnknownError(message, name=sent.manifest.key.path) from error

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

    scope: Scope
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
        try:
            answer = await self.manifests.create_manifest(sent.manifest.key, sent.data)
        except CorruptionError as error:
            message = "what stands there cannot be read as it was written"
            raise OutcomeUnknownError(message, name=sent.manifest.key.path) from error
        self.forget(sent)
        if isinstance(answer, Written):
            return Visible(known_newest(self.scope, sent.manifest.key, sent.data))
        return NotVisible(sent.manifest.manifest_id)

    def forget(self, sent: _Sent) -> None:
        """Its fate is known. Another may be on its way by now."""
        if self.sent.get(sent.manifest.domain) is sent:
            del self.sent[sent.manifest.domain]


_PUBLISHERS: Final[Holdings[Publisher, _Desk]] = Holdings(Publisher)


def publisher(manifests: CasStore, metadata: MetaStore) -> Publisher:
    """Give the publisher of a workspace, and keep these capabilities nowhere else.

    Raises UsageError unless both are views of one workspace. One publisher a process and workspace: it is this object
    that keeps a domain's publishes one after the other.
    """
    scope = scope_of(manifests)
    if scope_of(metadata) != scope:
        message = "a publisher verifies artifacts in the workspace that it publishes in"
        raise UsageError(message)
    return _PUBLISHERS.mint(_Desk(scope, manifests, metadata))


def _check_token(token: FencingToken, previous: Manifest | None, manifest: Manifest) -> None:
    if manifest.fencing_token != token.value:
        message = f"a manifest carries its permit's token manifest={manifest.fencing_token} permit={token.value}"
        raise UsageError(message)
    # I7
    if previous is not None and token.value < previous.fencing_token:
        message = "a newer holder has published"
        raise FencedError(message, held=token.value, seen=previous.fencing_token)


def _check_succession(previous: Manifest | None, previous_hash: str, manifest: Manifest) -> None:
    # I6
    flaws = validate_genesis(manifest) if previous is None else validate_succession(previous, previous_hash, manifest)
    if flaws:
        message = f"the manifest is no successor: {'; '.join(map(str, flaws))}"
        raise UsageError(message)
