"""The lease record: what stands in `locks/{domain}.lock.json`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self, final

from arco.documents import SHA256_HEX, UTC_TEXT, parse_document, render_document
from arco.errors import InputError
from arco.fencing.terms import TTL_SECONDS_MAX
from arco.layout import ATTEMPT, Domain, LockKey

__all__ = ["LockRecord", "parse_or_none"]

_FORMAT = 1
_OPERATION = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@final
@dataclass(frozen=True, slots=True)
class LockRecord:
    """Who holds the lease of `domain`, by which token (`sequence`), and whether it was released.

    `renewal_counter` grows with each renewal. `secret_sha256` is the hash of what the holder shows to prove itself.
    `requested_by` is the holder id of a replica that waits. `expires_at` is for people; nobody decides by it.
    """

    domain: Domain
    holder_id: str
    sequence: int
    renewal_counter: int
    ttl_ms: int
    released: bool
    operation: str
    secret_sha256: str
    expires_at: str
    requested_by: str | None = None

    @property
    def ttl_seconds(self) -> float:
        """The TTL by which this record expires, whatever the reader's own terms are."""
        return self.ttl_ms / 1000

    def held_as(self, other: LockRecord) -> bool:
        """Whether both speak of one acquisition: the same holder, token and secret, and neither was released."""
        mine, yours = ((one.holder_id, one.sequence, one.secret_sha256, one.released) for one in (self, other))
        return mine == yours and not self.released

    def renewed(self, *, expires_at: str) -> Self:
        """Give the record of the next renewal."""
        return replace(self, renewal_counter=self.renewal_counter + 1, expires_at=expires_at)

    def render(self) -> bytes:
        """Give the bytes to store. Raises InputError for a record that could not be read again."""
        data = render_document(
            {
                "format": _FORMAT,
                "domain": self.domain.value,
                "holder_id": self.holder_id,
                "sequence": self.sequence,
                "renewal_counter": self.renewal_counter,
                "ttl_ms": self.ttl_ms,
                "released": self.released,
                "operation": self.operation,
                "secret_sha256": self.secret_sha256,
                "expires_at": self.expires_at,
                "requested_by": self.requested_by,
            }
        )
        self.parse(data, self.domain)
        return data

    @classmethod
    def parse(cls, data: bytes, domain: Domain) -> Self:
        """Read stored bytes. Raises InputError if they are not a record of `domain`."""
        document = parse_document(data, LockKey(domain).path)
        document.exactly("format", _FORMAT)
        document.exactly("domain", domain.value)
        record = cls(
            domain=domain,
            holder_id=document.text("holder_id", ATTEMPT),
            sequence=document.whole("sequence"),
            renewal_counter=document.whole("renewal_counter"),
            ttl_ms=document.whole("ttl_ms", 1, int(TTL_SECONDS_MAX * 1000)),
            released=document.flag("released"),
            operation=document.text("operation", _OPERATION),
            secret_sha256=document.text("secret_sha256", SHA256_HEX),
            expires_at=document.text("expires_at", UTC_TEXT),
            requested_by=document.text_or_none("requested_by", ATTEMPT),
        )
        document.end()
        return record


def parse_or_none(data: bytes, domain: Domain) -> LockRecord | None:
    """Read stored bytes; None if they are no record, which is then replaced once it has expired."""
    try:
        return LockRecord.parse(data, domain)
    except InputError:
        return None
