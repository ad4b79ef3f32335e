"""Measure the emulator with and without enforcement, beside an independent emulator, in one run.

Each server is a process of its own. Without enforcement it is the same server with an enforcer that grants everything,
which exists in this program only; the difference is what decisions cost. The clients are Google's own, in threads of
one process, and a raw one that keeps its connections: the former is often the ceiling, the latter shows the server.
Rounds go around all servers, so that ratios mean something on whatever machine this is.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, cast

from arco.emulator.enforcement import Check, Decision, Enforcer
from arco.emulator.service import open_emulator
from arco.policy.conditions import parse
from arco.policy.grants import Grants, collect
from arco.policy.model import Condition, Grant, Scope, ScopeKind
from arco.policy.terraform import load
from arco.policy.values import Text
from arco.runtime import SystemClock, SystemRandomness
from arco.storage.bucket import Bucket
from arco.storage.memory import MemoryBucket

_ROOT = Path(__file__).resolve().parents[1]
_DATA = b"x" * 1024
_WHO = "serviceAccount:bench@bench.iam.gserviceaccount.com"
_OPERATIONS = ("insert 1 KiB", "get 1 KiB", "list 100", "swap")
_LISTED = [f"listed/{number:03}" for number in range(100)]


# The servers


class _GrantsAll:
    """Grants everything, and looks at nothing."""

    def __init__(self, grants: Grants) -> None:
        self.buckets = dict(grants.buckets)
        self._grant = grants.grants[-1]

    def decide(self, caller: str, check: Check) -> Decision:
        return Decision(caller, check, self._grant)


def _policy() -> tuple[Grants, str]:
    """Give the policy of the environment `dev`, with an account that may do what is measured, and its bucket."""
    grants = collect(load(_ROOT / "infra" / "terraform", [_ROOT / "infra" / "environments" / "dev.tfvars"]))
    bucket = min(grants.buckets)
    expression = " || ".join(
        f'resource.name.startsWith("projects/_/buckets/{bucket}/objects/{root}/")'
        for root in ("listed", "made", "swapped")
    )
    conditional = Condition("bench", Text.of(expression), parse(expression))
    objects = frozenset(f"storage.objects.{verb}" for verb in ("create", "delete", "get"))
    held = [
        Grant(
            _WHO, "roles/bench", permissions, Scope(ScopeKind.BUCKET, bucket), condition, "x", Text.of(""), Text.of("")
        )
        for permissions, condition in ((objects, conditional), (frozenset({"storage.objects.list"}), None))
    ]
    return replace(grants, grants=(*grants.grants, *held)), bucket


async def _serve(*, enforce: bool) -> None:
    """Serve until standard input ends; say where, as JSON."""
    grants, bucket = _policy()

    @asynccontextmanager
    async def opened(_bucket: str, _part: str) -> AsyncIterator[Bucket]:
        yield MemoryBucket(SystemClock())

    async with open_emulator(grants, opened, clock=SystemClock(), randomness=SystemRandomness()) as emulator:
        if not enforce:
            emulator.desk.enforcer = cast("Enforcer", _GrantsAll(grants))
        token = emulator.issue_tokens([_WHO])[_WHO].token
        print(json.dumps({"endpoint": emulator.endpoint, "bucket": bucket, "token": token}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and how one is let in. `process` is None where nobody says which one it is."""

    name: str
    endpoint: str
    bucket: str
    token: str
    process: int | None = None

    def cpu_seconds(self) -> float | None:
        """Give the processor time that it has used, where the machine tells: it does not depend on who else works."""
        stat = Path(f"/proc/{self.process}/stat")
        if self.process is None or not stat.exists():
            return None
        # Behind the command's name in parentheses: user and system time are the twelfth and the thirteenth.
        user, system = stat.read_text(encoding="utf-8").rpartition(") ")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _ours(name: str, flag: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", flag], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            yield Server(name, **json.loads(process.stdout.readline()), process=process.pid)
        finally:
            assert process.stdin is not None  # noqa: S101 - as above
            process.stdin.close()


@contextmanager
def _independent(folder: Path) -> Iterator[Server]:
    fake: Any = importlib.import_module("tests.fakes.gcs_emulator")
    with fake.running_emulator(folder) as endpoint:
        yield Server("independent", endpoint, fake.make_bucket(endpoint), "any")


# The clients


class Client(Protocol):
    """Does one operation; `name` is nobody else's."""

    def insert(self, name: str) -> None:
        """Make an object."""

    def get(self, name: str) -> None:
        """Read one."""

    def list(self) -> None:
        """List a hundred."""

    def swap(self, name: str) -> None:
        """Replace an object over the generation that was written last."""


class _Google:
    """Google's client, one for each thread."""

    def __init__(self, server: Server) -> None:
        import google.cloud.storage as google_storage  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415 - as above

        sys.path.insert(0, str(_ROOT))
        credentials = importlib.import_module("tests.fakes.google_credentials").FixedCredentials(server.token)
        session: Any = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
        session.trust_env = False
        client = google_storage.Client(
            project="none", credentials=credentials, _http=session, client_options={"api_endpoint": server.endpoint}
        )
        # Without this, a thread of the client describes the bucket, for traces that nobody takes.
        setattr(client, "_bucket_metadata_cache", None)  # noqa: B010 - the only switch beside a variable
        self._bucket: Any = client.bucket(server.bucket)
        self._generations: dict[str, int] = {}

    def insert(self, name: str) -> None:
        self._bucket.blob(name).upload_from_string(_DATA, retry=None)

    def get(self, name: str) -> None:
        _must(self._bucket.blob(name).download_as_bytes(retry=None) == _DATA)

    def list(self) -> None:
        _must(sum(1 for _ in self._bucket.list_blobs(prefix="listed/", retry=None)) == len(_LISTED))

    def swap(self, name: str) -> None:
        blob = self._bucket.blob(name)
        blob.upload_from_string(_DATA, if_generation_match=self._generations.get(name, 0), retry=None)
        self._generations[name] = blob.generation


class _Raw:
    """One connection, and requests as short as they can be."""

    def __init__(self, server: Server) -> None:
        self._bucket = f"/storage/v1/b/{server.bucket}/o"
        self._headers = {"Authorization": f"Bearer {server.token}"}
        self._connection = http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=30)
        self._generations: dict[str, str] = {}

    def _send(self, method: str, target: str, body: bytes | None = None, kind: str | None = None) -> bytes:
        headers = self._headers if kind is None else self._headers | {"Content-Type": kind}
        self._connection.request(method, target, body, headers)
        with self._connection.getresponse() as answer:
            content = answer.read()
            _must(answer.status == http.HTTPStatus.OK)
            return content

    def _upload(self, name: str, query: str = "") -> bytes:
        described = json.dumps({"name": name}).encode()
        body = b"--b\r\nContent-Type: application/json\r\n\r\n" + described
        body += b"\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + _DATA + b"\r\n--b--\r\n"
        target = f"/upload{self._bucket}?uploadType=multipart{query}"
        return self._send("POST", target, body, "multipart/related; boundary=b")

    def insert(self, name: str) -> None:
        self._upload(name)

    def get(self, name: str) -> None:
        target = f"{self._bucket}/{urllib.parse.quote(name, safe='')}?alt=media"
        _must(self._send("GET", target) == _DATA)

    def list(self) -> None:
        _must(len(json.loads(self._send("GET", f"{self._bucket}?prefix=listed/"))["items"]) == len(_LISTED))

    def swap(self, name: str) -> None:
        answer = json.loads(self._upload(name, f"&ifGenerationMatch={self._generations.get(name, '0')}"))
        self._generations[name] = answer["generation"]


