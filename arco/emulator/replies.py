"""Answers as the JSON API gives them, and the errors that end a request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeAlias, final

__all__ = ["Failure", "JsonValue", "Reply", "refuse_unmodelled"]

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

_REASONS: Final = {
    400: "invalid",
    401: "required",
    403: "forbidden",
    404: "notFound",
    405: "methodNotAllowed",
    409: "conflict",
    410: "gone",
    412: "conditionNotMet",
    416: "requestedRangeNotSatisfiable",
    429: "rateLimitExceeded",
    500: "backendError",
    501: "notImplemented",
    503: "backendError",
}


@final
@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. A body that is no bytes is sent as JSON; None is an empty body."""

    status: int = 200
    body: bytes | dict[str, JsonValue] | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def payload(self) -> bytes:
        """Give the body as it is sent."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@final
class Failure(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """Ends a request with an error document. `reason` is Google's short name for it."""

    def __init__(
        self, status: int, message: str, *, reason: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        """Say what was wrong."""
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.reason = reason or _REASONS.get(status, "invalid")
        self.headers = headers or {}

    def reply(self) -> Reply:
        """Give the error document; 304 has none."""
        if self.status == 304:  # noqa: PLR2004 - HTTP's number
            return Reply(304)
        error: dict[str, JsonValue] = {"domain": "global", "reason": self.reason, "message": self.message}
        headers = dict(self.headers)
        if self.status == 401:  # noqa: PLR2004 - HTTP's number
            error |= {"locationType": "header", "location": "Authorization"}
            headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/"'
        document: dict[str, JsonValue] = {"code": self.status, "message": self.message, "errors": [error]}
        return Reply(self.status, {"error": document}, headers)


def refuse_unmodelled(what: str) -> NoReturn:
    """Refuse what the emulator does not do (501): it is never let through."""
    message = f"the emulator does not model {what}"
    raise Failure(501, message)
