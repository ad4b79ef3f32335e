"""Operations on a bucket itself: its description, its policy, and which permissions a caller has on it."""

from __future__ import annotations

import re
from typing import Final

from arco.emulator import iam_policy
from arco.emulator.asked import Asked
from arco.emulator.desk import Desk
from arco.emulator.enforcement import Check
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.emulator.resources import bucket_document

__all__ = ["serve"]

# A plan's buckets are described once: nothing here changes them.
_METAGENERATION: Final = 1
_PERMISSION: Final = re.compile(r"storage\.[A-Za-z]+\.[A-Za-z]+")


def serve(desk: Desk, caller: str, asked: Asked, bucket: str, about: str) -> Reply:
    """Do what is asked about a bucket."""
    if asked.method == "GET" and not about:
        return _describe(desk, caller, asked, bucket)
    if asked.method == "PATCH" and not about:
        return _patch(desk, caller, asked, bucket)
    if asked.method == "GET" and about == "/iam":
        return iam_policy.get(desk, caller, asked, bucket)
    if asked.method == "PUT" and about == "/iam":
        return iam_policy.replace(desk, caller, asked, bucket)
    if asked.method == "GET" and about == "/iam/testPermissions":
        return _permissions(desk, caller, asked, bucket)
    refuse_unmodelled(f"{asked.method} {asked.path}")


def _describe(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    asked.only("projection", "ifMetagenerationMatch", "ifMetagenerationNotMatch")
    desk.require(caller, [Check("storage.buckets.get", bucket)])
    desk.store(bucket)
    if asked.whole("ifMetagenerationMatch") not in {None, _METAGENERATION}:
        raise Failure(412, "At least one of the pre-conditions you specified did not hold.")
    if asked.whole("ifMetagenerationNotMatch") == _METAGENERATION:
        raise Failure(304, "")
    return Reply(200, bucket_document(desk.enforcer.buckets[bucket], desk.endpoint, desk.started))


def _permissions(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Say which permissions the caller has on the bucket itself, now: a condition on object names holds for none."""
    asked.only("permissions")
    if not asked.permissions:
        raise Failure(400, "Required parameter: permissions", reason="required")
    unknown = [one for one in asked.permissions if not _PERMISSION.fullmatch(one)]
    if unknown:
        raise Failure(400, f"Invalid value for parameter permissions: {unknown[0]!r}")
    desk.store(bucket)
    held: list[JsonValue] = [one for one in asked.permissions if desk.may(caller, Check(one, bucket))]
    document: dict[str, JsonValue] = {"kind": "storage#testIamPermissionsResponse"}
    if held:
        document["permissions"] = held
    return Reply(200, document)


def _patch(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Take a change of nothing, which asks whether the caller may; what configures a bucket here is the plan."""
    asked.only("projection")
    desk.require(caller, [Check("storage.buckets.update", bucket)])
    desk.store(bucket)
    fields = sorted(asked.document())
    if fields:
        refuse_unmodelled(f"a change of the bucket's {fields[0]!r}")
    return Reply(200, bucket_document(desk.enforcer.buckets[bucket], desk.endpoint, desk.started))
