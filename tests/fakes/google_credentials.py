"""A credential that is always valid, and looks nothing up."""

from __future__ import annotations

from typing import Literal

from google.auth.credentials import Credentials

__all__ = ["FixedCredentials"]


class FixedCredentials(Credentials):
    """Gives one token for ever. A refresh changes nothing, so that 401 arrives as it is."""

    def __init__(self, token: str = "a-token") -> None:  # noqa: S107 - it opens nothing
        """Hold the token."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.token = token
        self.refreshed = 0

    @property
    def expired(self) -> Literal[False]:
        """Never."""
        return False

    @property
    def valid(self) -> bool:
        """Always."""
        return True

    def refresh(self, request: object) -> None:
        """Change nothing, and count."""
        del request
        self.refreshed += 1
