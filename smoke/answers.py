"""What an answer says about a permission: yes, no, or nothing at all.

Invariants:

* No is HTTP 403 with the reason `forbidden`, and nothing else. 401, 404, 412, 429, 5xx, a timeout and a 403 for another
  reason (an unpaid bill, a perimeter) say nothing about the policy, and are never taken for a refusal.
* Yes is a request that was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import requests
from google.api_core.exceptions import Forbidden, GoogleAPICallError

__all__ = ["REFUSAL", "Answer", "answer_of", "reason_of"]

REFUSAL: Final = "forbidden"
_SAID_MAX: Final = 300


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """`allowed` is None for an answer that says neither; `said` is what was said, for people."""

    allowed: bool | None
    said: str


def answer_of(call: Callable[[], object]) -> Answer:
    """Make one request of the client, and judge what came of it."""
    try:
        call()
    except Forbidden as error:
        reason = reason_of(error.response)
        if reason == REFUSAL:
            return Answer(allowed=False, said=_short(error))
        return Answer(allowed=None, said=f"403 for another reason reason={reason!r}: {_short(error)}")
    except GoogleAPICallError as error:
        return Answer(allowed=None, said=f"{error.code}: {_short(error)}")
    except Exception as error:  # noqa: BLE001 (whatever else went wrong, it is no answer, and the run says so)
        return Answer(allowed=None, said=f"{type(error).__name__}: {error}"[:_SAID_MAX])
    return Answer(allowed=True, said="done")


def reason_of(response: object) -> str:
    """Give the short name of an error document; empty if there is none."""
    if not isinstance(response, requests.Response):
        return ""
    try:
        return str(response.json()["error"]["errors"][0]["reason"])
    except (ValueError, LookupError, TypeError):
        return ""


def _short(error: GoogleAPICallError) -> str:
    try:
        said = str(error.response.json()["error"]["message"]) if error.response is not None else str(error)
    except (ValueError, LookupError, TypeError):
        said = str(error)
    return said[:_SAID_MAX]
