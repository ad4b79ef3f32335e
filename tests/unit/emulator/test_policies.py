"""The policy of a plan: what of it is certain, and how another takes its place while the emulator runs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from arco.emulator.policies import Policies, Policy
from arco.errors import InputError
from arco.policy.deployment import Gap, Instance
from arco.runtime import SimulatedClock
from tests.fakes.deployments import bucket, deployed, instance, member, prefix
from tests.fakes.emulated import ALICE, BOB, BUCKET, Emulated, rights, running_emulated
from tests.fakes.manual_clock import ManualClock

_GET = "storage.objects.get"
_THERE = f"/storage/v1/b/{BUCKET}/o/there"
_ACCOUNT = {"service_account_id": "projects/p/serviceAccounts/alice@demo-project.iam.gserviceaccount.com"}
_BECOMES = "roles/iam.serviceAccountTokenCreator"


def _plan(*grants: Instance, buckets: tuple[str, ...] = (BUCKET,)) -> Policy:
    return Policy.of(deployed(*(bucket(name) for name in buckets), *grants))


@pytest.mark.parametrize(
    ("grant", "doubt"),
    [
        (member("roles/nobody.knows"), "snapshot"),
        (member("projects/p/roles/undefined"), "not defined in this input"),
        (member(expression='resource.hasTagKey("x")'), "hasTagKey"),
        (member(expression='request.time.getHours("Nowhere/Nowhere") > 1'), "Nowhere/Nowhere"),
        (member(expression='resource.type.startsWith("storage")'), "unexpected results"),
        (member(who="nobody@example.com"), "no form of member"),
        (instance("google_storage_bucket_acl", bucket="demo", role_entity=["READER:allUsers"]), ""),
        (instance("google_iam_deny_policy", parent="x"), "is not modelled"),
        (instance("google_iam_principal_access_boundary_policy"), "is not modelled"),
        (instance("google_privileged_access_manager_entitlement"), "may grant access"),
        (member(_BECOMES, kind="google_pubsub_topic_iam_member", scope={"topic": "t"}), "another account"),
        (member("roles/nobody.knows", kind="google_service_account_iam_member", scope=_ACCOUNT), "snapshot"),
        (
            member(_BECOMES, kind="google_service_account_iam_member", scope={"service_account_id": "x"}),
            "no name",
        ),
    ],
)
def test_what_a_plan_leaves_open_is_a_doubt(grant: Instance, doubt: str) -> None:
    """Each names the resource, and why nobody can tell what it grants."""
    # Access control lists count where uniform access is off; conditions are refused there.
    policy = Policy.of(deployed(grant, bucket(uniform="acl" not in grant.type)))

    assert any(grant.address in text and doubt in text for text in policy.doubts), policy.doubts
    assert policy.refused == ()


@pytest.mark.parametrize(
    "grant",
    [
        member(expression=prefix("a/")),
        member(expression='request.time < timestamp("2030-01-01T00:00:00Z")'),
        member(who="group:all@example.com"),
        member(_BECOMES, kind="google_service_account_iam_member", scope=_ACCOUNT),
        instance("google_project_iam_member_remove"),
    ],
)
def test_what_is_certain_is_none(grant: Instance) -> None:
    """Roles on accounts are enforced here, although the proof leaves them open."""
    assert (_plan(grant).doubts, _plan(grant).refused) == ((), ())


def test_gap_is_a_doubt() -> None:
    """Instances that nobody can enumerate may be grants."""
    gap = Gap("google_storage_bucket_iam_member.all", "google_storage_bucket_iam_member", "for_each is not known")

    assert any("for_each" in text for text in Policy.of(deployed(bucket(), gaps=[gap])).doubts)


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        (member(expression='resource.name.matches("x")'), "matches"),
        (member(who="allUsers", expression="true"), "allUsers"),
        (member("roles/viewer", expression="true"), "basic role"),
    ],
)
def test_grant_that_iam_would_refuse_grants_nothing(grant: Instance, reason: str) -> None:
    """It is named, and there is no such grant."""
    policy = _plan(grant)

    assert policy.grants.grants == ()
    assert [text for text in policy.refused if reason in text and grant.address in text]


def test_changes_come_into_force_in_their_order() -> None:
    """Each after the propagation, and one that is overtaken is never told."""
    clock = SimulatedClock()
    first, second, third = _plan(), _plan(member()), _plan(member(who=ALICE))
    policies = Policies(first, clock, 10.0)
    policies.state(second)
    clock.advance(5)
    policies.state(third)
    clock.advance(5)
    told = [policies.due(), policies.due()]
    clock.advance(5)
    told.append(policies.due())

    assert (policies.stated, told) == (third, [second, None, third])


def test_overtaken_change_is_not_enforced() -> None:
    """Of two that are due, the later one counts."""
    clock = SimulatedClock()
    policies = Policies(_plan(), clock)
    last = _plan(member())
    policies.state(_plan())
    policies.state(last)

    assert (policies.due(), policies.due()) == (last, None)


def _read(emulated: Emulated, who: str = ALICE) -> int:
    return emulated.send("GET", _THERE, who=who).status


def test_another_plan_counts_for_the_next_request() -> None:
    """Tokens stay good; what they may do is another thing."""
    with running_emulated(*rights(ALICE, _GET)) as emulated:
        emulated.put("there")
        before = (_read(emulated), _read(emulated, BOB))
        emulated.run(emulated.emulator.change(_plan(*rights(BOB, _GET))))
        after = (_read(emulated), _read(emulated, BOB))

        assert (before, after) == ((200, 403), (403, 200))


def test_another_plan_brings_and_takes_buckets() -> None:
    """Objects of a bucket that is gone for a while are there when it comes back."""
    with running_emulated(*rights(ALICE, _GET)) as emulated:
        emulated.put("there")
        other = _plan(member("roles/storage.admin", ALICE, scope={"bucket": "other"}), buckets=("other",))
        emulated.run(emulated.emulator.change(other))
        gone = emulated.send("GET", "/storage/v1/b/demo", who=ALICE).status
        new = emulated.send("GET", "/storage/v1/b/other/o", who=ALICE).status
        emulated.run(emulated.emulator.change(_plan(*rights(ALICE, _GET))))

        assert (gone, new, _read(emulated)) == (403, 200, 200)


def test_grant_above_a_bucket_that_is_gone_reaches_nothing() -> None:
    """The bucket does not exist, whoever may do everything in the project."""
    admin = member("roles/storage.admin", ALICE, kind="google_project_iam_member", scope={"project": "demo-project"})
    with running_emulated(admin) as emulated:
        emulated.put("there")
        emulated.run(emulated.emulator.change(_plan(admin, buckets=("other",))))

        assert [emulated.send("GET", path).status for path in (_THERE, "/storage/v1/b/demo")] == [404, 404]


def _admin(
    emulated: Emulated, path: str, body: Mapping[str, object] | None = None, token: str | None = None
) -> tuple[int, str]:
    given = emulated.emulator.admin.token if token is None else token
    answer = emulated.send("POST", f"/_arco/{path}", body, {"Authorization": f"Bearer {given}"})
    return answer.status, answer.body.decode()


def test_operator_reloads_the_plan() -> None:
    """By what the command has given for it; what it says is what the caller is told."""
    with running_emulated(*rights(ALICE, _GET)) as emulated:
        emulated.put("there")

        async def reload() -> None:
            await emulated.emulator.change(_plan())

        emulated.emulator.admin.reload = reload
        status, _ = _admin(emulated, "reload")

        assert (status, _read(emulated)) == (200, 403)


def test_plan_that_cannot_be_read_leaves_the_old_one() -> None:
    """400 with the reason, and the old answers."""
    with running_emulated(*rights(ALICE, _GET)) as emulated:
        emulated.put("there")

        async def reload() -> None:
            message = "it is torn"
            raise InputError(message, source="plan.json")

        emulated.emulator.admin.reload = reload
        status, text = _admin(emulated, "reload")

        assert (status, "the old policy stays: plan.json: it is torn" in text) == (400, True)
        assert _read(emulated) == 200


@pytest.mark.parametrize("path", ["reload", "tokens", "tokens/revoke", "x"])
def test_operator_s_paths_are_for_the_operator(path: str) -> None:
    """No account's token opens them, nor a part of the operator's, and none is needed for what is not there."""
    with running_emulated(*rights(ALICE, _GET)) as emulated:
        right = emulated.emulator.admin.token
        tokens = [emulated.token(ALICE), right[:-1], right + "x", "", right.upper()]
        bare = emulated.send("POST", f"/_arco/{path}", {}, who=None)

        assert [_admin(emulated, path, {}, token)[0] for token in tokens] == [401] * len(tokens)
        assert bare.status == 401


def test_operator_s_token_is_no_account_s() -> None:
    """It speaks for nobody in the API."""
    with running_emulated(*rights("allAuthenticatedUsers", _GET)) as emulated:
        header = {"Authorization": f"Bearer {emulated.emulator.admin.token}"}

        assert emulated.send("GET", _THERE, None, header).status == 401


def test_operator_issues_and_revokes_tokens() -> None:
    """For any account or user, for a time."""
    clock = ManualClock()
    with running_emulated(*rights("user:ann@example.com", _GET), clock=clock) as emulated:
        emulated.put("there")
        body = {"member": "user:Ann@example.com", "lifetime_seconds": 60}
        issued = emulated.send(
            "POST", "/_arco/tokens", body, {"Authorization": f"Bearer {emulated.emulator.admin.token}"}
        ).json()
        header = {"Authorization": f"Bearer {issued['token']}"}
        good = emulated.send("GET", _THERE, None, header).status
        revoked = _admin(emulated, "tokens/revoke", {"token": issued["token"]})
        ended = emulated.send("GET", _THERE, None, header).status
        again = _admin(emulated, "tokens/revoke", {"token": issued["token"]})

        assert issued["expires_at"] == clock.wall_seconds() + 60
        assert (good, revoked[0], ended, again[0]) == (200, 204, 401, 404)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tokens", {}),
        ("tokens", {"member": "allUsers"}),
        ("tokens", {"member": "ann@example.com"}),
        ("tokens", {"member": ALICE, "more": 1}),
        ("tokens", {"member": ALICE, "lifetime_seconds": 0}),
        ("tokens", {"member": ALICE, "lifetime_seconds": 3601}),
        ("tokens", {"member": ALICE, "lifetime_seconds": True}),
        ("tokens", {"member": ALICE, "lifetime_seconds": "60"}),
        ("tokens/revoke", {}),
        ("tokens/revoke", {"token": 7}),
    ],
)
def test_operator_s_mistakes_are_told(path: str, body: Mapping[str, object]) -> None:
    """400, and no token comes of it."""
    with running_emulated(*rights(ALICE, _GET)) as emulated:
        assert _admin(emulated, path, body)[0] == 400


@pytest.mark.parametrize("path", ["reload", "x", "tokens/x"])
def test_operator_s_other_paths_are_refused(path: str) -> None:
    """501, as everything that is not modelled; a reload as well, where there is nothing to read again."""
    with running_emulated(*rights(ALICE, _GET)) as emulated:
        assert _admin(emulated, path)[0] == 501
