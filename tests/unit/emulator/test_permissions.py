"""Each permission that an operation needs, refused alone and granted alone, on exactly the resource that is asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from google.api_core.exceptions import Forbidden

from arco.policy.deployment import Instance
from tests.fakes.deployments import member
from tests.fakes.emulated import ALICE, BUCKET, Emulated, rights, running_emulated
from tests.unit.emulator.operations import FREE, LEFT, OPERATIONS, RIGHT, TAKEN, Need, Operation

_STANDING = {LEFT: b"left", RIGHT: b"right", TAKEN: b"taken"}
_NAMES = (*_STANDING, FREE)
_EMAIL = ALICE.partition(":")[2]
_REFUSALS = [
    pytest.param(operation, need, id=f"{operation.name} without {need[0]} on {need[1] or 'the bucket'}")
    for operation in OPERATIONS
    for need in operation.needs
]


def _held(need: Need, label: str) -> tuple[Instance, ...]:
    """Grant one permission on one resource and on nothing else."""
    permission, name = need
    if name is not None:
        return _exactly(permission, f'resource.name == "projects/_/buckets/{BUCKET}/objects/{name}"', label)
    return _exactly(permission, f'resource.name == "projects/_/buckets/{BUCKET}"', label)


def _exactly(permission: str, expression: str, label: str) -> tuple[Instance, ...]:
    role, granted = rights(ALICE, permission, label=label)
    text = granted.values["role"]
    return role, member(text, ALICE, expression, name=f"grant{label}")


def _everywhere_else(need: Need) -> Iterator[tuple[Instance, ...]]:
    """Grant the permission of `need` on every other resource that an operation here could be asked about."""
    permission, where = need
    for number, name in enumerate(name for name in (*_NAMES, None) if name != where):
        yield _held((permission, name), f"_else{number}")


@contextmanager
def _standing(*grants: Instance) -> Iterator[Emulated]:
    with running_emulated(*grants) as emulated:
        for name, data in _STANDING.items():
            emulated.put(name, data)
        yield emulated


def test_table_is_complete() -> None:
    """Every operation on objects is asked about, and each route that writes both as a create and as an overwrite."""
    names = {operation.name for operation in OPERATIONS}
    writes = ("media insert", "multipart insert", "resumable start", "compose", "copy", "rewrite")

    assert {"get", "get media", "list", "patch", "update", "delete", "bucket get"} <= names
    assert {f"{route}, {kind}" for route, kind in itertools.product(writes, ("new", "over"))} <= names
    assert len(_REFUSALS) == 33


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_operation_takes_exactly_its_permissions(operation: Operation) -> None:
    """With each of its permissions on just the resource that is asked, an operation is done, and nothing more asked."""
    grants = [one for number, need in enumerate(operation.needs) for one in _held(need, f"_{number}")]
    with _standing(*grants) as emulated:
        operation.act(emulated)
        asked = {(decision.check.permission, decision.check.name) for decision in emulated.decisions}

    assert asked == set(operation.needs)


@pytest.mark.parametrize(("operation", "missing"), _REFUSALS)
def test_operation_without_one_permission_is_refused(operation: Operation, missing: Need) -> None:
    """Without one of them, held on all else, a refusal names who, what and where, and nothing has changed.

    Held elsewhere: on the other objects of the request, and on the bucket (or, of a list, on all objects).
    """
    others = [need for need in operation.needs if need != missing]
    grants = [one for number, need in enumerate(others) for one in _held(need, f"_{number}")]
    grants += [one for held in _everywhere_else(missing) for one in held]
    with _standing(*grants) as emulated:
        with pytest.raises(Forbidden) as caught:
            operation.act(emulated)
        left = {name: emulated.content(name) for name in emulated.names()}
        described = emulated.run(emulated.emulator.desk.stores[BUCKET].find(LEFT))

    permission, name = missing
    resource = f"projects/_/buckets/{BUCKET}" if name is None else f"projects/_/buckets/{BUCKET}/objects/{name}"
    assert f"{_EMAIL} does not have {permission} access" in str(caught.value)
    assert f"denied on resource '{resource}'" in str(caught.value)
    assert "'reason': 'forbidden'" in str(caught.value.errors) or '"reason": "forbidden"' in str(caught.value)
    assert left == _STANDING
    assert described is not None
    assert described.metageneration == 1


def test_nobody_may_read_without_credentials() -> None:
    """A request without credentials is answered 401, with a challenge, and names nobody."""
    with _standing(*rights(ALICE, "storage.objects.get")) as emulated:
        reply = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/in%2Fleft", who=None)

    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert "Anonymous caller does not have storage.objects.get access" in reply.message


@pytest.mark.parametrize("route", ["compose", "copy", "rewrite"])
@pytest.mark.parametrize("kind", ["new", "over"])
def test_refusal_does_not_depend_on_sources(route: str, kind: str) -> None:
    """Everything is authorised before existence is told: who may not write is refused though no source is there."""
    (operation,) = [operation for operation in OPERATIONS if operation.name == f"{route}, {kind}"]
    *held, missing = operation.needs
    with running_emulated(*(one for number, need in enumerate(held) for one in _held(need, f"_{number}"))) as emulated:
        emulated.put(TAKEN)
        with pytest.raises(Forbidden) as caught:
            operation.act(emulated)

    assert f"does not have {missing[0]} access" in str(caught.value)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.name != "bucket get"], ids=lambda one: one.name)
def test_rights_on_another_bucket_count_for_nothing(operation: Operation) -> None:
    """Who may do everything in a bucket may do nothing in the one beside it."""
    permissions = sorted({permission for permission, _ in operation.needs})
    role, _ = rights(ALICE, *permissions)
    elsewhere = member(role.values["name"], ALICE, name="elsewhere", scope={"bucket": "demo-2"})
    with _standing(role, elsewhere) as emulated:
        with pytest.raises(Forbidden):
            operation.act(emulated)
        left = {name: emulated.content(name) for name in emulated.names()}

    assert left == _STANDING
