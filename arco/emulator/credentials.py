"""Credentials of Google's client for an emulator: tests take them as they take those of a live account.

This module loads neither the server nor a plan, only google-auth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError

__all__ = ["EmulatorCredentials", "endpoint_of"]


@final
class EmulatorCredentials(Credentials):
    """The token of one account, from the file that `arco emulator --tokens-out` keeps.

    `member` is named as in policies (`serviceAccount:…`), or by its address alone. A refresh reads the file again: the
    emulator renews it before its tokens end, and writes it anew when it is started again.
    """

    def __init__(self, tokens_file: str | Path, member: str) -> None:
        """Hold the account's token. Raises google.auth.exceptions.RefreshError if the file has none."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._path = Path(tokens_file)
        self._member = member if ":" in member else f"serviceAccount:{member}"
        self.token: str
        self.expiry: datetime
        self.refresh(None)

    def refresh(self, request: object) -> None:
        """Read the token again. Raises google.auth.exceptions.RefreshError if the file has none."""
        del request
        for entry in _tokens(self._path):
            if entry["member"] == self._member:
                self.token = str(entry["token"])
                # What google-auth compares with is naive, in UTC.
                self.expiry = datetime.fromtimestamp(float(str(entry["expires_at"])), UTC).replace(tzinfo=None)
                return
        message = f"{self._path} has no token for {self._member}"
        raise RefreshError(message)  # type: ignore[no-untyped-call]


def endpoint_of(tokens_file: str | Path) -> str:
    """Give the address of the emulator that wrote the file: the client's `api_endpoint`."""
    return str(_read(Path(tokens_file))["endpoint"])


def _tokens(path: Path) -> list[Mapping[str, object]]:
    found = _read(path)["tokens"]
    return found if isinstance(found, list) else []


def _read(path: Path) -> Mapping[str, object]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read: is the emulator running? {error}"
        raise RefreshError(message) from error  # type: ignore[no-untyped-call]
    if not isinstance(document, dict) or not {"endpoint", "tokens"} <= set(document):
        message = f"{path} is no tokens file of an emulator"
        raise RefreshError(message)  # type: ignore[no-untyped-call]
    return document
