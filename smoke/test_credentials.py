"""A credential that is dead is red, whatever it would have been refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import final

from google.auth.credentials import Credentials

from smoke.measure import measure
from smoke.plain import Plain, Request
from smoke.survey import Survey, Target, TargetCredentials
from tests.fakes.google_credentials import FixedCredentials


@final
class _Dead(TargetCredentials):
    """Credentials of which one account's were never issued."""

    def __init__(self, alive: TargetCredentials, role: str) -> None:
        self._alive = alive
        self._role = role

    def of(self, member: str) -> Credentials:
        forged = member.startswith(f"serviceAccount:{self._role}-")
        return FixedCredentials("forged") if forged else self._alive.of(member)


def test_forged_token_says_nothing(survey: Survey, target: Target, client: Callable[[str], Plain]) -> None:
    """401 is not 403: the account that is refused with it has not been asked."""
    request = Request("list", survey.workspaces[0].bucket)
    with closing(Plain(target.endpoint, FixedCredentials("forged"))) as forged:
        answer = forged.ask(request)

    assert answer.allowed is None
    assert answer.said.startswith("401")
    assert client("invoker").ask(request).allowed is False


def test_dead_account_is_red_although_it_may_do_nothing(survey: Survey, target: Target) -> None:
    """The invoker is refused everything, dead or alive, and only one of the two is a measurement."""
    rows = {"invoker": survey.matrix.rows["invoker"]}
    alone = replace(survey, matrix=replace(survey.matrix, rows=rows))
    measured = measure(alone, replace(target, credentials=_Dead(target.credentials, "invoker")))

    assert measured.alive == 0
    assert [trouble.split(" the questions")[0] for trouble in measured.troubles[:2]] == [
        f"{holder.principal} is not alive {when}" for holder in alone.holders for when in ("before", "after")
    ]
    assert set(measured.rows["invoker"].values()) == {"?"}
