"""Operations on a bucket itself: its description, its policy, and which permissions a caller has on it."""

from __future__ import annotations

from arco.emulator.asked import Asked
from arco.emulator.desk import Desk
from arco.emulator.enforcement import Check
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.emulator.resources import bucket_document

__all__ = ["serve"]


def serve(desk: Desk, caller: str, asked: Asked, bucket: str, about: str) -> Reply:
    """Do what is asked about a bucket."""
    if asked.method == "GET" and not about:
        asked.only("projection", "ifMetagenerationMatch", "ifMetagenerationNotMatch")
        desk.require(caller, [Check("storage.buckets.get", bucket)])
        found = desk.enforcer.buckets.get(bucket)
        if found is None or bucket not in desk.stores:
            raise Failure(404, "The specified bucket does not exist.")
        return Reply(200, bucket_document(found, desk.endpoint, desk.started))
    if asked.method == "GET" and about == "/iam/testPermissions":
        desk.store(bucket)
        wanted = [asked.query["permissions"]] if "permissions" in asked.query else []
        held: list[JsonValue] = [one for one in wanted if desk.may(caller, Check(one, bucket))]
        return Reply(200, {"kind": "storage#testIamPermissionsResponse", "permissions": held})
    refuse_unmodelled(f"{asked.method} {asked.path}")