def _must(done: object) -> None:
    if not done:
        sys.exit("a server gave a wrong answer: nothing was measured")


# Measuring


@dataclass(slots=True)
class Figures:
    """What one server did for one client: rates of all rounds, and how long each operation took, in seconds."""

    rates: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    took: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    used: dict[str, float] = field(default_factory=dict[str, float])

    def cpu_milliseconds(self, operation: str) -> str:
        """Give the server's processor time for one operation."""
        used = self.used.get(operation)
        return "-" if used is None else f"{used / len(self.took[operation]) * 1000:.2f}"

    def rate(self, operation: str) -> float:
        """Give the median of the rounds, in operations a second."""
        return statistics.median(self.rates[operation])

    def milliseconds(self, operation: str, part: float) -> float:
        """Give the time within which that part of the operations was done."""
        ordered = sorted(self.took[operation])
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def _operation(client: Client, operation: str, number: int) -> Callable[[], None]:
    names = iter(f"made/{number}-{time.monotonic_ns()}-{count}" for count in range(sys.maxsize))
    return {
        "insert 1 KiB": lambda: client.insert(next(names)),
        "get 1 KiB": lambda: client.get(_LISTED[number]),
        "list 100": client.list,
        "swap": lambda: client.swap(f"swapped/{type(client).__name__}-{number}"),
    }[operation]


