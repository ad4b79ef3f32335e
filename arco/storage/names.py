"""What may be asked of a bucket, checked the same way by every adapter before anything is sent.

Invariants:

* A name that one bucket takes, all take; a name that one refuses, all refuse. The rules are those of Cloud Storage.
* The order of names is the order of their UTF-8 bytes.
"""

from __future__ import annotations

from typing import Final

from arco.errors import InputError, UsageError
from arco.storage.bucket import NAME_BYTES_MAX

__all__ = ["PAGE_NAMES_MAX", "check_name", "check_page", "check_range"]

PAGE_NAMES_MAX: Final = 1000
"""Cloud Storage gives no longer page, so nobody may count on one."""


def check_name(name: str) -> bytes:
    """Give the name's UTF-8, by which names are ordered. Raises InputError unless an object can have this name."""
    encoded = _encoded("name", name)
    if not encoded or name in {".", ".."}:
        message = f"an object's name is neither empty nor a dot or two name={name!r}"
        raise InputError(message, source="name")
    return encoded


def check_page(prefix: str, start_after: str, limit: int) -> tuple[bytes, bytes]:
    """Give the UTF-8 of `prefix` and `start_after`; both may be empty.

    Raises InputError for what no name can begin with, UsageError unless 1 <= limit <= PAGE_NAMES_MAX.
    """
    if not 1 <= limit <= PAGE_NAMES_MAX:
        message = f"a page has from 1 to {PAGE_NAMES_MAX} names limit={limit}"
        raise UsageError(message)
    return _encoded("prefix", prefix), _encoded("start_after", start_after)


def check_range(start: int, end: int) -> None:
    """Raise UsageError unless 0 <= start <= end."""
    if not 0 <= start <= end:
        message = f"a range begins at 0 or later and ends at its start or later start={start} end={end}"
        raise UsageError(message)


def _encoded(what: str, text: str) -> bytes:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        message = f"not Unicode text: a surrogate stands alone {what}={text!r}"
        raise InputError(message, source=what) from error
    if len(encoded) > NAME_BYTES_MAX:
        message = f"longer than {NAME_BYTES_MAX} bytes of UTF-8 bytes={len(encoded)}"
        raise InputError(message, source=what)
    if "\r" in text or "\n" in text:
        message = f"no name holds a carriage return or a line feed {what}={text!r}"
        raise InputError(message, source=what)
    return encoded
