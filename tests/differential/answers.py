"""Three answers to one question: of the decision procedure, of the evaluator in process, and over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import google.cloud.storage as google_storage  # type: ignore[import-untyped]
import requests
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials

from arco.emulator.enforcement import ANONYMOUS, Check, Enforcer
from arco.emulator.store import Attributes, ObjectStore
from arco.policy.grants import Grants
from arco.storage.memory import MemoryBucket
from tests.differential.procedure import Procedure
from tests.differential.requests import READS_SOURCE, READS_TARGET, REQUESTS
from tests.differential.table import Need
from tests.differential.triples import Triple
from tests.fakes.emulated import Emulated
from tests.fakes.manual_clock import ManualClock

__all__ = ["Refusal", "Service", "by_enforcer", "by_procedure"]

Refusal: TypeAlias = "Need | None"
"""What a request is refused for want of; None if it may be done."""


def by_procedure(procedure: Procedure, triple: Triple) -> tuple[Refusal, bool]:
    """Give the first thing that is not granted for certain, and whether anything on the way there was open."""
    for need in triple.needs:
        answer = procedure.answer(triple.caller, need[0], triple.bucket, need[1])
        if answer != "granted":
            return need, answer == "open"
    return None, False


def by_enforcer(enforcer: Enforcer, triple: Triple) -> Refusal:
    """Give the first thing that the emulator's evaluator does not grant."""
    for permission, name in triple.needs:
        if not enforcer.decide(triple.caller, Check(permission, triple.bucket, name)).granted:
            return permission, name
    return None


@dataclass(slots=True)
class Service:
    """A running emulator whose policy and objects are replaced between requests, and the clients of all callers."""

    emulated: Emulated
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])
    _anonymous: requests.Session = field(default_factory=requests.Session)

    def govern(self, grants: Grants) -> None:
        """Put a policy into force, over empty buckets."""
        desk = self.emulated.emulator.desk
        clock = ManualClock()
        desk.enforcer = Enforcer(grants, clock)
        desk.stores = {bucket: ObjectStore(MemoryBucket(clock), MemoryBucket(clock)) for bucket in grants.buckets}

    def answer(self, triple: Triple) -> str:
        """Send the request, and say in short what came of it: a status, and for a refusal what it names."""
        before = [self._stand(triple, name) for name in (triple.target, triple.source)]
        _, send = REQUESTS[triple.request]
        try:
            send(self._client(triple.caller).bucket(triple.bucket), triple.target, triple.source)
        except GoogleAPICallError as error:
            after = [self._generation(triple, name) for name in (triple.target, triple.source)]
            changed = "" if after == before else ", and something has changed"
            return f"{error.code}: {_message(error)}{changed}"
        return "done"

    @staticmethod
    def expected(triple: Triple, refusal: Refusal) -> str:
        """Say what must come of a request, where the other two answers are right."""
        if refusal is not None:
            permission, name = refusal
            status = 401 if triple.caller == ANONYMOUS else 403
            who = "Anonymous caller" if triple.caller == ANONYMOUS else triple.caller.partition(":")[2]
            kind, tail = ("bucket", "") if name is None else ("object", f"/objects/{name}")
            return (
                f"{status}: {who} does not have {permission} access to the Google Cloud Storage {kind}. "
                f"Permission '{permission}' denied on resource 'projects/_/buckets/{triple.bucket}{tail}' "
                f"(or it may not exist)."
            )
        read = {triple.target} if triple.request in READS_TARGET else set[str]()
        read |= {triple.source} if triple.request in READS_SOURCE else set()
        missing = sorted(read - triple.standing)
        return f"404: No such object: {triple.bucket}/{missing[0]}" if missing else "done"

    def close(self) -> None:
        """Close what the clients of its own opened."""
        self._anonymous.close()

    def _client(self, caller: str) -> Any:  # noqa: ANN401 - Google's client has no types
        if caller not in self._clients:
            self._clients[caller] = self._nobody() if caller == ANONYMOUS else self.emulated.client(caller)
        return self._clients[caller]

    def _nobody(self) -> Any:  # noqa: ANN401 - as above
        self._anonymous.trust_env = False
        client = google_storage.Client(
            project="none",
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            _http=self._anonymous,
            client_options={"api_endpoint": self.emulated.endpoint},
        )
        setattr(client, "_bucket_metadata_cache", None)  # noqa: B010 - the only switch beside a variable
        return client

    def _stand(self, triple: Triple, name: str) -> int | None:
        """See to it that a name exists, or does not, behind the emulator's back; give its generation."""
        store = self.emulated.emulator.desk.stores[triple.bucket]

        async def seen_to() -> int | None:
            live = await store.find(name)
            if live is not None and name not in triple.standing:
                assert await store.delete(name, live.generation)
                return None
            if live is None and name in triple.standing:
                live = await store.write(name, b"content", Attributes(), 0)
                assert live is not None
            return None if live is None else live.generation

        return self.emulated.run(seen_to())

    def _generation(self, triple: Triple, name: str) -> int | None:
        found = self.emulated.run(self.emulated.emulator.desk.stores[triple.bucket].find(name))
        return None if found is None else found.generation


def _message(error: GoogleAPICallError) -> str:
    """Give the message of the error document, as it was sent."""
    response: Any = error.response
    document: dict[str, Any] = response.json()
    return str(document["error"]["message"])
