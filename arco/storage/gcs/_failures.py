"""From an answer's status to an error of ours, named by what the caller does next. No text is read."""

from __future__ import annotations

from enum import Enum
from typing import Final

from google.auth.exceptions import RefreshError

from arco.errors import (
    AccessDeniedError,
    ArcoError,
    InputError,
    OutcomeUnknownError,
    UnavailableError,
    UsageError,
)
from arco.storage.gcs._answers import retry_after_seconds
from arco.storage.gcs._wire import OverdueError, TroubleError, never_sent

__all__ = ["Finding", "read_finding", "write_finding"]

# What may pass: slow, too many, in conflict with another request, an upload that the service has forgotten.
_PASSING: Final = frozenset({408, 409, 410, 429})
_DENIED: Final = frozenset({401, 403})


class Finding(Enum):
    """A status that is an answer and no error."""

    MISSING = frozenset({404})
    REFUSED = frozenset({304, 412})
    BEYOND = frozenset({416})


def read_finding(
    error: OverdueError | TroubleError, operation: str, name: str, expected: frozenset[Finding]
) -> Finding | ArcoError:
    """Give what a failed read means: nothing was changed, whatever happened."""
    found = _common(error, operation, name, expected)
    if found is not None:
        return found
    wish = None
    if isinstance(error, TroubleError) and error.exchange.response is not None:
        wish = retry_after_seconds(error.exchange.response.headers)
    return UnavailableError(f"{_what(error)} operation={operation}", name=name, retry_after_seconds=wish)


def write_finding(
    error: OverdueError | TroubleError, operation: str, name: str, expected: frozenset[Finding]
) -> Finding | ArcoError:
    """Give what a failed write means: unless an answer says otherwise, or it never left, it may be done."""
    found = _common(error, operation, name, expected)
    if found is Finding.MISSING and _continues(error):
        # The service has forgotten the upload, which may be over.
        found = None
    if found is not None:
        return found
    if _unsent(error):
        return UnavailableError(f"{_what(error)}, nothing was sent operation={operation}", name=name)
    return OutcomeUnknownError(f"{_what(error)} operation={operation}", name=name)


def _common(
    error: OverdueError | TroubleError, operation: str, name: str, expected: frozenset[Finding]
) -> Finding | ArcoError | None:
    if isinstance(error, OverdueError):
        return None
    if _refused_credential(error):
        return AccessDeniedError(operation=operation, name=name)
    status = _status(error)
    if status in _DENIED:
        return AccessDeniedError(operation=operation, name=name)
    for finding in expected:
        if status in finding.value:
            return finding
    if status == 400:  # noqa: PLR2004 - Bad Request
        return InputError(f"the service takes no such request status=400 operation={operation}", source=name)
    if status is not None and 400 < status < 500 and status not in _PASSING:  # noqa: PLR2004 - Client Error
        return UsageError(
            f"the service refuses this kind of request status={status} operation={operation} name={name!r}"
        )
    return None


def _status(error: TroubleError) -> int | None:
    response = error.exchange.response
    return None if response is None else int(response.status_code)


def _refused_credential(error: TroubleError) -> bool:
    """Whether a credential was refused for good, before or after an answer; else it may be had the next time."""
    cause = error.__cause__
    return isinstance(cause, RefreshError) and not cause.retryable


def _unsent(error: OverdueError | TroubleError) -> bool:
    if isinstance(error, OverdueError):
        return not error.started
    # A refresh fails before a request, or after an answer of 401: neither did anything.
    return never_sent(error.__cause__) and _status(error) in {None, 401}


def _continues(error: OverdueError | TroubleError) -> bool:
    """Whether the last request was not the one that names the object, but one that sends the bytes of a long upload."""
    response = error.exchange.response if isinstance(error, TroubleError) else None
    return response is not None and response.request.method == "PUT"


def _what(error: OverdueError | TroubleError) -> str:
    if isinstance(error, OverdueError):
        return "no answer before the deadline"
    status = _status(error)
    if status is None:
        return f"no answer cause={type(error.__cause__).__name__}"
    if status < 300:  # noqa: PLR2004 - Success
        return f"the answer cannot be used cause={type(error.__cause__).__name__} status={status}"
    return f"the service is unable to status={status}"
