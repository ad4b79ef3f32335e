"""Publishing has one way in: a publisher, a newest manifest and a permit lead to nothing wider (R59, R61, R65)."""

from __future__ import annotations

import ast
import copy
import pickle
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from arco.errors import ConflictError, UsageError
from arco.fencing import PermitIssuer
from arco.manifests import Newest, Publisher, Uninitialised, Visible, move_hint
from arco.storage.access import Access
from arco.storage.memory import MemoryBucket
from arco.storage.sealed import Holdings, Sealed
from arco.storage.views import CasView, LockView, MetaView
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.chain_bench import DOMAIN, ChainBench, Compactor
from tests.fakes.crawler import crawl
from tests.fakes.handed_out import public_names
from tests.fakes.recording_bucket import RecordingBucket
from tests.tree import files, read

WIDE = (CasView, MetaView, LockView, RecordingBucket, MemoryBucket, WorkspaceStorage, Access, Holdings)
MINTS = {"known_newest", "mint", "mint_issuer", "mint_token", "publisher"}


def _wide(value: object) -> bool:
    return isinstance(value, WIDE) or getattr(value, "__name__", "") in MINTS


async def _held() -> tuple[Compactor, dict[str, Any]]:
    """Give what whoever publishes holds: each is to lead nowhere."""
    maker = ChainBench().compactor()
    newest = await maker.grow(2)
    issuer = PermitIssuer.from_lock(await maker.lease())
    published = await maker.publisher.publish(issuer.issue(newest), newest, await maker.draft(newest))
    assert isinstance(published, Visible)
    permit = issuer.issue(published.newest)
    return maker, {"publisher": maker.publisher, "newest": newest, "visible": published, "permit": permit}


async def test_bypass_attempt_has_no_api_surface() -> None:
    """No attribute, closure, copy, pickle or slot leads from any of them to a capability, a bucket or a mint."""
    maker, held = await _held()
    found = {name: crawl(value, _wide) for name, value in held.items()}

    assert {name: ways for name, ways in found.items() if ways} == {}
    assert crawl(maker, _wide, depth=4), "the same question, asked of who does hold capabilities, finds them"
    with pytest.raises(ConflictError, match="the permit is for another newest manifest"):
        await maker.publisher.publish(held["permit"], Uninitialised(DOMAIN), await maker.draft(held["newest"]))


async def test_call_leads_nowhere() -> None:
    """Neither does a call that has not begun."""
    maker, held = await _held()
    newest = held["visible"].newest
    manifest = await maker.draft(newest)
    call = maker.publisher.publish(held["permit"], newest, manifest)
    found = crawl(call, _wide)
    call.close()
    await maker.publisher.publish(held["permit"], newest, manifest)

    assert not found


def test_public_names_are_these() -> None:
    """A publisher publishes, resolves and creates the root; a newest manifest tells what it is."""
    assert public_names(Publisher) == {"create_root", "publish", "resolve"}
    assert public_names(Newest) == {"domain", "manifest", "manifest_hash", "manifest_id", "mark"}


@pytest.mark.parametrize("kind", [Publisher, Newest])
def test_sealed_object_cannot_be_made(kind: Any) -> None:  # noqa: ANN401 what no type checker would pass
    """No constructor, whatever it is given, and no subclass."""
    for arguments, named in (((), {}), ((1,), {}), ((), {"sealed": 1})):
        with pytest.raises(TypeError, match=r"seal|__new__"):
            kind(*arguments, **named)
    for bases in ((kind,), (kind, Sealed)):
        with pytest.raises(TypeError, match="is sealed: it cannot be subclassed"):
            type("Wider", bases, {})


@pytest.mark.parametrize("name", ["publisher", "newest"])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
async def test_sealed_object_cannot_be_duplicated(name: str, duplicate: Callable[[object], object]) -> None:
    """No copy and no pickle."""
    _, held = await _held()
    with pytest.raises(TypeError, match="is sealed"):
        duplicate(held[name])


