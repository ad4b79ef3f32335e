"""What the tests here share: an emulator for each of the orders that Google does not document, and its accounts.

A live bucket takes the emulator's place if `ARCO_SMOKE_BUCKET` names one; README.md says what else is needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from smoke.emulated import emulated
from smoke.live import live
from smoke.plain import Plain
from smoke.setting import ENVIRONMENT, MATRIX, SETTINGS, TERRAFORM
from smoke.survey import ELSEWHERE, Survey, Target, open_survey

_LIVE = {name: os.environ.get(f"ARCO_SMOKE_{name.upper()}") for name in ("bucket", "project", "elsewhere", "allowed")}


@pytest.fixture(scope="session")
def survey() -> Survey:
    """Give what is asked about one workspace, and about the others from it."""
    everything = open_survey(TERRAFORM, ENVIRONMENT, MATRIX)
    bucket = _LIVE["bucket"] or everything.workspaces[0].bucket
    return open_survey(TERRAFORM, ENVIRONMENT, MATRIX, bucket=bucket, elsewhere=_LIVE["elsewhere"] or ELSEWHERE)


@pytest.fixture(scope="session", params=[None] if _LIVE["bucket"] else SETTINGS, ids=str)
def target(survey: Survey, request: pytest.FixtureRequest) -> Iterator[Target]:
    """Give what is asked; the emulator under each answer to what is not documented."""
    if request.param is None:
        allowed = Path(_LIVE["allowed"]) if _LIVE["allowed"] else None
        with live(survey, _LIVE["bucket"], _LIVE["project"], _LIVE["elsewhere"], allowed) as found:
            yield found
        return
    with emulated(
        TERRAFORM, ENVIRONMENT, survey.standing, elsewhere=survey.elsewhere, options=request.param.split()
    ) as found:
        yield found


@pytest.fixture
def client(survey: Survey, target: Target) -> Iterator[Callable[[str], Plain]]:
    """Give the plain client of the account that plays a role, shown to be alive."""
    with ExitStack() as stack:

        def of(role: str) -> Plain:
            holder = next(one for one in survey.holders if one.role == role)
            made = stack.enter_context(closing(Plain(target.endpoint, target.credentials.of(holder.principal))))
            assert made.is_alive(holder.workspace.bucket).allowed is True
            return made

        yield of
