"""What an answer of success says, once everything in it agrees; else the error that tells the caller what to do."""

from __future__ import annotations

from collections.abc import Mapping

from arco.errors import CorruptionError, OutcomeUnknownError, UnavailableError
from arco.storage.bucket import ObjectMeta, Stored, Written
from arco.storage.checksums import crc32c
from arco.storage.gcs import _answers as answers
from arco.storage.gcs._wire import Exchange

__all__ = ["described", "part", "server_seconds", "stored", "written"]


def stored(name: str, data: bytes, exchange: Exchange) -> Stored:
    """Judge a whole read. Raises CorruptionError if its checksum differs, UnavailableError if it cannot be checked."""
    headers = _headers(exchange)
    version = answers.generation(headers.get("X-Goog-Generation"))
    checksum = answers.header_checksum(headers)
    size = answers.whole_number(headers.get("X-Goog-Stored-Content-Length"))
    if version is None or checksum is None:
        message = "the answer has no generation or no checksum operation=get"
        raise UnavailableError(message, name=name)
    if size is not None and len(data) < size:
        message = f"the answer ended early bytes={len(data)} of={size} operation=get"
        raise UnavailableError(message, name=name)
    if crc32c(data) != checksum:
        message = f"the checksum of what was read differs stored={checksum:08x} read={crc32c(data):08x}"
        raise CorruptionError(message, name=name)
    return Stored(data, version, answers.header_seconds(headers, "Last-Modified"), server_seconds(exchange))


def part(name: str, data: bytes, exchange: Exchange, start: int, end: int) -> bytes:
    """Judge a read of [start, end), clamped to the object. Raises UnavailableError if it is another part."""
    response = exchange.response
    if response is not None and response.status_code == 200:  # noqa: PLR2004 - OK: the whole object
        return stored(name, data, exchange).data[start:end]
    given = answers.content_range(_headers(exchange))
    if given is None or given[0] != start or given[1] > end or given[1] - given[0] != len(data):
        message = f"the answer is another part than was asked for start={start} end={end} operation=get_range"
        raise UnavailableError(message, name=name)
    return data


def described(name: str, exchange: Exchange) -> ObjectMeta:
    """Judge a description. Raises UnavailableError if it leaves something out."""
    found = _document(exchange)
    version = answers.generation(found.get("generation"))
    size = answers.whole_number(found.get("size"))
    checksum = answers.json_checksum(found.get("crc32c"))
    if version is None or size is None or checksum is None:
        message = "the answer has no generation, size or checksum operation=head"
        raise UnavailableError(message, name=name)
    return ObjectMeta(size, checksum, version, answers.json_seconds(found.get("updated")))


def written(name: str, exchange: Exchange, data: bytes) -> Written:
    """Judge an upload. Raises CorruptionError if something else was stored, OutcomeUnknownError if that is not told."""
    found = _document(exchange)
    version = answers.generation(found.get("generation"))
    size = answers.whole_number(found.get("size"))
    checksum = answers.json_checksum(found.get("crc32c"))
    if version is None or size is None or checksum is None:
        message = "the answer has no generation, size or checksum operation=put"
        raise OutcomeUnknownError(message, name=name)
    if found.get("name") != name:
        message = f"the answer is about another object told={found.get('name')!r} operation=put"
        raise OutcomeUnknownError(message, name=name)
    if (size, checksum) != (len(data), crc32c(data)):
        message = f"what was stored is not what was sent bytes={size} of={len(data)} checksum={checksum:08x}"
        raise CorruptionError(message, name=name)
    return Written(version, answers.json_seconds(found.get("updated")), server_seconds(exchange))


def server_seconds(exchange: Exchange) -> int | None:
    """Give the service's clock when it answered."""
    return answers.header_seconds(_headers(exchange), "Date")


def _headers(exchange: Exchange) -> Mapping[str, str]:
    return {} if exchange.response is None else exchange.response.headers


def _document(exchange: Exchange) -> Mapping[str, object]:
    """Read the answer's JSON object; whatever else it is has nothing in it."""
    try:
        found: object = None if exchange.response is None else exchange.response.json()
    except ValueError:
        return {}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