async def test_newest_manifest_cannot_be_made_up() -> None:
    """A shell, and anything that only looks like a newest manifest, is followed by nothing."""
    maker, held = await _held()
    real = held["visible"].newest
    shell: Any = object.__new__(Newest)

    class Likeness:
        """Says of itself that it is one, and calls `isinstance` to witness."""

        __class__ = property(lambda _: Newest)  # pyright: ignore[reportIncompatibleMethodOverride] # the attack
        domain, manifest_id, manifest_hash, manifest = real.domain, 3, real.manifest_hash, real.manifest

    likeness: Any = Likeness()
    manifest = await maker.draft(real)
    with pytest.raises(UsageError, match="not a Newest that its module made"):
        await maker.publisher.publish(held["permit"], shell, manifest)
    permit = await maker.permit(likeness)
    with pytest.raises(UsageError, match="what a publish follows was read from its chain, and is no Likeness"):
        await maker.publisher.publish(permit, likeness, manifest)
    with pytest.raises(UsageError, match="a permit is good for one try"):
        await maker.publisher.publish(permit, real, manifest)
    with pytest.raises(UsageError, match="read from its chain, and is no Likeness"):
        await move_hint(maker.views.catalog, maker.views.manifests, likeness)

    assert (await maker.chain.newest(DOMAIN)).manifest_id == 3


async def test_shell_of_a_publisher_publishes_nothing() -> None:
    """A publisher by `object.__new__` stands for nothing, and the permit stays unused."""
    maker, held = await _held()
    shell: Any = object.__new__(Publisher)
    newest = held["visible"].newest
    manifest = await maker.draft(newest)
    for call in (shell.publish(held["permit"], newest, manifest), shell.resolve(DOMAIN), shell.create_root()):
        with pytest.raises(UsageError, match="not a Publisher that its module made"):
            await call

    assert isinstance(await maker.publisher.publish(held["permit"], newest, manifest), Visible)


def test_other_holdings_know_nothing() -> None:
    """Whoever makes holdings of the class of newest manifests makes none that a publisher knows."""
    own: Holdings[Newest, object] = Holdings(Newest)
    made = own.mint(object())

    with pytest.raises(UsageError, match="not a Newest that its module made"):
        _ = made.manifest_id


MANIFESTS, STORAGE = "arco/manifests/", "arco/storage/"
CAS = {"CasStore", "CasView", "cas_view"}
CALLERS = {"create_manifest": {"arco/manifests/publish.py"}, "cas_head": {"arco/manifests/moving.py"}}


def _uses(source: str) -> Iterator[str]:
    """Give each name of a publishing verb that is used, called or not, also as text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in CALLERS:
            yield node.attr
        elif isinstance(node, ast.Constant) and node.value in CALLERS:
            yield str(node.value)


def _imports(source: str) -> set[str]:
    """Give each name of the publishing capability that is imported."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in nodes for alias in node.names} & CAS


@cache
def _product() -> dict[str, str]:
    return {path.as_posix(): read(path) for path in files(".py") if path.parts[0] == "arco"}


def test_one_function_creates_manifests() -> None:
    """Only publish.py uses `create_manifest`, and only moving.py `cas_head`; storage itself passes them on."""
    outside = {path: text for path, text in _product().items() if not path.startswith(STORAGE)}
    used = {path: set(_uses(text)) for path, text in outside.items()}
    users = {verb: {path for path, verbs in used.items() if verb in verbs} for verb in CALLERS}

    assert users == CALLERS


def test_nobody_else_names_the_publishing_capability() -> None:
    """Only storage, which hands it out, and manifests, which use it, import it."""
    holders = {path for path, text in _product().items() if _imports(text)}

    assert {"arco/manifests/publish.py", "arco/manifests/moving.py"} <= holders
    assert not {path for path in holders if not path.startswith((MANIFESTS, STORAGE))}


@pytest.mark.parametrize(
    "source",
    [
        "await views.manifests.create_manifest(key, data)",
        "create = views.manifests.create_manifest",
        "getattr(views.manifests, 'cas_head')",
    ],
)
def test_use_of_a_publishing_verb_is_seen(source: str) -> None:
    """Called, kept or asked for by name."""
    assert list(_uses(source))


@pytest.mark.parametrize(
    "source",
    ["from arco.storage.capabilities import CasStore", "def f():\n    from arco.storage.views import CasView as C"],
)
def test_import_of_the_publishing_capability_is_seen(source: str) -> None:
    """By another name, and inside a function."""
    assert _imports(source)
