"""Reads what stands in an answer. What is missing or malformed is None, and never a guess."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from arco.storage.bucket import Version

__all__ = [
    "content_range",
    "encoded_checksum",
    "generation",
    "header_checksum",
    "header_seconds",
    "json_checksum",
    "json_seconds",
    "retry_after_seconds",
    "whole_number",
]

_GENERATION_MAX = 2**63 - 1
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/(?:[0-9]{1,18}|\*)", re.ASCII)
_HASH = re.compile(r"(?:^|[,\s])crc32c=([A-Za-z0-9+/]{6}==)", re.ASCII)


def generation(text: object) -> Version | None:
    """Read a generation: a positive whole number of 63 bits, in digits, without a leading zero."""
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or not re.fullmatch(r"[1-9][0-9]{0,18}", text, re.ASCII):
        return None
    return Version(text) if int(text) <= _GENERATION_MAX else None


def whole_number(text: object) -> int | None:
    """Read a number of bytes, as JSON text or as a number."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if text >= 0 else None
    return int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) else None


def encoded_checksum(checksum: int) -> str:
    """Spell a CRC32C as the API does: base64 of its four bytes, the highest first."""
    return base64.b64encode(checksum.to_bytes(4)).decode()


def json_checksum(text: object) -> int | None:
    """Read a CRC32C as the API spells it."""
    if not isinstance(text, str):
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(raw) if len(raw) == 4 else None  # noqa: PLR2004 - bytes of a CRC32


def header_checksum(headers: Mapping[str, str]) -> int | None:
    """Read the CRC32C of the whole object from `X-Goog-Hash`, where an MD5 may stand beside it."""
    match = _HASH.search(headers.get("X-Goog-Hash", ""))
    return None if match is None else json_checksum(match[1])


def header_seconds(headers: Mapping[str, str], name: str) -> int | None:
    """Read a date of HTTP as seconds since 1970."""
    text = headers.get(name)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


def json_seconds(text: object) -> int | None:
    """Read a time of RFC 3339 as whole seconds since 1970, the fraction cut off."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int(moment.replace(microsecond=0).timestamp())


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Read the wish to be left alone: seconds, or a date, which counts from the answer's own."""
    text = headers.get("Retry-After")
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", text.strip(), re.ASCII):
        return float(text)
    until, now = header_seconds(headers, "Retry-After"), header_seconds(headers, "Date")
    return None if until is None or now is None else float(max(0, until - now))


def content_range(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Read which bytes [start, end) a partial answer holds."""
    match = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    return None if match is None else (int(match[1]), int(match[2]) + 1)
