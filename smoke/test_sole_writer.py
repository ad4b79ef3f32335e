"""IAM enforces the sole writer: what an account must not do is refused with 403, on every route and near miss."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator

import pytest

from arco.layout import Domain, L0Key, LedgerKey, ManifestKey, Root, StateKey
from arco.policy.matrix import Workspace
from arco.storage.capabilities import ListStore
from arco.storage.holders import AntiEntropyViews, CompactorViews
from smoke.plain import CREATING, Plain, Request
from smoke.services import STANDING
from smoke.survey import Survey

_ATTEMPT = "0123456789abcdef"


@pytest.fixture
def workspace(survey: Survey) -> Workspace:
    """Give the workspace that is asked about."""
    return survey.workspaces[0]


def _standing(workspace: Workspace, root: Root) -> str:
    """Give an object that stands under a root, as the services name theirs."""
    return next(workspace.scope + key.path for key in STANDING if key.root is root)


def _readable(workspace: Workspace) -> tuple[str, str]:
    """Give an object that each of the accounts here may read, so that a refusal is about what would be written."""
    return workspace.bucket, _standing(workspace, Root.MANIFESTS)


def _writes(workspace: Workspace, fresh: str, standing: str) -> Iterator[Request]:
    """Every way to make `fresh`, to replace `standing`, to change it, and to delete it."""
    bucket, source = workspace.bucket, _readable(workspace)
    yield from (Request(route, bucket, fresh, source=source) for route in CREATING)
    yield from (Request(route, bucket, standing, over=True, source=source) for route in CREATING)
    yield from (Request(route, bucket, standing) for route in ("patch", "update", "delete"))


def _crafted(workspace: Workspace, root: Root) -> Iterator[str]:
    """Give names that contain a segment of the ledger, or look like it, and are not under it."""
    scope = workspace.scope
    for text in ("ledger", f"{scope}ledger", f"../{scope}ledger", "ledger%2F", "\uff4cedger"):
        yield f"{scope}{root.value}/{text}/x"
    yield from (f"{scope}{root.value}", f"{scope}{root.value}/", f"{scope}{root.value}//ledger/x")
    yield f"tenant=ledger/workspace=ledger/{root.value}/x"
    yield f"{scope.replace('/', '%2F')}ledger/{root.value}/x"


def _not_refused(plain: Plain, requests: Iterator[Request] | list[Request]) -> list[str]:
    """Name each request that was answered with anything but 403."""
    asked = [(request, plain.ask(request)) for request in requests]
    assert asked
    return [f"{request}: {answer.said}" for request, answer in asked if answer.allowed is not False]


def test_api_cannot_write_state(workspace: Workspace, client: Callable[[str], Plain]) -> None:
    """Not by insert, resumable upload, compose, copy or rewrite, not over what stands, nor under a crafted name."""
    api = client("api")
    fresh = workspace.scope + StateKey(Domain.CATALOG, 7, _ATTEMPT, "assets").path
    requests = [*_writes(workspace, fresh, _standing(workspace, Root.STATE))]
    crafted = [Request("insert", workspace.bucket, name) for name in _crafted(workspace, Root.STATE)]

    assert _not_refused(api, requests) == []
    assert _not_refused(api, crafted) == []


def test_api_cannot_write_manifests(workspace: Workspace, client: Callable[[str], Plain]) -> None:
    """On no route, over no manifest that stands, under no crafted name."""
    api = client("api")
    fresh = workspace.scope + ManifestKey(Domain.CATALOG, 7).path
    requests = [*_writes(workspace, fresh, _standing(workspace, Root.MANIFESTS))]
    crafted = [Request("insert", workspace.bucket, name) for name in _crafted(workspace, Root.MANIFESTS)]

    assert _not_refused(api, requests) == []
    assert _not_refused(api, crafted) == []


def test_api_can_write_ledger(workspace: Workspace, client: Callable[[str], Plain]) -> None:
    """Create and read, yes; overwrite, change and delete, no: a segment that stands is there for good."""
    api = client("api")
    segment = workspace.scope + LedgerKey(Domain.EXECUTIONS, 1).path
    source = workspace.bucket, _standing(workspace, Root.LEDGER)
    created = api.ask(Request("insert", workspace.bucket, segment))
    read = api.ask(Request("download", workspace.bucket, segment))
    over = [Request(route, workspace.bucket, segment, over=True, source=source) for route in CREATING]
    changing = [Request(route, workspace.bucket, segment) for route in ("patch", "update", "delete")]

    assert (created.allowed, read.allowed) == (True, True), (created, read)
    assert _not_refused(api, [*over, *changing]) == []


def test_compactor_fastpath_cannot_list(workspace: Workspace, client: Callable[[str], Plain]) -> None:
    """Not the bucket and not under any prefix; nor has it been handed a view that could."""
    prefixes = ["", workspace.scope, *(f"{workspace.scope}{root.value}/" for root in Root), "nothing/begins/so/"]
    held = typing.get_type_hints(CompactorViews).values()

    assert _not_refused(client("compactor"), [Request("list", workspace.bucket, prefix) for prefix in prefixes]) == []
    assert ListStore not in held
    assert ListStore in typing.get_type_hints(AntiEntropyViews).values()


def test_compactor_cannot_replace_or_delete_what_it_publishes(
    workspace: Workspace, client: Callable[[str], Plain]
) -> None:
    """Manifests, artifacts and segments that stand are there for good: nobody's history goes back."""
    compactor = client("compactor")
    requests = [
        request
        for root in (Root.MANIFESTS, Root.STATE, Root.L0, Root.LEDGER, Root.QUARANTINE)
        for request in _writes(workspace, "", _standing(workspace, root))
        if request.name
    ]

    assert _not_refused(compactor, requests) == []


def test_compactor_creates_what_it_publishes(workspace: Workspace, client: Callable[[str], Plain]) -> None:
    """Under state/, l0/ and manifests/ a free name is its to take."""
    compactor = client("compactor")
    keys = (
        StateKey(Domain.EXECUTIONS, 9, _ATTEMPT, "assets"),
        L0Key(Domain.EXECUTIONS, 9, _ATTEMPT, "assets"),
        ManifestKey(Domain.EXECUTIONS, 9),
    )
    answers = [compactor.ask(Request("insert", workspace.bucket, workspace.scope + key.path)) for key in keys]

    assert [answer.allowed for answer in answers] == [True, True, True], answers


def test_antientropy_lists_and_writes_its_cursor_alone(workspace: Workspace, client: Callable[[str], Plain]) -> None:
    """Its list is granted, and no write outside of cursors/ is."""
    antientropy = client("antientropy")
    listed = antientropy.ask(Request("list", workspace.bucket, f"{workspace.scope}ledger/"))
    roots = [root for root in Root if root is not Root.CURSORS]
    writes = [Request("insert", workspace.bucket, f"{workspace.scope}{root.value}/x") for root in roots]

    assert listed.allowed is True, listed
    assert _not_refused(antientropy, writes) == []


def test_refusal_names_who_what_and_where(workspace: Workspace, client: Callable[[str], Plain]) -> None:
    """The message of a 403 tells the account, the permission and the resource."""
    name = f"{workspace.scope}state/x"
    answer = client("api").ask(Request("insert", workspace.bucket, name))

    assert "api-" in answer.said
    assert "storage.objects.create" in answer.said
    assert f"projects/_/buckets/{workspace.bucket}/objects/{name}" in answer.said
