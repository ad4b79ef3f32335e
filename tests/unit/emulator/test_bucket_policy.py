"""The policy of a bucket, as the real client reads, replaces and tests it, and what of it IAM refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, PreconditionFailed

from arco.emulator.policies import Policy
from arco.policy.values import Text
from tests.fakes.deployments import bucket, custom_role, deployed, member, prefix
from tests.fakes.emulated import ALICE, BOB, BUCKET, Emulated, rights, running_emulated
from tests.fakes.manual_clock import ManualClock

_IAM = f"/storage/v1/b/{BUCKET}/iam"
_READER = "roles/storage.objectViewer"
_ADMIN = ("storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy")
# The administrator's own right is outside the bucket's policy, so that it can be replaced as a whole.
_OUTSIDE = (
    custom_role("admin", *_ADMIN, name="admin"),
    member(
        "projects/demo-project/roles/admin",
        ALICE,
        kind="google_project_iam_member",
        scope={"project": "demo-project"},
        name="admin",
    ),
)


@pytest.fixture
def emulated() -> Iterator[Emulated]:
    """Give an emulator in which Alice administers the bucket, and Bob reads below `a/`."""
    with running_emulated(*_OUTSIDE, member(_READER, BOB, prefix("a/"), name="reads")) as running:
        running.put("a/there")
        running.put("b/there")
        yield running


def _binding(who: str, expression: str = "", role: str = _READER) -> dict[str, object]:
    condition = {"condition": {"title": "t", "expression": expression}} if expression else {}
    return {"role": role, "members": [who], **condition}


def _set(emulated: Emulated, *bindings: Mapping[str, object], **more: object) -> tuple[int, str]:
    answer = emulated.send("PUT", _IAM, {"version": 3, "bindings": bindings, **more})
    return answer.status, answer.message if answer.status != 200 else ""


def _read(emulated: Emulated, name: str, who: str = BOB) -> int:
    return emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/{name.replace('/', '%2F')}", who=who).status


def test_client_reads_the_plan_s_bindings(emulated: Emulated) -> None:
    """With their conditions, for who asks for version 3."""
    policy: Any = emulated.bucket().get_iam_policy(requested_policy_version=3)
    bindings = [{**binding, "members": sorted(binding["members"])} for binding in policy.bindings]

    assert policy.version == 3
    condition = {"title": "reads", "expression": prefix("a/")}
    assert bindings == [{"role": _READER, "members": [BOB], "condition": condition}]


def test_conditions_are_not_given_to_who_cannot_read_them(emulated: Emulated) -> None:
    """A client that asks for no version would drop them in its next write."""
    with pytest.raises(BadRequest, match="cannot be less than the existing policy version"):
        emulated.bucket().get_iam_policy()


def test_client_s_change_counts_for_the_next_request(emulated: Emulated) -> None:
    """Read, change, replace: what was granted is, and what was taken away is not."""
    assert (_read(emulated, "a/there"), _read(emulated, "b/there")) == (200, 403)
    bucket = emulated.bucket()
    policy = bucket.get_iam_policy(requested_policy_version=3)
    policy.bindings = [_binding(BOB, prefix("b/"))]
    policy.bindings[0]["members"] = {BOB}
    written = bucket.set_iam_policy(policy)

    assert (_read(emulated, "a/there"), _read(emulated, "b/there")) == (403, 200)
    assert written.etag != policy.etag


def test_stale_change_is_refused(emulated: Emulated) -> None:
    """Who read before another's change would undo it: 412, as Cloud Storage answers."""
    bucket = emulated.bucket()
    policy = bucket.get_iam_policy(requested_policy_version=3)
    assert _set(emulated, _binding(BOB)) == (200, "")

    with pytest.raises(PreconditionFailed):
        bucket.set_iam_policy(policy)
    assert _read(emulated, "b/there") == 200


def test_etag_is_that_of_what_stands_there(emulated: Emulated) -> None:
    """Equal policies have equal ones, whatever order they were written in."""
    one, two = _binding(BOB), _binding(ALICE, role="roles/storage.legacyObjectReader")
    tags = [
        emulated.send("PUT", _IAM, {"bindings": order, "version": 3}).json()["etag"]
        for order in ([one, two], [two, one])
    ]
    read = emulated.send("GET", f"{_IAM}?optionsRequestedPolicyVersion=3").json()

    assert tags[0] == tags[1] == read["etag"]


