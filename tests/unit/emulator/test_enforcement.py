"""The decision itself: which bindings count for whom, where, and when; what cannot be evaluated grants nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from arco.emulator.enforcement import ANONYMOUS, Check, Enforcer
from arco.emulator.moments import truths_at
from arco.policy.conditions import Refusal, parse
from arco.policy.deployment import Instance
from arco.policy.grants import collect
from arco.runtime import SimulatedClock
from tests.fakes.deployments import Plain, bucket, deployed, member, prefix

_ANN, _BEN = "user:ann@example.com", "user:ben@example.com"
_READER = "roles/storage.legacyObjectReader"
_GET = "storage.objects.get"
_AT = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
_FOLDER = {"bucket": "demo", "managed_folder": "a/"}


def _enforcer(*grants: Instance) -> Enforcer:
    clock = SimulatedClock(wall_seconds=_AT.timestamp())
    return Enforcer(
        collect(deployed(bucket("demo", prevention="inherited"), bucket("other", project="other-project"), *grants)),
        clock,
    )


def _may(
    *grants: Instance, who: str = _ANN, permission: str = _GET, where: str = "demo", name: str | None = "a/b"
) -> bool:
    return _enforcer(*grants).decide(who, Check(permission, where, name)).granted


def _above(kind: str, role: str = "roles/storage.objectViewer", **scope: Plain) -> Instance:
    return member(role, kind=f"google_{kind}_iam_member", scope=scope)


def test_who_holds_nothing_may_nothing() -> None:
    """Neither a stranger, nor somebody with another permission, in another bucket, or under a false condition."""
    assert not _may()
    assert not _may(member(), who=_BEN)
    assert not _may(member(), permission="storage.objects.delete")
    assert not _may(member(), where="other")
    assert not _may(member(expression=prefix("b/")))
    assert _may(member())
    assert _may(member(expression=prefix("a/")))


def test_grant_that_decided_is_named() -> None:
    """The decision tells the binding that granted, the first that holds."""
    enforcer = _enforcer(member(expression=prefix("b/"), name="no"), member(expression=prefix("a/"), name="yes"))
    decision = enforcer.decide(_ANN, Check(_GET, "demo", "a/b"))

    assert decision.granted
    assert decision.grant is not None
    assert decision.grant.address == "google_storage_bucket_iam_member.yes"
    assert decision.undecided == ()


@pytest.mark.parametrize(
    ("granted", "caller", "expected"),
    [
        ("allUsers", _ANN, True),
        ("allUsers", ANONYMOUS, True),
        ("allAuthenticatedUsers", _ANN, True),
        ("allAuthenticatedUsers", ANONYMOUS, False),
        (_ANN, ANONYMOUS, False),
        ("group:g@example.com", _ANN, False),
        ("domain:example.com", _ANN, False),
        ("projectViewer:demo-project", _ANN, False),
        ("principalSet://goog/public:all", _ANN, False),
        ("deleted:user:ann@example.com?uid=1", _ANN, False),
        ("user:Ann@Example.com", _ANN, True),
        ("serviceAccount:ann@example.com", _ANN, False),
    ],
)
def test_members(granted: str, caller: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """Everybody is everybody; who is in a group or a domain nobody knows here, so these grant nothing."""
    assert _may(member(who=granted), who=caller) is expected


def test_anonymous_is_no_member() -> None:
    """A grant to somebody who is called like the caller without credentials is none."""
    assert not _may(member(who=f"user:{ANONYMOUS}"), who=ANONYMOUS)


@pytest.mark.parametrize(
    ("grant", "where", "expected"),
    [
        (_above("project", project="demo-project"), "demo", True),
        (_above("project", project="demo-project"), "other", False),
        (_above("project", project="demo-project"), "unknown", True),
        (_above("folder", folder="folders/1"), "demo", True),
        (_above("organization", org_id="1"), "demo", True),
        (member(scope={"bucket": "other"}), "demo", False),
    ],
)
def test_scopes(grant: Instance, where: str, expected: bool) -> None:  # noqa: FBT001 - as above
    """A grant above buckets reaches those of its project, and those whose project nobody knows."""
    assert _may(grant, where=where) is expected


@pytest.mark.parametrize(
    ("name", "expected"), [("a/b", True), ("a/", True), ("a", False), ("ab", False), ("b/a/", False), (None, False)]
)
def test_managed_folder_reaches_its_objects(name: str | None, expected: bool) -> None:  # noqa: FBT001 - as above
    """A grant on a managed folder reaches what is in it, and neither the bucket nor a neighbour."""
    grant = member("roles/storage.objectViewer", kind="google_storage_managed_folder_iam_member", scope=_FOLDER)
    permission = "storage.objects.list" if name is None else _GET

    assert _may(grant, permission=permission, name=name) is expected


def test_condition_sees_the_resource_that_is_asked() -> None:
    """A list is decided on the bucket, so that a condition on objects never lists, and one on the bucket always."""
    on_objects = member("roles/storage.objectViewer", expression=prefix(""))
    on_bucket = member("roles/storage.objectViewer", expression='resource.type == "storage.googleapis.com/Bucket"')
    listing = Check("storage.objects.list", "demo")

    assert not _enforcer(on_objects).decide(_ANN, listing).granted
    assert _may(on_objects)
    assert _enforcer(on_bucket).decide(_ANN, listing).granted
    assert not _may(on_bucket)


@pytest.mark.parametrize(
    "expression",
    [
        "resource.matchTag('1/env', 'prod')",
        "!resource.matchTag('1/env', 'prod')",
        'resource.name.contains("a")',
        'resource.name.matches("a.*")',
        'resource.name.extract("{a}/{b}") == "x"',
        "request.time.getHours('Nowhere/Nowhere') < 25",
        f'{prefix("a/")} && resource.hasTagKey("1/env")',
    ],
)
def test_condition_that_cannot_be_evaluated_grants_nothing(expression: str) -> None:
    """It is undecided, which is said, and neither it nor its negation grants."""
    decision = _enforcer(member(expression=expression)).decide(_ANN, Check(_GET, "demo", "a/b"))

    assert not decision.granted
    assert [grant.address for grant in decision.undecided] == ["google_storage_bucket_iam_member.m"]


def test_unknown_is_absorbed_where_cel_absorbs_it() -> None:
    """What does not depend on the unknown part is decided, in both orders."""
    tag, holds, fails = "resource.hasTagKey('1/env')", prefix("a/"), prefix("b/")

    assert _may(member(expression=f"{tag} || {holds}"))
    assert _may(member(expression=f"{holds} || {tag}"))
    for expression in (f"{tag} && {fails}", f"{fails} && {tag}"):
        decision = _enforcer(member(expression=expression)).decide(_ANN, Check(_GET, "demo", "a/b"))
        assert not decision.granted
        assert decision.undecided == ()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('request.time < timestamp("2026-06-01T12:30:01Z")', True),
        ('request.time < timestamp("2026-06-01T12:30:00Z")', False),
        ('request.time <= timestamp("2026-06-01T12:30:00Z")', True),
        ('request.time <= timestamp("2026-06-01T12:29:59Z")', False),
        ('request.time > timestamp("2026-06-01T12:29:59Z")', True),
        ('request.time > timestamp("2026-06-01T12:30:00Z")', False),
        ('request.time >= timestamp("2026-06-01T12:30:00Z")', True),
        ('request.time >= timestamp("2026-06-01T12:30:01Z")', False),
        ('request.time < timestamp("2026-06-01T14:30:01+02:00")', True),
        ('request.time < timestamp("2026-06-01T14:30:00+02:00")', False),
        ('timestamp("2026-06-01T12:30:01Z") > request.time', True),
        ('timestamp("2026-06-01T12:30:00Z") > request.time', False),
        ('timestamp("2026-06-01T12:30:01Z") < request.time', False),
        ('timestamp("2026-06-01T12:30:00Z") <= request.time', True),
        ('request.time >= date("2026-06-01")', True),
        ('request.time < date("2026-06-01")', False),
        ('request.time < date("2026-06-02")', True),
        ('!(request.time < timestamp("2026-06-01T12:30:00Z"))', True),
        (f'request.time < timestamp("2026-07-01T00:00:00Z") && {prefix("a/")}', True),
        (f'request.time < timestamp("2026-05-01T00:00:00Z") && {prefix("a/")}', False),
        (f'request.time < timestamp("2026-07-01T00:00:00Z") && {prefix("b/")}', False),
    ],
)
def test_time_is_decided_by_the_clock(expression: str, expected: bool) -> None:  # noqa: FBT001 - as above
    """A condition on time grants at its moments and at no other, to the second, in any zone, on either side."""
    assert _may(member(expression=expression)) is expected


def test_grant_expires_while_the_emulator_runs() -> None:
    """The clock is asked at each decision."""
    clock = SimulatedClock(wall_seconds=_AT.timestamp())
    granted = member(expression='request.time < timestamp("2026-06-01T12:31:00Z")')
    enforcer = Enforcer(collect(deployed(bucket(), granted)), clock)
    before = enforcer.decide(_ANN, Check(_GET, "demo", "a")).granted
    clock.advance(59)
    last = enforcer.decide(_ANN, Check(_GET, "demo", "a")).granted
    clock.advance(1)
    after = enforcer.decide(_ANN, Check(_GET, "demo", "a")).granted

    assert (before, last, after) == (True, True, False)


def test_what_is_not_time_stays_free() -> None:
    """Tags, and hours of a zone that nobody knows, get no truth from the clock."""
    parsed = parse("resource.hasTagKey('1/env') && request.time.getHours('Nowhere/Nowhere') < 25")
    assert not isinstance(parsed, Refusal)

    assert truths_at(parsed, _AT) == {}
