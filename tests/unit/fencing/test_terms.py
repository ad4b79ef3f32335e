"""Terms under which two processes could hold one lease are refused."""

from __future__ import annotations

import math

import pytest

from arco.errors import UsageError
from arco.fencing.terms import LeaseTerms


@pytest.mark.parametrize("ttl", [4.0, 3.9, 600.001, math.inf, math.nan])
def test_ttl_out_of_bounds_is_refused(ttl: float) -> None:
    """A TTL is longer than twice its margin, so that a holder has some of it, and at most ten minutes."""
    with pytest.raises(UsageError, match="a TTL is longer than twice its margin and at most 600 s"):
        LeaseTerms(ttl_seconds=ttl, keep_seconds=0, reserved_seconds=0)


@pytest.mark.parametrize("margin", [0.999, 0.0, -1.0])
def test_margin_below_what_backends_tell_is_refused(margin: float) -> None:
    """Backends tell whole seconds: a margin under one would be none."""
    with pytest.raises(UsageError, match="a margin is at least a second"):
        LeaseTerms(margin_seconds=margin)


@pytest.mark.parametrize("seconds", [-0.001, 30.001, math.nan])
def test_keeping_for_longer_than_the_lease_is_refused(seconds: float) -> None:
    """A lease is kept for no longer than its TTL."""
    with pytest.raises(UsageError, match=r"no longer than its TTL keep_seconds="):
        LeaseTerms(keep_seconds=seconds)


@pytest.mark.parametrize("seconds", [-0.001, 30.001, math.nan])
def test_reserving_for_longer_than_the_lease_is_refused(seconds: float) -> None:
    """A released lease is reserved for no longer than its TTL: its asker may be dead."""
    with pytest.raises(UsageError, match=r"no longer than its TTL keep_seconds=5.0 reserved_seconds="):
        LeaseTerms(reserved_seconds=seconds)


@pytest.mark.parametrize(
    "terms", [{"ttl_seconds": 600.0}, {"ttl_seconds": 5.0, "margin_seconds": 1.0}, {"keep_seconds": 0.0}]
)
def test_bounds_themselves_are_terms(terms: dict[str, float]) -> None:
    """The greatest TTL, the least margin and no time to keep are allowed."""
    made = LeaseTerms(**terms)

    assert {name: getattr(made, name) for name in terms} == terms
