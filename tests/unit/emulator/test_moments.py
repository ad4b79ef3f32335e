"""Conditions on time, to the millisecond at which they turn, by the clock of the emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from arco.emulator.enforcement import Check, Enforcer
from arco.emulator.moments import truths_at
from arco.policy.conditions import Refusal, evaluate, parse
from arco.policy.conditions.evaluate import Resource
from arco.policy.grants import collect
from arco.runtime import SimulatedClock
from tests.fakes.deployments import bucket, deployed, member

_OBJECT = Resource.object("demo", "a")
_MILLISECOND = timedelta(milliseconds=1)


def _at(expression: str, moment: datetime) -> bool | None:
    parsed = parse(expression)
    assert not isinstance(parsed, Refusal), parsed
    return evaluate(parsed, _OBJECT, truths_at(parsed, moment))


@pytest.mark.parametrize(
    ("expression", "turns"),
    [
        ('request.time >= timestamp("2026-03-01T00:00:00Z")', "2026-03-01T00:00:00+00:00"),
        ('request.time >= timestamp("2026-03-01T01:00:00+01:00")', "2026-03-01T00:00:00+00:00"),
        ('request.time >= date("2026-03-01")', "2026-03-01T00:00:00+00:00"),
        ('timestamp("2026-03-01T00:00:00Z") <= request.time', "2026-03-01T00:00:00+00:00"),
        ('!(request.time < timestamp("2026-03-01T00:00:00.500Z"))', "2026-03-01T00:00:00.500+00:00"),
        ('request.time - duration("3600s") >= date("2026-03-01")', "2026-03-01T01:00:00+00:00"),
        ('request.time + duration("1.5s") >= date("2026-03-01")', "2026-02-28T23:59:58.500+00:00"),
        ('request.time >= date("2026-03-01") + duration("60s")', "2026-03-01T00:01:00+00:00"),
        ("request.time.getFullYear() >= 2026", "2026-01-01T00:00:00+00:00"),
        ("request.time.getMonth() == 2", "2026-03-01T00:00:00+00:00"),
        ("request.time.getDate() == 2", "2026-03-02T00:00:00+00:00"),
        ("request.time.getDayOfMonth() == 2", "2026-03-03T00:00:00+00:00"),
        ("request.time.getDayOfWeek() == 0", "2026-03-01T00:00:00+00:00"),
        ("request.time.getDayOfWeek() == 6", "2026-03-07T00:00:00+00:00"),
        ("request.time.getDayOfYear() == 59", "2026-03-01T00:00:00+00:00"),
        ("request.time.getHours() >= 9", "2026-03-01T09:00:00+00:00"),
        ("9 <= request.time.getHours()", "2026-03-01T09:00:00+00:00"),
        ("request.time.getMinutes() > 29", "2026-03-01T09:30:00+00:00"),
        ("request.time.getSeconds() != 0", "2026-03-01T09:30:01+00:00"),
        ("request.time.getMilliseconds() >= 250", "2026-03-01T09:30:01.250+00:00"),
        ('request.time.getHours("Europe/Berlin") >= 9', "2026-03-01T08:00:00+00:00"),
        ('request.time.getHours("Europe/Berlin") >= 9', "2026-07-01T07:00:00+00:00"),
        ('request.time.getHours("America/New_York") == 0', "2026-03-01T05:00:00+00:00"),
        ('request.time.getHours("-05:30") == 0', "2026-03-01T05:30:00+00:00"),
        ('request.time.getDayOfWeek("+14:00") == 0', "2026-02-28T10:00:00+00:00"),
    ],
)
def test_condition_turns_true_at_its_moment(expression: str, turns: str) -> None:
    """It does not hold a millisecond before, and holds from then on."""
    moment = datetime.fromisoformat(turns).astimezone(UTC)

    assert (_at(expression, moment - _MILLISECOND), _at(expression, moment)) == (False, True)


@pytest.mark.parametrize(
    "expression",
    [
        'request.time.getHours("Nowhere/Nowhere") >= 0',
        'request.time.getHours("../../etc/passwd") >= 0',
        'request.time.getHours("+99:00") >= 0',
        'request.time + duration("9999999999999s") > date("2026-01-01")',
        'resource.hasTagKey("x")',
        'resource.matchTag("x", "y")',
    ],
)
def test_what_cannot_be_told_is_neither_true_nor_false(expression: str) -> None:
    """So neither it nor its negation grants."""
    moment = datetime(2026, 3, 1, tzinfo=UTC)

    assert (_at(expression, moment), _at(f"!({expression})", moment)) == (None, None)


def test_enforcement_follows_the_clock() -> None:
    """A grant that ends at noon is none at noon."""
    who = "user:ann@example.com"
    ends = member("roles/storage.objectViewer", who, 'request.time < timestamp("2026-03-01T12:00:00Z")')
    clock = SimulatedClock(wall_seconds=datetime(2026, 3, 1, 11, 59, 59, tzinfo=UTC).timestamp())
    enforcer = Enforcer(collect(deployed(bucket(), ends)), clock)
    before = enforcer.decide(who, Check("storage.objects.get", "demo", "a")).granted
    clock.advance(1)
    after = enforcer.decide(who, Check("storage.objects.get", "demo", "a")).granted

    assert (before, after) == (True, False)
