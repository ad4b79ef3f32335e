"""Google's own CEL engine as an independent judge of what a comparison of times says at one instant."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arco.policy.conditions import Constant, Free, parse
from tests.property.conditions.drawn import bounded

cel = pytest.importorskip(
    "cel_expr_python.cel",
    reason="cel-expr-python has wheels for Python 3.11 on x86-64 Linux; elsewhere no CEL engine is compared with",
)

# Near each other and near the ends of days, months and years, so that comparisons come out either way.
DAYS = [datetime(year, month, 1, tzinfo=UTC) for year in (2023, 2024, 2025) for month in (1, 3, 12)]
SECONDS = [-86400.0, -1.0, -0.25, 0.0, 0.25, 1.0, 3600.0, 86399.75, 86400.0]
INSTANTS = st.builds(
    lambda day, seconds: day + timedelta(seconds=seconds), st.sampled_from(DAYS), st.sampled_from(SECONDS)
)
OFFSETS = st.sampled_from(["Z", "+00:00", "+01:00", "-05:30"])
GETTERS = (
    *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
    *("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
)


def _timestamp(instant: datetime, offset: str) -> str:
    written = instant.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f'timestamp("{written}{offset}")'


_ABSOLUTE = st.builds(_timestamp, INSTANTS, OFFSETS)
_SHIFTED = st.builds(
    "{} {} duration({})".format,
    st.one_of(st.just("request.time"), _ABSOLUTE),
    st.sampled_from("+-"),
    st.sampled_from(['"86400s"', '"0.25s"', '"-3600s"']),
)
_SIDES = st.one_of(st.just("request.time"), _ABSOLUTE, _SHIFTED)
_COMPARISONS = st.builds("{} {} {}".format, _SIDES, st.sampled_from(["<", "<=", ">", ">="]), _SIDES)
ENVIRONMENT = cel.NewEnv(variables={"request.time": cel.Type.TIMESTAMP})


def _engine(text: str, at: datetime) -> Any:  # noqa: ANN401  # the engine has no usable types
    return ENVIRONMENT.compile(text).eval(data={"request.time": at}).value()


def test_cel_agrees_with_every_comparison_of_times() -> None:
    """Instants, durations and offsets: what is decided at an instant is what the engine says then."""
    seen = {True: 0, False: 0}

    @bounded(600)
    @given(_COMPARISONS, INSTANTS)
    def compare(text: str, at: datetime) -> None:
        ours = parse(text, at)
        theirs = _engine(text, at)
        assert isinstance(ours, Constant), text
        seen[ours.value] += 1

        assert ours.value is theirs, (text, at)

    compare()
    sys.stdout.write(f"cel-expr-python: {seen}\n")

    assert min(seen.values()) > 100, seen


@pytest.mark.parametrize("getter", GETTERS)
def test_cel_agrees_with_every_getter(getter: str) -> None:
    """Months, days and hours are counted as the engine counts them, at both ends of days, months and years."""
    values = set[int]()
    for day in DAYS:
        for seconds in SECONDS:
            at = day + timedelta(seconds=seconds)
            value = _engine(f"request.time.{getter}()", at)
            values.add(value)
            for number, operator in ((value, "=="), (value + 1, "<"), (value - 1 if value else value, ">=")):
                parsed = parse(f"request.time.{getter}() {operator} {number}", at)

                assert isinstance(parsed, Constant)
                assert parsed.value

    assert len(values) > 1


@pytest.mark.parametrize(
    "text",
    [
        'request.time.getHours("Europe/Berlin") < 9',
        'request.time < timestamp("9999-12-31T00:00:00Z") + duration("99999999999s")',
        'resource.matchTag("1/environment", "prod")',
    ],
)
def test_what_an_instant_does_not_settle_stays_free(text: str) -> None:
    """Zones by name, instants beyond the calendar, and tags may be either."""
    assert isinstance(parse(text, datetime(2025, 1, 1, tzinfo=UTC)), Free)


@pytest.mark.parametrize(("at", "before"), [("2030-01-01T00:00:00+00:00", False), ("2029-12-31T23:59:59+00:00", True)])
def test_a_date_is_midnight_in_utc(at: str, before: bool) -> None:  # noqa: FBT001
    """`date` is IAM's own: the engine has none."""
    parsed = parse('request.time < date("2030-01-01")', datetime.fromisoformat(at))

    assert isinstance(parsed, Constant)
    assert parsed.value is before
