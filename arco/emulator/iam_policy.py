"""The policy of a bucket as clients read and replace it. What IAM refuses is refused here, with the reason.

Source: Cloud Storage's "Buckets: setIamPolicy", IAM's "Policy versions"; a stale etag is answered 412 by Cloud Storage.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Final

from arco.emulator.asked import Asked
from arco.emulator.desk import Desk
from arco.emulator.enforcement import Check
from arco.emulator.policies import Policies, Policy
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.errors import InputError
from arco.policy.model import EVERYONE, Bucket, ScopeKind

__all__ = ["get", "replace"]

_CONDITIONS_VERSION: Final = 3
_VERSIONS: Final = (1, _CONDITIONS_VERSION)
_VERSION_PARAMETER: Final = "optionsRequestedPolicyVersion"
_SEE: Final = "For more information, please refer to https://cloud.google.com/iam/docs/policies#versions."
_FIELDS: Final = frozenset({"bindings", "etag", "kind", "resourceId", "version"})


def get(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Give the bucket's policy, as stated: during a propagation it is not enforced yet."""
    asked.only(_VERSION_PARAMETER)
    desk.require(caller, [Check("storage.buckets.getIamPolicy", bucket)])
    desk.store(bucket)
    wanted = asked.whole(_VERSION_PARAMETER)
    document = _document(_policies(desk).stated, bucket)
    if document["version"] == _CONDITIONS_VERSION and (wanted or 1) < _CONDITIONS_VERSION:
        raise Failure(400, f"Requested policy version (1) cannot be less than the existing policy version (3). {_SEE}")
    return Reply(200, document)


def replace(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Replace the bucket's policy."""
    asked.only()
    document = asked.document()
    desk.require(caller, [Check("storage.buckets.setIamPolicy", bucket)])
    desk.store(bucket)
    policies = _policies(desk)
    stated = policies.stated
    unknown = sorted(set(document) - _FIELDS)
    if unknown:
        refuse_unmodelled(f"the field {unknown[0]!r} of a policy")
    bindings = _bindings(document.get("bindings", []))
    current = _document(stated, bucket)
    if document.get("etag") and document["etag"] != current["etag"]:
        raise Failure(412, "The policy has changed since it was read: read it again, change that, and replace it.")
    _check_version(document.get("version"), bindings, current)
    _check_bucket(stated.grants.buckets[bucket], bindings)
    try:
        policy = stated.with_bucket_policy(bucket, json.dumps({"bindings": bindings}))
    except InputError as error:
        raise Failure(400, str(error)) from error
    if policy is None:
        refuse_unmodelled("setIamPolicy without a plan")
    for reason in set(policy.refused) - set(stated.refused):
        raise Failure(400, reason)
    for reason in set(policy.doubts) - set(stated.doubts):
        refuse_unmodelled(f"what this policy grants: {reason}")
    policies.state(policy)
    return Reply(200, _document(policy, bucket))


def _policies(desk: Desk) -> Policies:
    if desk.policies is None:
        refuse_unmodelled("the policy of a bucket without a plan")
    return desk.policies


def _document(policy: Policy, bucket: str) -> dict[str, JsonValue]:
    """Spell the policy of a bucket. One binding a role and condition, in order, so that equal policies look equal."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for grant in policy.grants.grants:
        if grant.scope.kind is not ScopeKind.BUCKET or grant.scope.name != bucket:
            continue
        if grant.condition is not None and not grant.condition.text.known:
            refuse_unmodelled("a policy with a condition that the plan leaves open")
        title, text = (grant.condition.title, grant.condition.text.value) if grant.condition is not None else ("", "")
        found.setdefault((grant.role, title, text), set()).add(grant.member)
    bindings: list[JsonValue] = []
    for (role, title, expression), members in sorted(found.items()):
        binding: dict[str, JsonValue] = {"role": role, "members": [*sorted(members)]}
        if expression:
            binding["condition"] = {"title": title, "expression": expression}
        bindings.append(binding)
    conditional = any(expression for _, _, expression in found)
    digest = hashlib.sha256(json.dumps(bindings).encode()).digest()
    return {
        "kind": "storage#policy",
        "resourceId": f"projects/_/buckets/{bucket}",
        "version": _CONDITIONS_VERSION if conditional else 1,
        "etag": base64.b64encode(digest[:12]).decode(),
        "bindings": bindings,
    }


def _bindings(value: JsonValue) -> list[dict[str, JsonValue]]:
    """Check the form of the bindings; what they mean is read by who reads those of plans."""
    if not isinstance(value, list):
        raise Failure(400, "Invalid value for: bindings")
    bindings: list[dict[str, JsonValue]] = []
    for binding in value:
        if not isinstance(binding, dict) or not _is_text(binding.get("role")):
            raise Failure(400, "a binding has a role")
        members = binding.get("members")
        if not isinstance(members, list) or not all(_is_text(member) for member in members):
            raise Failure(400, f"a binding has a list of members: {binding['role']}")
        unknown = sorted(set(binding) - {"role", "members", "condition"})
        if unknown:
            refuse_unmodelled(f"the field {unknown[0]!r} of a binding")
        condition = binding.get("condition")
        if condition is not None and not (
            isinstance(condition, dict) and _is_text(condition.get("title")) and _is_text(condition.get("expression"))
        ):
            raise Failure(400, f"a condition has a title and an expression: {binding['role']}")
        bindings.append(binding)
    return bindings


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str) and value != ""


def _check_version(version: JsonValue, bindings: list[dict[str, JsonValue]], stated: Mapping[str, JsonValue]) -> None:
    if (version or 1) not in _VERSIONS or isinstance(version, bool):
        raise Failure(400, f"Invalid policy version: {version!r}")
    if version != _CONDITIONS_VERSION and any(binding.get("condition") is not None for binding in bindings):
        raise Failure(400, f"a policy with conditions has version {_CONDITIONS_VERSION}. {_SEE}")
    if version != _CONDITIONS_VERSION and stated["version"] == _CONDITIONS_VERSION:
        raise Failure(400, f"Specified policy version (1) cannot be less than the existing policy version (3). {_SEE}")


def _check_bucket(bucket: Bucket, bindings: list[dict[str, JsonValue]]) -> None:
    """Refuse what the bucket's own settings exclude."""
    if bucket.uniform is False and any(binding.get("condition") is not None for binding in bindings):
        message = "a policy with conditions needs uniform bucket-level access: enable uniform bucket-level access first"
        raise Failure(412, message)
    everybody = any(member in EVERYONE for binding in bindings for member in _members(binding))
    if bucket.private and everybody:
        message = "allUsers and allAuthenticatedUsers are not allowed: public access prevention is enforced"
        raise Failure(412, message)


def _members(binding: Mapping[str, JsonValue]) -> list[JsonValue]:
    members = binding["members"]
    return members if isinstance(members, list) else []
