"""The emulator as a target: a process of its own, over what was placed before it started."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

from google.auth.credentials import Credentials

from arco.emulator.credentials import EmulatorCredentials, endpoint_of
from arco.errors import UsageError
from smoke.placing import placed
from smoke.survey import Target, TargetCredentials

__all__ = ["emulated"]

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
_KEEPER: Final = "serviceAccount:smoke-keeper@example.iam.gserviceaccount.com"
_ADDED: Final = """\
# A bucket of the project that is not Arco's: nobody in the matrix may do anything in it.
resource "google_storage_bucket" "smoke_elsewhere" {{
  name                        = "{bucket}"
  project                     = var.project
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}}

# Places what must stand before the questions, as an administrator of the project would.
resource "google_project_iam_member" "smoke_keeper" {{
  project = var.project
  role    = "roles/storage.objectAdmin"
  member  = "{keeper}"
}}
"""


@final
class _Tokens(TargetCredentials):
    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, member: str) -> Credentials:
        return EmulatorCredentials(self._path, member)


@contextmanager
def emulated(
    terraform: Path,
    var_file: Path,
    standing: Mapping[str, Sequence[str]],
    *,
    elsewhere: str,
    options: Sequence[str] = (),
) -> Iterator[Target]:
    """Run `arco emulator` over a module and its variables; `standing` is placed first, by bucket.

    The module is copied, with a bucket more and an account more, which places what no account of the matrix may.
    Nothing is taken from it, nothing granted to anybody else. Raises UsageError if the emulator does not start or end
    well.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        module, tokens = folder / "module", folder / "tokens.json"
        shutil.copytree(terraform, module)
        (module / "smoke.tf").write_text(_ADDED.format(bucket=elsewhere, keeper=_KEEPER), encoding="utf-8")
        command = [sys.executable, "-m", "arco", "emulator", "--terraform", str(module), "--var-file", str(var_file)]
        with _running([*command, "--port", "0", "--tokens-out", str(tokens), *options], folder / "said.txt", tokens):
            credentials, endpoint = _Tokens(tokens), endpoint_of(tokens)
            kept = placed(endpoint, credentials.of(_KEEPER), standing)
            yield Target(" ".join(["the emulator", *options]), endpoint, credentials, kept)


@contextmanager
def _running(command: Sequence[str], said: Path, tokens: Path) -> Iterator[None]:
    with said.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _await_start(process, said, tokens)
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    if code != 0:
        raise _failed(said, "did not end well", code)


def _await_start(process: subprocess.Popen[bytes], said: Path, tokens: Path) -> None:
    """Wait until it serves: it writes its tokens then."""
    for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
        if tokens.exists():
            return
        try:
            process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        raise _failed(said, "did not start")
    raise _failed(said, "did not start in time")


def _failed(said: Path, what: str, code: int | None = None) -> UsageError:
    lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    ended = "" if code is None else f" code={code}"
    return UsageError(f"the emulator {what}{ended}: {lines[-1] if lines else 'it said nothing'}")