@pytest.mark.parametrize(("method", "permission"), [("GET", _ADMIN[0]), ("PUT", _ADMIN[1])])
def test_policy_needs_its_permission(emulated: Emulated, method: str, permission: str) -> None:
    """Reading and replacing need one each, on the bucket; nothing changes without it."""
    answer = emulated.send(method, _IAM, {"bindings": []} if method == "PUT" else None, who=BOB)

    assert answer.status == 403
    assert permission in answer.message
    assert _read(emulated, "a/there") == 200


@pytest.mark.parametrize(("given", "missing"), [(_ADMIN[0], "PUT"), (_ADMIN[1], "GET")])
def test_one_permission_is_not_the_other(given: str, missing: str) -> None:
    """Who may read may not replace, and the other way round."""
    with running_emulated(*rights(ALICE, given)) as emulated:
        other = emulated.send("GET" if missing == "PUT" else "PUT", _IAM, None)
        answer = emulated.send(missing, _IAM, None)

    assert (other.status, answer.status) == (200, 403)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('resource.name.matches("a.*")', "matches"),
        ('resource.name.contains("a")', "contains"),
        ('resource.name.extract("{a}/{b}") == "x"', "identifier"),
        (" || ".join(["true"] * 14), "13 logical operators"),
        ("resource.name.size() > 3", "size"),
        ('resource.name.startsWith("a" + "b")', "literal"),
        ('resource.name.startsWith("a\\.b")', ""),
    ],
)
def test_condition_that_iam_refuses_is_refused(emulated: Emulated, expression: str, reason: str) -> None:
    """400 with the reason, and the old policy stays."""
    status, message = _set(emulated, _binding(BOB, expression))

    assert status == 400
    assert reason in message
    assert _read(emulated, "a/there") == 200


@pytest.mark.parametrize(
    ("who", "role"), [("allUsers", _READER), ("allAuthenticatedUsers", _READER), (BOB, "roles/editor")]
)
def test_condition_in_a_place_that_takes_none_is_refused(emulated: Emulated, who: str, role: str) -> None:
    """Everybody, and basic roles."""
    status, message = _set(emulated, _binding(who, prefix("a/"), role))

    assert status == 400
    assert "condition" in message


@pytest.mark.parametrize("version", [None, 1])
def test_conditions_are_not_dropped_without_a_word(emulated: Emulated, version: int | None) -> None:
    """Who sends an older version has not seen them."""
    answer = emulated.send("PUT", _IAM, {"version": version, "bindings": [_binding(BOB)]})

    assert answer.status == 400
    assert "Specified policy version (1)" in answer.message


@pytest.mark.parametrize("version", [None, 1, 2, 4, True, "3", 1.5])
def test_conditions_need_version_3(version: object) -> None:
    """Also where there were none before."""
    with running_emulated(*_OUTSIDE) as emulated:
        answer = emulated.send("PUT", _IAM, {"version": version, "bindings": [_binding(BOB, prefix("b/"))]})

        assert answer.status == 400


@pytest.mark.parametrize(
    ("version", "status"), [(None, 200), (0, 200), (1, 200), (3, 200), (2, 400), (4, 400), (True, 400)]
)
def test_versions_are_1_and_3(version: object, status: int) -> None:
    """None is the first, as Google reads it."""
    with running_emulated(*_OUTSIDE) as emulated:
        assert emulated.send("PUT", _IAM, {"version": version, "bindings": [_binding(BOB)]}).status == status


@pytest.mark.parametrize(
    "document",
    [
        {"bindings": {}},
        {"bindings": ["x"]},
        {"bindings": [{"members": [BOB]}]},
        {"bindings": [{"role": _READER}]},
        {"bindings": [{"role": _READER, "members": [1]}]},
        {"bindings": [{"role": _READER, "members": [BOB], "condition": {"expression": "true"}}]},
        {"bindings": [{"role": _READER, "members": [BOB], "condition": {"title": "t", "expression": ""}}]},
    ],
)
def test_malformed_policy_is_refused(emulated: Emulated, document: Mapping[str, object]) -> None:
    """400, and the old policy stays."""
    answer = emulated.send("PUT", _IAM, {"version": 3, **document})

    assert answer.status == 400
    assert _read(emulated, "a/there") == 200


