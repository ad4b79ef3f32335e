"""Breaking a lease by force: for operators, when a holder is known to be gone and its TTL is too long to wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from arco.documents import utc_text
from arco.errors import ConflictError
from arco.fencing.record import LockRecord
from arco.fencing.replica import Replica, look, write_record
from arco.fencing.verified import secret_hash
from arco.layout import Domain, LockKey
from arco.storage.bucket import ABSENT

__all__ = ["force_break"]

_OPERATION: Final = "force-break"
_TRIES: Final = 5
_WRITE_SECONDS: Final = 10.0


async def force_break(replica: Replica, domain: Domain) -> LockRecord | None:
    """Release the lease of `domain` in place, whoever holds it; gives the record that was broken, if there was one.

    The sequence is kept, so the next holder's token outranks the broken one; a record that is damaged is replaced.
    The broken holder may go on until it next reads or writes the lock: the chain decides between both (I7). Raises
    ConflictError if the record keeps changing, OutcomeUnknownError if it is not known what stands there.
    """
    for _ in range(_TRIES):
        found = await look(replica, domain)
        if found is ABSENT or (found.record is not None and found.record.released):
            return None
        broken = _broken(replica, domain, found.record)
        until = replica.clock.monotonic_seconds() + _WRITE_SECONDS
        if isinstance(await write_record(replica, broken, found.stored.version, until=until), str):
            return found.record
    message = "the lease record changes faster than it can be broken"
    raise ConflictError(message, name=LockKey(domain).path)


def _broken(replica: Replica, domain: Domain, record: LockRecord | None) -> LockRecord:
    if record is not None:
        return replace(record, released=True, operation=_OPERATION, requested_by=None)
    return LockRecord(
        domain=domain,
        holder_id=replica.holder_id,
        sequence=0,
        renewal_counter=0,
        ttl_ms=round(replica.terms.ttl_seconds * 1000),
        released=True,
        operation=_OPERATION,
        secret_sha256=secret_hash(replica.randomness.token_bytes(32).hex()),
        expires_at=utc_text(replica.clock.wall_seconds()),
    )
