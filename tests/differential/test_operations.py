"""What each operation asks is what the table of Cloud Storage says: no check less, none more, none elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from arco.policy.roles import role_data
from tests.differential.requests import REQUESTS
from tests.differential.table import OVERWRITES, REFUSED, TABLE, Need, Row, needs
from tests.fakes.emulated import ALICE, BUCKET, Emulated, rights, running_emulated

_LEFT, _RIGHT, _TAKEN, _FREE = "left", "right", "taken", "free"
_STANDING: Final = (_LEFT, _RIGHT, _TAKEN)
_ALL: Final = sorted({row.permission for rows in TABLE.values() for row in rows})
_OBJECT = f"/storage/v1/b/{BUCKET}/o"
# How each operation of the table whose circumstances are refused is asked for.
_TARGETS: Final = {
    "objects.insert": ("POST", f"/upload{_OBJECT}?uploadType=multipart"),
    "objects.insert.resumable_start": ("POST", f"/upload{_OBJECT}?uploadType=resumable&name={_FREE}"),
    "objects.compose": ("POST", f"{_OBJECT}/{_FREE}/compose?"),
    "objects.copy": ("POST", f"{_OBJECT}/{_LEFT}/copyTo/b/{BUCKET}/o/{_FREE}?"),
    "objects.rewrite": ("POST", f"{_OBJECT}/{_LEFT}/rewriteTo/b/{BUCKET}/o/{_FREE}?"),
    "objects.patch": ("PATCH", f"{_OBJECT}/{_LEFT}?"),
    "objects.update": ("PUT", f"{_OBJECT}/{_LEFT}?"),
    "buckets.patch": ("PATCH", f"/storage/v1/b/{BUCKET}?"),
}
_UNMODELLED: Final = [
    pytest.param(operation, row, id=f"{operation}, {row.when}")
    for operation, rows in TABLE.items()
    for row in rows
    if row.when not in {"", OVERWRITES} and not row.partial
]


@pytest.fixture(name="emulated")
def _emulated() -> Iterator[Emulated]:
    with running_emulated(*rights(ALICE, *_ALL)) as emulated:
        for name in _STANDING:
            emulated.put(name)
        yield emulated


def _asked(emulated: Emulated) -> list[Need]:
    """Give what was decided, in order; a race may ask twice, which is not seen here."""
    return list(dict.fromkeys((decision.check.permission, decision.check.name) for decision in emulated.decisions))


@pytest.mark.parametrize("target", [_FREE, _TAKEN])
@pytest.mark.parametrize("request_name", sorted(REQUESTS))
def test_request_asks_what_the_table_says(emulated: Emulated, request_name: str, target: str) -> None:
    """In the table's order, of the table's resources, and for an overwrite what an overwrite needs."""
    operation, send = REQUESTS[request_name]
    target = _TAKEN if operation in {"objects.get", "objects.patch", "objects.update", "objects.delete"} else target
    send(emulated.bucket(), target, _LEFT)

    assert _asked(emulated) == needs(operation, target, [_LEFT], overwrites=target == _TAKEN)


def test_compose_asks_of_each_source(emulated: Emulated) -> None:
    """Two sources are two questions."""
    bucket = emulated.bucket()
    bucket.blob(_FREE).compose([bucket.blob(_LEFT), bucket.blob(_RIGHT)], retry=None)

    assert _asked(emulated) == needs("objects.compose", _FREE, [_LEFT, _RIGHT], overwrites=False)


def test_upload_that_has_begun_asks_nothing(emulated: Emulated) -> None:
    """The upload's URI is the permission, even onto a name that has been taken since."""
    place = emulated.bucket().blob(_FREE).create_resumable_upload_session(size=3, retry=None)
    emulated.put(_FREE)
    emulated.decisions.clear()
    answer = emulated.send("PUT", place.removeprefix(emulated.endpoint), b"new", who=None)

    assert answer.status == 200
    assert _asked(emulated) == needs("objects.insert.resumable_continue", _FREE, [], overwrites=True) == []


def test_policy_is_written_with_one_permission_of_the_bucket(emulated: Emulated) -> None:
    """Who may write the policy need not be allowed to read it."""
    emulated.send("PUT", f"/storage/v1/b/{BUCKET}/iam", {"bindings": []})

    assert _asked(emulated) == needs("buckets.setIamPolicy", "", [], overwrites=False)


def test_permissions_may_be_asked_by_anybody() -> None:
    """Who holds nothing is told so, and not refused."""
    with running_emulated() as emulated:
        held = emulated.bucket().test_iam_permissions(["storage.objects.list", "storage.buckets.get"])

    assert held == []


@pytest.mark.parametrize(("operation", "row"), _UNMODELLED)
def test_check_that_is_not_modelled_is_not_passed_over(emulated: Emulated, operation: str, row: Row) -> None:
    """A request that would need a check that is not made is refused as not modelled, though its sender may all."""
    method, target = _TARGETS[operation]
    body: dict[str, Any] = dict(row.body or {})
    headers = {"Content-Type": "application/json"}
    content = json.dumps(body).encode()
    if operation == "objects.insert":
        headers = {"Content-Type": "multipart/related; boundary=b"}
        described = json.dumps({"name": _FREE, **body}).encode()
        content = b"--b\r\nContent-Type: application/json\r\n\r\n" + described + b"\r\n"
        content += b"--b\r\nContent-Type: text/plain\r\n\r\nnew\r\n--b--\r\n"
    answer = emulated.send(method, f"{target}&{row.query}".rstrip("&"), content, headers)

    assert (answer.status, answer.reason) == (501, "notImplemented")
    assert sorted(emulated.names()) == sorted(_STANDING)


@pytest.mark.parametrize("operation", sorted(REFUSED))
def test_operation_that_is_not_modelled_is_refused(emulated: Emulated, operation: str) -> None:
    """Whatever else Cloud Storage offers is answered with 501, and changes nothing."""
    method, target = REFUSED[operation].split(" ")
    answer = emulated.send(method, target, {} if method in {"POST", "PUT", "PATCH"} else None)

    assert answer.status == 501
    assert sorted(emulated.names()) == sorted(_STANDING)


@pytest.mark.parametrize("name", [_LEFT, ""])
def test_access_control_lists_are_left_out_for_everybody(emulated: Emulated, name: str) -> None:
    """The checks that only widen an answer are not made, since the answers are never widened."""
    target = f"{_OBJECT}/{name}" if name else f"/storage/v1/b/{BUCKET}"
    document = emulated.send("GET", f"{target}?projection=full").json()

    assert not {"acl", "owner", "defaultObjectAcl", "ipFilter"} & set(document)


def test_table_names_only_permissions_that_exist() -> None:
    """A permission that nobody can hold would be a check that always fails, or a slip of the pen."""
    known = role_data().storage_permissions

    assert [permission for permission in _ALL if permission not in known] == []


def test_table_holds_every_request() -> None:
    """Each request that is compared is an operation of the table, and each operation is asked for here or refused."""
    asked = {operation for operation, _ in REQUESTS.values()}
    here = {"objects.insert.resumable_continue", "buckets.setIamPolicy"}

    assert set(TABLE) == asked | here | {"buckets.testIamPermissions"}
    assert not set(TABLE) & set(REFUSED)
    assert len(TABLE) + len(REFUSED) >= 65