@pytest.mark.parametrize(
    "document",
    [
        {"bindings": [], "auditConfigs": []},
        {"bindings": [{"role": _READER, "members": [BOB], "bindingId": "x"}]},
        {"bindings": [{"role": "roles/nobody.knows", "members": [BOB]}]},
        {"bindings": [{"role": "projects/demo-project/roles/undefined", "members": [BOB]}]},
        {"bindings": [{"role": _READER, "members": ["bob@example.com"]}]},
        {"bindings": [_binding(BOB, 'resource.hasTagKey("x")')]},
    ],
)
def test_policy_that_is_not_understood_is_refused(emulated: Emulated, document: Mapping[str, object]) -> None:
    """501: what it grants would be a guess."""
    answer = emulated.send("PUT", _IAM, {"version": 3, **document})

    assert answer.status == 501
    assert _read(emulated, "a/there") == 200


def test_custom_roles_of_the_plan_can_be_granted(emulated: Emulated) -> None:
    """They are known by the plan, not by the policy."""
    assert _set(emulated, _binding(BOB, role="projects/demo-project/roles/admin")) == (200, "")
    assert emulated.bucket(BOB).get_iam_policy(requested_policy_version=3).version == 1


def test_policy_without_bindings_locks_out(emulated: Emulated) -> None:
    """It is a policy, and nobody has anything by it."""
    assert _set(emulated) == (200, "")
    assert _read(emulated, "a/there") == 403


def test_conditions_need_uniform_access() -> None:
    """412, as Cloud Storage answers."""
    plan = Policy.of(deployed(bucket(BUCKET, uniform=False), *_OUTSIDE))
    with running_emulated(policy=plan) as emulated:
        status, message = _set(emulated, _binding(BOB, prefix("a/")))

        assert status == 412
        assert "uniform bucket-level access" in message


def test_private_bucket_takes_nobody_unnamed() -> None:
    """With public access prevention, neither the plan's nor a client's grant to everybody counts."""
    made = bucket(BUCKET)
    private = replace(made, values={**made.values, "public_access_prevention": Text.of("enforced")})
    everybody = [member(_READER, who, name=who) for who in ("allUsers", "allAuthenticatedUsers")]
    with running_emulated(policy=Policy.of(deployed(private, *_OUTSIDE, *everybody))) as emulated:
        emulated.put("a/there")
        anonymous = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/a%2Fthere", who=None)
        status, message = _set(emulated, _binding("allUsers"))

        assert anonymous.status == 401
        assert "Anonymous caller does not have storage.objects.get access" in anonymous.message
        assert _read(emulated, "a/there") == 403
        assert (status, "public access prevention" in message) == (412, True)


def test_tested_permissions_are_those_on_the_bucket(emulated: Emulated) -> None:
    """Several at once; what is held under a condition on names only is not held on the bucket."""
    wanted = ["storage.objects.get", "storage.buckets.setIamPolicy", "storage.buckets.getIamPolicy"]

    assert emulated.bucket().test_iam_permissions(wanted) == wanted[1:]
    assert emulated.bucket(BOB).test_iam_permissions(wanted) == []


@pytest.mark.parametrize("query", ["", "?permissions=", "?permissions=iam.roles.get", "?permissions=storage.*"])
def test_tested_permissions_are_named(emulated: Emulated, query: str) -> None:
    """At least one, of Cloud Storage, without wildcards."""
    assert emulated.send("GET", f"{_IAM}/testPermissions{query}").status == 400


def test_change_is_enforced_after_its_propagation() -> None:
    """Until then the old policy answers, and the new one is read already."""
    clock = ManualClock()
    with running_emulated(
        *_OUTSIDE, member(_READER, BOB, prefix("a/"), name="reads"), clock=clock, propagation_seconds=7.0
    ) as emulated:
        emulated.put("a/there")
        assert _set(emulated) == (200, "")
        stated = emulated.send("GET", _IAM).json()["bindings"]
        clock.advance(6.9)
        before = _read(emulated, "a/there")
        clock.advance(0.1)
        after = _read(emulated, "a/there")

        assert (stated, before, after) == ([], 200, 403)


def test_grants_without_a_plan_cannot_be_replaced(emulated: Emulated) -> None:
    """Nobody knows the roles then."""
    grants = emulated.emulator.policies.stated.grants
    with running_emulated(policy=grants) as bare:
        assert _set(bare)[0] == 501
        with pytest.raises(Forbidden):
            bare.bucket(BOB).get_iam_policy(requested_policy_version=3)
