"""The command itself, in a process of its own, as a user starts it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.fakes.plan_builder import Json, Object, change, plan

__all__ = ["Running", "command", "grant", "running", "tokens_of", "write_plan"]

_SECONDS_MAX = 30


def command(*arguments: str) -> list[str]:
    """Give the command line."""
    return [sys.executable, "-m", "arco", "emulator", *arguments]


def grant(who: str, role: str = "roles/storage.objectAdmin", expression: str = "") -> Object:
    """Give the attributes of a grant on the bucket `demo`."""
    condition: list[Json] = [{"title": "t", "description": "", "expression": expression}] if expression else []
    return {"bucket": "demo", "role": role, "member": who, "condition": condition}


def write_plan(path: Path, *grants: Object, bucket: str | None = "demo") -> Path:
    """Write a plan of one bucket and these grants on it."""
    made: Object = {"name": bucket, "project": "demo-project", "uniform_bucket_level_access": True}
    changes = [] if bucket is None else [change("google_storage_bucket.b", made)]
    changes += [change(f"google_storage_bucket_iam_member.m{number}", one) for number, one in enumerate(grants)]
    path.write_text(json.dumps(plan(*changes)), encoding="utf-8")
    return path


def tokens_of(path: str | Path) -> dict[str, str]:
    """Give the tokens of a tokens file by member."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    return {entry["member"]: entry["token"] for entry in document["tokens"]}


@dataclass(slots=True)
class Running:
    """A process that has started, and what it has said on stderr so far."""

    process: subprocess.Popen[str]
    start: dict[str, Any]
    said: list[str] = field(default_factory=list[str])
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return str(self.start["endpoint"])

    @property
    def address(self) -> str:
        """The same, without the scheme."""
        return self.endpoint.removeprefix("http://")

    def collect(self, stream: IO[str]) -> None:
        """Take what it says until it ends."""
        for line in stream:
            with self._changed:
                self.said.append(line.rstrip("\n"))
                self._changed.notify_all()

    def wait_for(self, text: str) -> str:
        """Wait until a line of stderr holds `text`, and give it."""

        def found() -> str | None:
            return next((line for line in self.said if text in line), None)

        with self._changed:
            assert self._changed.wait_for(found, _SECONDS_MAX), self.said
        line = found()
        assert line is not None
        return line

    def send(self, method: str, target: str, who: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send a request as an account of the tokens file."""
        connection = http.client.HTTPConnection(self.address, timeout=_SECONDS_MAX)
        try:
            headers = {"Authorization": f"Bearer {tokens_of(self.start['tokens_file'])[who]}"}
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(_SECONDS_MAX)


@contextmanager
def running(*arguments: str, cwd: Path | None = None) -> Iterator[Running]:
    """Start an emulator in the folder `cwd`, on a free port, and stop it at the end if it still runs."""
    given: Sequence[str] = [*arguments, "--json", *(() if "--port" in arguments else ("--port", "0"))]
    with subprocess.Popen(
        command(*given), cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        started = Running(process, json.loads(line))
        reader = threading.Thread(target=started.collect, args=(process.stderr,), daemon=True)
        reader.start()
        try:
            yield started
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(_SECONDS_MAX)
            reader.join(_SECONDS_MAX)
