"""A server that speaks as much of the JSON API of Cloud Storage as `GcsBucket` needs, and fails as it is told to.

It stands in for what the emulator does not do: preconditions of deletes, declared checksums, both answers of what
Google does not document, and answers that are late, lost, cut or wrong. What it does not know is answered 501.
"""

from __future__ import annotations

import itertools
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, TypeAlias
from urllib.parse import parse_qs, unquote

from arco.runtime import Clock, SystemClock
from tests.fakes.gcs_objects import GcsObjects, Reply, Undocumented, failure

__all__ = ["Fault", "GcsServer", "Operation", "Seen", "running_server"]

Operation: TypeAlias = Literal["get", "head", "list", "put", "begin", "continue", "delete"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next request of one kind.

    `work` is done before the answer, never, or when the server is told to `land`. The answer is `status` if that is
    given, with `headers` added, or taken away where they are None, and the body changed by `change`. It is sent whole,
    lost, cut in the middle, or dripped: a byte at a time, until the server is told to stop.
    """

    operation: Operation
    work: Literal["done", "never", "late"] = "done"
    status: int | None = None
    headers: dict[str, str | None] = field(default_factory=dict[str, str | None])
    change: Callable[[bytes], bytes] | None = None
    reply: Literal["whole", "lost", "cut", "dripped"] = "whole"


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came: the path still encoded."""

    operation: Operation | None
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes


class GcsServer(ThreadingHTTPServer):
    """Serves buckets by name."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, clock: Clock) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock = clock
        self.buckets: dict[str, GcsObjects] = {}
        self.uploads: dict[str, tuple[GcsObjects, dict[str, object], int | None]] = {}
        self.numbers = itertools.count(1)
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.late: list[Callable[[], Reply]] = []
        self.stopped = threading.Event()
        self.lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add_bucket(
        self, undocumented: Undocumented | None = None, *, hidden: frozenset[str] = frozenset()
    ) -> tuple[str, GcsObjects]:
        """Make an empty bucket, and give its name and what is in it."""
        name = f"bucket-{next(self.numbers)}"
        self.buckets[name] = GcsObjects(self.clock, undocumented or Undocumented(), hidden)
        return name, self.buckets[name]

    def land(self) -> None:
        """Do what was put off."""
        for work in self.late:
            work()
        self.late.clear()

    def fault_for(self, operation: Operation | None) -> Fault | None:
        """Take the first fault for requests of that kind."""
        with self.lock:
            for fault in self.faults:
                if fault.operation == operation:
                    self.faults.remove(fault)
                    return fault
        return None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that went away is what many tests are about."""
        del request, client_address


@contextmanager
def running_server(clock: Clock | None = None) -> Iterator[GcsServer]:
    """Serve in a thread."""
    with GcsServer(clock or SystemClock()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()


_OBJECT = re.compile(r"/(?:download/)?storage/v1/b/([^/]+)/o/([^/]+)")
_LIST = re.compile(r"/storage/v1/b/([^/]+)/o")
_UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")


class _Handler(BaseHTTPRequestHandler):
    server: GcsServer  # pyright: ignore[reportIncompatibleVariableOverride] - it serves nothing else
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Read."""
        self._serve()

    def do_POST(self) -> None:
        """Upload, or begin to."""
        self._serve()

    def do_PUT(self) -> None:
        """Go on with an upload."""
        self._serve()

    def do_DELETE(self) -> None:
        """Delete."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Log nothing."""

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, text = self.path.partition("?")
        query = {key: values[-1] for key, values in parse_qs(text, keep_blank_values=True).items()}
        operation, work = self._route(path, query, content)
        headers = {key.lower(): value for key, value in self.headers.items()}
        seen = Seen(operation, self.command, path, query, headers, content)
        self.server.seen.append(seen)
        fault = self.server.fault_for(operation)
        if fault is None:
            self._send(work())
            return
        if fault.work == "late":
            self.server.late.append(work)
        reply = work() if fault.work == "done" else Reply(200)
        if fault.status is not None:
            reply = failure(fault.status)
        self._send(reply, fault)

    def _route(self, path: str, query: dict[str, str], content: bytes) -> tuple[Operation | None, Callable[[], Reply]]:
        """Tell what is asked, on the path as it was encoded, and decode once."""
        if match := _UPLOAD.fullmatch(path):
            return self._upload(match[1], query, content)
        if match := _LIST.fullmatch(path):
            objects = self.server.buckets.get(match[1])
            if objects is None or self.command != "GET":
                return "list", lambda: failure(404)
            start = max(query.get("startOffset", ""), query.get("pageToken", ""), key=str.encode)
            limit = int(query.get("maxResults", "1000"))
            return "list", lambda: objects.listing(query.get("prefix", ""), start, min(limit, 1000))
        if not (match := _OBJECT.fullmatch(path)) or self.command not in {"GET", "DELETE"}:
            return None, lambda: failure(501)
        objects, name = self.server.buckets.get(match[1]), unquote(match[2], errors="strict")
        if objects is None:
            return "get" if query.get("alt") == "media" else "head", lambda: failure(404)
        if self.command == "DELETE":
            return "delete", lambda: objects.delete(name, _precondition(query))
        if query.get("alt") != "media":
            return "head", lambda: objects.describe(name)
        asked = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", self.headers.get("Range", ""))
        if asked is None:
            return "get", lambda: objects.read(name, None, None)
        return "get", lambda: objects.read(name, int(asked[1]), int(asked[2]) if asked[2] else None)

    def _upload(
        self, bucket: str, query: dict[str, str], content: bytes
    ) -> tuple[Operation | None, Callable[[], Reply]]:
        if self.command == "PUT":
            found = self.server.uploads.get(query.get("upload_id", ""))
            if found is None:
                return "continue", lambda: failure(404)
            objects, document, precondition = found
            return "continue", lambda: objects.write(
                str(document["name"]), content, document.get("crc32c"), precondition
            )
        kept = self.server.buckets.get(bucket)
        if kept is None:
            return "put", lambda: failure(404)
        precondition = _precondition(query)
        if query.get("uploadType") == "multipart":
            document, data = _parts(self.headers["Content-Type"], content)
            return "put", lambda: kept.write(str(document["name"]), data, document.get("crc32c"), precondition)
        if query.get("uploadType") != "resumable":
            return None, lambda: failure(501)

        def begin() -> Reply:
            document = json.loads(content)
            refusal = kept.refusal(str(document["name"]), precondition)
            if refusal is not None:
                return refusal
            number = str(next(self.server.numbers))
            self.server.uploads[number] = (kept, document, precondition)
            place = f"{self.server.endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={number}"
            return Reply(200, {"Location": place})

        return "begin", begin

    def _send(self, reply: Reply, fault: Fault | None = None) -> None:
        """Answer, in the way that the fault says."""
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        content_type = (
            "application/octet-stream" if isinstance(reply.body, bytes) else "application/json; charset=UTF-8"
        )
        headers: dict[str, str | None] = {
            "Date": formatdate(self.server.clock.wall_seconds(), usegmt=True),
            "Content-Type": content_type,
            **reply.headers,
        }
        if fault is not None:
            headers |= fault.headers
            body = body if fault.change is None else fault.change(body)
        manner = "whole" if fault is None else fault.reply
        if manner == "lost":
            self._hang_up()
            return
        self.send_response_only(reply.status)
        for key, value in headers.items():
            if value is not None:
                self.send_header(key, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if manner == "dripped":
            self._drip(body)
        elif manner == "cut":
            self.wfile.write(body[: len(body) // 2])
            self._hang_up()
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.stopped.wait(0.02):
                break
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _precondition(query: dict[str, str]) -> int | None:
    return int(query["ifGenerationMatch"]) if "ifGenerationMatch" in query else None


def _parts(content_type: str, content: bytes) -> tuple[dict[str, object], bytes]:
    """Read a multipart upload: the object's description, and its bytes."""
    boundary = (
        b"--" + BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode()).get_boundary("").encode()
    )
    _, first, rest = content.split(boundary + b"\r\n", 2)
    document = json.loads(first.partition(b"\r\n\r\n")[2])
    data = rest.partition(b"\r\n\r\n")[2]
    return document, data[: data.rindex(b"\r\n" + boundary + b"--")]
