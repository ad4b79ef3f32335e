"""A change of a bucket is authorised, and changes nothing: what configures a bucket here is the plan."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import Forbidden

from tests.fakes.emulated import ALICE, BOB, BUCKET, rights, running_emulated


def test_change_of_nothing_is_taken_from_who_may() -> None:
    """Whoever may update the bucket is answered with its description, on the resource of the bucket."""
    with running_emulated(*rights(ALICE, "storage.buckets.update")) as emulated:
        emulated.bucket().patch(retry=None)

    (decision,) = emulated.decisions
    assert (decision.check.permission, decision.check.name) == ("storage.buckets.update", None)


def test_change_of_nothing_is_refused_without_the_permission() -> None:
    """Every other permission on the bucket and its objects is not enough."""
    others = rights(BOB, *(f"storage.objects.{verb}" for verb in ("create", "delete", "update")), "storage.buckets.get")
    with running_emulated(*others) as emulated, pytest.raises(Forbidden) as refused:
        emulated.bucket(BOB).patch(retry=None)

    assert "storage.buckets.update" in str(refused.value)


def test_change_of_something_is_not_modelled() -> None:
    """A lifecycle rule could delete what no permission on objects lets anybody delete: it is not let through."""
    with running_emulated(*rights(ALICE, "storage.buckets.update")) as emulated:
        answer = emulated.send("PATCH", f"/storage/v1/b/{BUCKET}", {"lifecycle": {"rule": []}})

    assert answer.status == 501
