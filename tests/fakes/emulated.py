"""An emulator that runs in a thread of its own, so that the real client, which blocks, can talk to it.

with running_emulated(rights(ALICE, "storage.objects.get")) as emulated:
emulated.client(ALICE).bucket(BUCKET).blob("a").download_as_bytes()
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import google.cloud.storage as google_storage  # type: ignore[import-untyped]
from google.auth.transport.requests import AuthorizedSession

from arco.emulator.desk import Undocumented
from arco.emulator.enforcement import Decision
from arco.emulator.policies import Policy
from arco.emulator.service import Emulator, OpenBucket, Options, open_emulator
from arco.policy.deployment import Instance
from arco.policy.grants import Grants
from arco.runtime import Clock, SeededRandomness
from arco.storage.bucket import Bucket
from arco.storage.memory import MemoryBucket
from tests.fakes.deployments import bucket, custom_role, deployed, member, prefix
from tests.fakes.google_credentials import FixedCredentials
from tests.fakes.manual_clock import ManualClock

__all__ = ["ALICE", "BOB", "BUCKET", "Answer", "Emulated", "in_memory", "rights", "running_emulated"]

BUCKET = "demo"
ALICE = "serviceAccount:alice@demo-project.iam.gserviceaccount.com"
BOB = "serviceAccount:bob@demo-project.iam.gserviceaccount.com"

T = TypeVar("T")


def rights(who: str, *permissions: str, under: str | None = None, label: str = "") -> tuple[Instance, ...]:
    """Grant exactly `permissions` on the bucket `demo`, on objects whose names begin with `under` if it is given."""
    role_id = "role_" + "".join(letter if letter.isalnum() else "_" for letter in f"{who}{under}{label}")
    condition = "" if under is None else prefix(under)
    return (
        custom_role(role_id, *permissions, name=role_id),
        member(f"projects/demo-project/roles/{role_id}", who, condition, name=role_id),
    )


def in_memory(clock: Clock) -> OpenBucket:
    """Keep everything in memory."""

    @asynccontextmanager
    async def opened(_bucket: str, _part: Literal["objects", "attributes"]) -> AsyncIterator[Bucket]:
        yield MemoryBucket(clock)

    return opened


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Read the body."""
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def message(self) -> str:
        """What an error document says."""
        return str(self.json()["error"]["message"])

    @property
    def reason(self) -> str:
        """The short name that an error document gives."""
        return str(self.json()["error"]["errors"][0]["reason"])


@dataclass(slots=True)
class Emulated:
    """A running emulator, and ways to talk to it."""

    emulator: Emulator
    loop: asyncio.AbstractEventLoop
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    decisions: list[Decision] = field(default_factory=list[Decision])
    _sessions: list[AuthorizedSession] = field(default_factory=list[AuthorizedSession])

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return self.emulator.endpoint

    def token(self, who: str) -> str:
        """Give a good token of an account."""
        if who not in self.tokens:
            self.tokens[who] = self.emulator.tokens.issue(who).token
        return self.tokens[who]

    def client(self, who: str = ALICE) -> Any:  # noqa: ANN401 - Google's client has no types
        """Give the real client, with the credentials of an account."""
        session = AuthorizedSession(FixedCredentials(self.token(who)))  # type: ignore[no-untyped-call]
        session.trust_env = False
        self._sessions.append(session)
        made = google_storage.Client(
            project="none",
            credentials=FixedCredentials(self.token(who)),
            _http=session,
            client_options={"api_endpoint": self.endpoint},
        )
        # Without this, a thread of the client describes the bucket, for traces that nobody takes.
        setattr(made, "_bucket_metadata_cache", None)  # noqa: B010 - the only switch beside a variable
        return made

    def bucket(self, who: str = ALICE) -> Any:  # noqa: ANN401 - as above
        """Give the bucket `demo` of the real client."""
        return self.client(who).bucket(BUCKET)

    def send(
        self,
        method: str,
        target: str,
        body: bytes | Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        who: str | None = ALICE,
    ) -> Answer:
        """Send a request as it is written: `target` reaches the wire unchanged."""
        given = dict(headers or {})
        if who is not None:
            given.setdefault("Authorization", f"Bearer {self.token(who)}")
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.endpoint.removeprefix("http://"), timeout=20)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in given.items():
                connection.putheader(name, value)
            if content is not None:
                connection.putheader("Content-Length", str(len(content)))
            connection.endheaders(content)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the emulator's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def put(self, name: str, data: bytes = b"content") -> int:
        """Place an object behind the emulator's back, and give its generation."""
        from arco.emulator.store import Attributes  # noqa: PLC0415 - what is only placed needs no more of the store

        async def placed() -> int:
            store = self.emulator.desk.stores[BUCKET]
            live = await store.find(name)
            made = await store.write(name, data, Attributes(), 0 if live is None else live.generation)
            assert made is not None
            return made.generation

        return self.run(placed())

    def content(self, name: str) -> bytes | None:
        """Read an object behind the emulator's back."""
        read = self.run(self.emulator.desk.stores[BUCKET].read(name))
        return None if read is None else read[1]

    def names(self) -> list[str]:
        """List all objects behind the emulator's back."""

        async def listed() -> list[str]:
            return [name async for name in self.emulator.desk.stores[BUCKET].names("", "")]

        return self.run(listed())

    def close(self) -> None:
        """Close the connections of its clients."""
        for session in self._sessions:
            session.close()  # type: ignore[no-untyped-call]


@contextmanager
def running_emulated(
    *grants: Instance,
    clock: Clock | None = None,
    open_bucket: OpenBucket | None = None,
    undocumented: Undocumented | None = None,
    policy: Policy | Grants | None = None,
    propagation_seconds: float = 0.0,
) -> Iterator[Emulated]:
    """Run an emulator of the bucket `demo` under `grants`, or of a whole `policy`, until the end of the context."""
    clock = clock or ManualClock()
    opening = open_bucket or in_memory(clock)
    stated = policy or Policy.of(deployed(bucket(BUCKET, prevention="inherited"), *grants))
    started: list[Emulated] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        options = Options(undocumented=undocumented or Undocumented(), propagation_seconds=propagation_seconds)
        opened = open_emulator(stated, opening, clock=clock, randomness=SeededRandomness(1), options=options)
        async with opened as emulator:
            emulated = Emulated(emulator, loop)
            emulator.desk.note = emulated.decisions.append
            started.append(emulated)
            ready.set()
            await stop.wait()

    def run() -> None:
        with closing(loop):
            try:
                loop.run_until_complete(serve())
            finally:
                ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    assert started, "the emulator did not start"
    try:
        yield started[0]
    finally:
        started[0].close()
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
