"""Settles the create of a name whose fate is unknown: the one function for every create of `ledger/` and `manifests/`.

A reply can be lost, and 429, 5xx, 412 and 403 may each answer an earlier try of our own that has landed or will.

Invariants (protocol, section 3):

* While a name's fate is unknown, what was sent there goes to no other name: a delayed try may still land.
* An occupied name is final: what stands there is read, and is ours or another's.
* The bytes are sent again only when a read has seen nobody there; they are the same bytes, and the name is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from arco.errors import AccessDeniedError, ArcoError, OutcomeUnknownError, UnavailableError
from arco.runtime import Clock, Randomness
from arco.storage.absence import AbsenceReader
from arco.storage.backoff import Backoff
from arco.storage.bucket import ABSENT, Absent, Bucket, Refused, Stored, Written

__all__ = ["create_settled"]


async def create_settled(
    bucket: Bucket,
    name: str,
    data: bytes,
    *,
    sentinel: str,
    clock: Clock,
    randomness: Randomness,
    deadline_seconds: float,
) -> Written | Refused:
    """Create `name`, and come back only when what stands there is known: `Written` is ours, `Refused` is another's.

    `data` must hold fresh randomness (an attempt), since equal bytes are taken for ours. `sentinel` is that of the
    name's root, which this account can read. `deadline_seconds` from now no try and no read begins, save the first.

    Raises AccessDeniedError if every try was answered 403 and a read then saw nothing there (or may not see, where the
    name is the sentinel itself): nothing was written. Raises OutcomeUnknownError if time is out: call again with the
    same bytes and name, or read the name. After a cancellation the fate is unknown too. Raises CorruptionError if what
    stands there cannot be read as it was written.
    """
    until = clock.monotonic_seconds() + deadline_seconds
    settling = _Settling(bucket, name, data, sentinel, clock, Backoff(randomness), until)
    return await settling.settle()


@final
@dataclass(frozen=True, slots=True)
class _Settling:
    bucket: Bucket
    name: str
    data: bytes
    sentinel: str
    clock: Clock
    backoff: Backoff
    until: float

    async def settle(self) -> Written | Refused:
        answer = await self._send()
        if isinstance(answer, Written):
            return answer
        denial = answer if isinstance(answer, AccessDeniedError) else None
        while True:
            standing = await self._standing()
            if isinstance(standing, Stored):
                return self._judged(standing)
            # Who may not read has not seen that nothing stands there; of a missing sentinel, nobody could.
            if denial is not None and (standing is ABSENT or self.name == self.sentinel):
                raise denial
            await self._pause(answer)
            answer = await self._send()
            if isinstance(answer, Written):
                return answer
            if not isinstance(answer, AccessDeniedError):
                denial = None

    async def _send(self) -> Written | ArcoError | None:
        """Send the bytes to the name; give the error that leaves its fate unknown, or None: a refusal does too."""
        try:
            answer = await self.bucket.put(self.name, self.data, ABSENT)
        except (AccessDeniedError, OutcomeUnknownError, UnavailableError) as error:
            return error
        return answer if isinstance(answer, Written) else None

    async def _standing(self) -> Stored | Absent | None:
        """Read what stands there, until it can be read or time is out; None if reading is denied."""
        reader = AbsenceReader(self.bucket, self.clock)
        while True:
            try:
                return await reader.get(self.name, sentinel=self.sentinel)
            except AccessDeniedError:
                # Sending again tells more than reading again: the sentinel itself may be what is created.
                return None
            except UnavailableError as error:
                await self._pause(error)

    def _judged(self, standing: Stored) -> Written | Refused:
        if standing.data == self.data:
            return Written(standing.version, standing.updated, standing.server_time)
        return Refused(standing.version)

    async def _pause(self, reason: ArcoError | None) -> None:
        """Wait before the next request. Raises OutcomeUnknownError if time would be out then."""
        wished = reason.retry_after_seconds if isinstance(reason, UnavailableError) else None
        seconds = self.backoff.next_seconds(wished)
        if self.clock.monotonic_seconds() + seconds >= self.until:
            message = "time ran out before it was known what stands there"
            raise OutcomeUnknownError(message, name=self.name) from reason
        await self.clock.sleep(seconds)
