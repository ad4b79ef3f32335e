"""Every decision is written before it counts, in whole lines, and nothing that opens anything is in them."""

from __future__ import annotations

import json
from io import RawIOBase
from pathlib import Path
from typing import Any

import pytest

from arco.emulator.audit import Audit, open_audit
from arco.emulator.enforcement import Check, Decision
from arco.errors import UnavailableError
from arco.runtime import SimulatedClock
from tests.fakes.deployments import member, prefix
from tests.fakes.emulated import ALICE, BOB, BUCKET, Emulated, rights, running_emulated

_PLACE = f"/storage/v1/b/{BUCKET}/o/a%2Fthere"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _audited(emulated: Emulated, path: Path) -> list[dict[str, Any]]:
    """Read once as Alice, who may, and once as Bob, who may not, with an audit."""
    emulated.put("a/there")
    with open_audit(str(path), SimulatedClock(wall_seconds=1_780_000_000.0)) as audit:
        emulated.emulator.desk.note = audit.note
        emulated.send("GET", _PLACE)
        emulated.send("GET", _PLACE, who=BOB)
    return _lines(path)


def test_decision_is_a_line(tmp_path: Path) -> None:
    """When, who, which method, what, on which resource, the verdict, and the binding that granted it."""
    reads = member("roles/storage.objectViewer", ALICE, prefix("a/"), name="reads")
    tagged = member("roles/storage.objectViewer", BOB, 'resource.hasTagKey("x")', name="tagged")
    with running_emulated(reads, tagged) as emulated:
        granted, denied = _audited(emulated, tmp_path / "audit")

    binding = {
        "address": "google_storage_bucket_iam_member.reads",
        "title": "reads",
        "role": "roles/storage.objectViewer",
    }
    assert granted == {
        "time": "2026-05-28T20:26:40.000Z",
        "principal": ALICE,
        "operation": "storage.objects.get",
        "permission": "storage.objects.get",
        "resource": "projects/_/buckets/demo/objects/a/there",
        "verdict": "granted",
        "binding": {**binding, "member": ALICE},
        "undecided": [],
    }
    assert (denied["verdict"], denied["principal"], denied["binding"]) == ("denied", BOB, None)
    assert [one["title"] for one in denied["undecided"]] == ["tagged"]


def test_methods_have_their_names(tmp_path: Path) -> None:
    """The reader tells an overwrite from a delete by it."""
    every = [f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")]
    with running_emulated(*rights(ALICE, *every, "storage.buckets.get")) as emulated:
        bucket = emulated.bucket()
        with open_audit(str(tmp_path / "audit"), SimulatedClock()) as audit:
            emulated.emulator.desk.note = audit.note
            blob = bucket.blob("a")
            blob.upload_from_string(b"1")
            blob.upload_from_string(b"2")
            list(bucket.list_blobs())
            blob.patch()
            blob.update()
            bucket.copy_blob(blob, bucket, "b")
            bucket.blob("c").compose([blob])
            bucket.blob("d").rewrite(blob)
            bucket.test_iam_permissions(["storage.objects.get"])
            bucket.reload()
            blob.delete()
    found = [
        (line["operation"].rpartition(".")[2], line["permission"].rpartition(".")[2])
        for line in _lines(tmp_path / "audit")
    ]

    assert found == [
        ("insert", "create"),
        ("insert", "create"),
        ("insert", "delete"),
        ("list", "list"),
        ("patch", "update"),
        ("update", "update"),
        ("copy", "get"),
        ("copy", "create"),
        ("copy", "create"),
        ("compose", "get"),
        ("compose", "create"),
        ("compose", "create"),
        ("rewrite", "get"),
        ("rewrite", "create"),
        ("rewrite", "create"),
        ("testIamPermissions", "get"),
        ("get", "get"),
        ("delete", "delete"),
    ]


def test_no_line_holds_a_token(tmp_path: Path) -> None:
    """Whoever may read the audit may not call."""
    with running_emulated(*rights(ALICE, "storage.objects.get")) as emulated:
        _audited(emulated, tmp_path / "audit")
        text = (tmp_path / "audit").read_text(encoding="utf-8")

        assert not [token for token in (*emulated.tokens.values(), emulated.emulator.admin.token) if token in text]


def test_torn_line_is_cut_and_the_rest_stays(tmp_path: Path) -> None:
    """What a crash left is no decision, and the next begins a line of its own."""
    path = tmp_path / "audit"
    path.write_text('{"verdict": "granted"}\n{"verdict": "gra', encoding="utf-8")
    with running_emulated(*rights(ALICE, "storage.objects.get")) as emulated:
        found = _audited(emulated, path)

    assert [line["verdict"] for line in found] == ["granted", "granted", "denied"]


def test_audit_is_its_owner_s(tmp_path: Path) -> None:
    """It says who reads what."""
    with open_audit(str(tmp_path / "audit"), SimulatedClock()):
        mode = (tmp_path / "audit").stat().st_mode

    assert mode & 0o077 == 0


def test_decision_that_cannot_be_written_is_not_acted_upon(tmp_path: Path) -> None:
    """503, and the object is not there."""
    with running_emulated(*rights(ALICE, "storage.objects.create")) as emulated:
        with open_audit(str(tmp_path / "audit"), SimulatedClock()) as audit:
            emulated.emulator.desk.note = audit.note
        answer = emulated.send("POST", f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=new", b"x")

        assert answer.status == 503
        assert emulated.names() == []


class _Full(RawIOBase):
    """Takes half of what is written."""

    def writable(self) -> bool:
        """Say so."""
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - the base class takes every buffer
        """Take half."""
        return len(data) // 2


def test_half_a_line_is_an_error() -> None:
    """A disk that is full takes some of it: nobody may count on the rest."""
    audit = Audit(_Full(), "audit", SimulatedClock())
    decision = Decision(ALICE, Check("storage.objects.get", "demo", "x"), None)

    with pytest.raises(UnavailableError, match="half a line"):
        audit.note(decision)