def _round(clients: Sequence[Client], operation: str, seconds: float, figures: Figures) -> None:
    """Let every client work in a thread of its own, until the time is over."""
    took: list[list[float]] = [[] for _ in clients]
    ready = threading.Barrier(len(clients) + 1)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        do = _operation(clients[number], operation, number)
        try:
            do()
            ready.wait()
            end = time.perf_counter() + seconds
            while (start := time.perf_counter()) < end:
                do()
                took[number].append(time.perf_counter() - start)
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            failed.append(error)
            ready.abort()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    if failed:
        raise failed[0]
    done = [one for times in took for one in times]
    figures.rates.setdefault(operation, []).append(len(done) / elapsed)
    figures.took.setdefault(operation, []).extend(done)


_CLIENTS: dict[str, Callable[[Server], Client]] = {"Google's": _Google, "raw": _Raw}


def _measure(seconds: float, rounds: int, threads: int) -> dict[tuple[str, str], Figures]:
    sys.path.insert(0, str(_ROOT))
    found: dict[tuple[str, str], Figures] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [
            stack.enter_context(_ours("enforcing", "enforcing")),
            stack.enter_context(_ours("granting all", "all")),
        ]
        try:
            servers.append(stack.enter_context(_independent(folder)))
        except (ImportError, OSError) as error:
            print(f"not measured: the independent emulator, for want of {error}")
        clients = {
            (server.name, kind): [make(server) for _ in range(threads)]
            for server in servers
            for kind, make in _CLIENTS.items()
        }
        by_name = {server.name: server for server in servers}
        for server in servers:
            for name in _LISTED:
                clients[server.name, "raw"][0].insert(name)
        for number in range(1, rounds + 1):
            for key, group in clients.items():
                print(f"round {number} of {rounds}: {', '.join(key)}", file=sys.stderr)
                for operation in _OPERATIONS:
                    # A swap counts on the generation that this client wrote last.
                    figures = found.setdefault(key, Figures())
                    before = by_name[key[0]].cpu_seconds()
                    _round(group, operation, seconds / rounds, figures)
                    after = by_name[key[0]].cpu_seconds()
                    if before is not None and after is not None:
                        figures.used[operation] = figures.used.get(operation, 0.0) + after - before
    return found


def _table(found: dict[tuple[str, str], Figures]) -> None:
    print(
        "operations a second (p50/p99 in ms), ratio to the server that grants all, processor time of the server in ms"
    )
    for kind in _CLIENTS:
        print(f"\n{kind + ' client':14}" + "".join(f"  {operation:>35}" for operation in _OPERATIONS))
        for name in dict.fromkeys(server for server, _ in found):
            cells = [f"{name:14}"]
            for operation in _OPERATIONS:
                figures, base = found[name, kind], found["granting all", kind]
                rate, ratio = figures.rate(operation), figures.rate(operation) / base.rate(operation)
                times = "/".join(f"{figures.milliseconds(operation, part):.1f}" for part in (0.5, 0.99))
                cells.append(
                    f"{rate:8.0f} {'(' + times + ')':>13} {ratio:5.2f} {figures.cpu_milliseconds(operation):>6}"
                )
            print("  ".join(cells))


def main() -> None:
    """Measure every server with every client in turn, round by round, and print the medians."""
    parser = argparse.ArgumentParser(description="Measure the emulator, beside an independent one.")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each operation of each pair (default: 3)")
    parser.add_argument("--rounds", type=int, default=3, help="turns in which they are spent (default: 3)")
    parser.add_argument("--threads", type=int, default=4, help="clients at once (default: 4)")
    parser.add_argument("--serve", choices=("enforcing", "all"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve(enforce=arguments.serve == "enforcing"))
        return
    _table(_measure(arguments.seconds, arguments.rounds, arguments.threads))


if __name__ == "__main__":
    main()
