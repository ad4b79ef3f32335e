"""A server with one bucket, and handles on it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from google.auth.credentials import Credentials

from arco.runtime import SystemRandomness
from arco.storage.gcs import GcsBucket, Limits
from tests.fakes.gcs_objects import GcsObjects
from tests.fakes.gcs_server import Fault, GcsServer
from tests.fakes.google_credentials import FixedCredentials
from tests.fakes.manual_clock import ManualClock

__all__ = ["NAME", "Site"]

NAME = "tenant=acme/workspace=prod/ledger/catalog/00000000000000000001.json"


@dataclass(frozen=True, slots=True)
class Site:
    """What a test needs to watch both sides of the wire."""

    server: GcsServer
    bucket_name: str
    objects: GcsObjects
    stack: ExitStack
    clock: ManualClock = field(default_factory=ManualClock)

    def handle(
        self,
        limits: Limits | None = None,
        *,
        endpoint: str | None = None,
        credentials: Credentials | None = None,
        bucket_name: str | None = None,
        clock: ManualClock | None = None,
    ) -> GcsBucket:
        """Open a handle; what it sleeps takes no time."""
        bucket = GcsBucket(
            bucket_name or self.bucket_name,
            credentials or FixedCredentials(),
            clock=clock or self.clock,
            randomness=SystemRandomness(),
            endpoint=endpoint or self.server.endpoint,
            limits=limits,
        )
        self.stack.callback(bucket.close)
        return bucket

    def fail(self, *faults: Fault) -> None:
        """Let requests fail, each fault once."""
        self.server.faults.extend(faults)

    def asked(self) -> list[str]:
        """Tell which operations reached the server, in order."""
        return [str(seen.operation) for seen in self.server.seen]
