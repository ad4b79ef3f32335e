"""Every decision as one line of JSON, written before the answer that follows from it is sent.

Invariants:

* A decision that cannot be written is not acted upon: the request is answered 503.
* After a crash of the process the file holds whole lines: each is one write, and a torn last one is cut at the start.
* No line holds a token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO, RawIOBase
from pathlib import Path
from typing import final

from arco.emulator.enforcement import Decision
from arco.errors import UnavailableError
from arco.policy.model import Grant
from arco.runtime import Clock

__all__ = ["Audit", "line_of", "open_audit"]


def line_of(decision: Decision, seconds: float) -> str:
    """Spell a decision, made at `seconds` since 1970."""
    check, grant = decision.check, decision.grant
    return json.dumps(
        {
            "time": datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "principal": decision.caller,
            "operation": decision.operation,
            "permission": check.permission,
            "resource": check.place,
            "verdict": "granted" if decision.granted else "denied",
            "binding": _binding(grant) if grant is not None else None,
            "undecided": [_binding(one) for one in decision.undecided],
        }
    )


def _binding(grant: Grant) -> dict[str, str | None]:
    title = grant.condition.title if grant.condition is not None else None
    return {"address": grant.address, "title": title, "role": grant.role, "member": grant.member}


@final
class Audit:
    """A file that takes whole lines."""

    def __init__(self, file: RawIOBase, path: str, clock: Clock) -> None:
        """Write to an open file without a buffer; use `open_audit`."""
        self._file = file
        self._path = path
        self._clock = clock

    def note(self, decision: Decision) -> None:
        """Write a decision down. Raises UnavailableError if that is not possible."""
        line = (line_of(decision, self._clock.wall_seconds()) + "\n").encode()
        try:
            written = self._file.write(line)
        except (OSError, ValueError) as error:
            message = f"the audit cannot be written: {error}"
            raise UnavailableError(message, name=self._path) from error
        if written != len(line):
            message = "the audit took half a line: the disk is full"
            raise UnavailableError(message, name=self._path)


@contextmanager
def open_audit(path: str, clock: Clock) -> Iterator[Audit]:
    """Open a file to append to, made if it is not there, readable by its owner. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    with FileIO(path, "ab+", opener=lambda name, _: os.open(name, flags, 0o600)) as file:
        content = Path(path).read_bytes()
        file.truncate(content.rfind(b"\n") + 1)
        yield Audit(file, path, clock)
