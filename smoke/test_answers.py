"""No is a 403 of the policy, and nothing else is."""

from __future__ import annotations

import json

import pytest
import requests
from google.api_core.exceptions import from_http_response

from smoke.answers import Answer, answer_of


def _answer(status: int, reason: str) -> Answer:
    response = requests.Response()
    response.status_code = status
    response.request = requests.Request("GET", "http://127.0.0.1/").prepare()
    error = {"code": status, "message": "said", "errors": [{"domain": "global", "reason": reason, "message": "said"}]}
    response._content = json.dumps({"error": error}).encode()  # noqa: SLF001 - the only way to make an answer

    def raised() -> None:
        raise from_http_response(response)  # type: ignore[no-untyped-call]

    return answer_of(raised)


def test_403_of_the_policy_is_a_refusal() -> None:
    """The one answer that says no."""
    assert _answer(403, "forbidden") == Answer(allowed=False, said="said")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "invalid"),
        (401, "authError"),
        (404, "notFound"),
        (409, "conflict"),
        (412, "conditionNotMet"),
        (429, "rateLimitExceeded"),
        (500, "backendError"),
        (501, "notImplemented"),
        (503, "backendError"),
    ],
)
def test_another_status_is_no_refusal(status: int, reason: str) -> None:
    """Neither yes nor no: 404 may hide a grant, and 401 a dead credential."""
    answer = _answer(status, reason)

    assert answer.allowed is None
    assert str(status) in answer.said


@pytest.mark.parametrize("reason", ["accountDisabled", "billingDisabled", "rateLimitExceeded", ""])
def test_403_for_another_reason_is_no_refusal(reason: str) -> None:
    """A bill that is not paid says nothing about the policy."""
    assert _answer(403, reason).allowed is None


@pytest.mark.parametrize("error", [TimeoutError("late"), requests.ConnectionError("gone"), ValueError("odd")])
def test_no_answer_is_no_refusal(error: Exception) -> None:
    """A time-out, a broken connection and a client that trips over itself are no answers."""

    def raised() -> None:
        raise error

    answer = answer_of(raised)

    assert answer.allowed is None
    assert str(error) in answer.said


def test_what_was_done_is_allowed() -> None:
    """The one answer that says yes."""
    assert answer_of(lambda: None).allowed is True
