"""Operations that make an object of others: compose, copy and rewrite. Everything is authorised before any is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from arco.emulator.asked import Asked
from arco.emulator.desk import GET, Desk
from arco.emulator.enforcement import Check
from arco.emulator.preconditions import Preconditions
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.emulator.resources import (
    check_place,
    checksums_of,
    etag,
    object_document,
    read_attributes,
    sets_nothing,
)
from arco.emulator.store import Attributes, StoredObject
from arco.emulator.writing import Incoming, write
from arco.storage.names import check_name

__all__ = ["compose", "copy", "rewrite"]

_SOURCES_MAX: Final = 32

Place: TypeAlias = tuple[str, str]
"""A bucket, and the name of an object in it."""


@final
@dataclass(frozen=True, slots=True)
class _Source:
    """A source of a compose; None asks nothing of its generation."""

    name: str
    generation: str | None
    if_generation: str | None


async def _authorise(
    desk: Desk, caller: str, sources: Iterable[Place], destination: Place, preconditions: Preconditions
) -> None:
    """Require what the whole request needs, so that a refusal does not depend on which sources exist."""
    desk.require(caller, [Check(GET, *source) for source in sources])
    live = await desk.store(destination[0]).find(destination[1])
    desk.authorise_write(caller, *destination, live, preconditions)


async def compose(desk: Desk, caller: str, asked: Asked, bucket: str, name: str) -> Reply:
    """Join up to 32 objects of the bucket into one; each source is read, and the destination is written."""
    asked.only("ifGenerationMatch", "ifMetagenerationMatch")
    document = asked.document()
    unknown = sorted(set(document) - {"kind", "sourceObjects", "destination"})
    if unknown:
        refuse_unmodelled(f"the field {unknown[0]!r} of a compose")
    sources = _sources(document.get("sourceObjects"))
    described = document.get("destination") or {}
    if not isinstance(described, dict):
        raise Failure(400, "Invalid value for: destination")
    check_name(name)
    check_place(described, bucket, name)
    preconditions = Preconditions.of(asked)
    await _authorise(desk, caller, [(bucket, source.name) for source in sources], (bucket, name), preconditions)
    read = [await _composed(desk, caller, bucket, source) for source in sources]
    attributes = read_attributes(described, Attributes(read[0][0].attributes.content_type))
    data = b"".join(content for _, content in read)
    declared = checksums_of(described, {})
    incoming = Incoming(bucket, name, data, attributes, declared, preconditions, composite=True)
    made = await write(desk, caller, incoming)
    return Reply(200, object_document(bucket, made, desk.endpoint), {"ETag": etag(made)})


def _sources(parts: JsonValue) -> list[_Source]:
    if not isinstance(parts, list) or not 1 <= len(parts) <= _SOURCES_MAX:
        raise Failure(400, f"a compose names from 1 to {_SOURCES_MAX} source objects")
    sources: list[_Source] = []
    for part in parts:
        if not isinstance(part, dict) or not isinstance(name := part.get("name"), str):
            raise Failure(400, "a source object has a name")
        wanted = part.get("objectPreconditions") or {}
        if not isinstance(wanted, dict):
            raise Failure(400, "Invalid value for: objectPreconditions")
        unknown = sorted(set(part) - {"name", "generation", "objectPreconditions"})
        unknown += sorted(set(wanted) - {"ifGenerationMatch"})
        if unknown:
            refuse_unmodelled(f"the field {unknown[0]!r} of a source object")
        check_name(name)
        sources.append(_Source(name, _number(part.get("generation")), _number(wanted.get("ifGenerationMatch"))))
    return sources


def _number(value: JsonValue) -> str | None:
    return None if value is None else str(value)


async def _composed(desk: Desk, caller: str, bucket: str, source: _Source) -> tuple[StoredObject, bytes]:
    found, data = await _read(desk, caller, (bucket, source.name))
    if source.generation not in {None, str(found.generation)}:
        raise desk.missing(caller, bucket, source.name)
    if source.if_generation not in {None, str(found.generation)}:
        raise Failure(412, f"another generation of the source is live: {source.name}")
    return found, data


async def copy(desk: Desk, caller: str, asked: Asked, source: Place, destination: Place) -> Reply:
    """Copy an object in one call."""
    made = await _copied(desk, caller, asked, source, destination)
    return Reply(200, object_document(destination[0], made, desk.endpoint), {"ETag": etag(made)})


async def rewrite(desk: Desk, caller: str, asked: Asked, source: Place, destination: Place) -> Reply:
    """Copy an object, as the client does it; here one call is always enough."""
    made = await _copied(desk, caller, asked, source, destination)
    size = str(made.size)
    return Reply(
        200,
        {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": size,
            "objectSize": size,
            "done": True,
            "resource": object_document(destination[0], made, desk.endpoint),
        },
    )


async def _copied(desk: Desk, caller: str, asked: Asked, source: Place, destination: Place) -> StoredObject:
    asked.only("sourceGeneration", "projection", *Preconditions.names(), *Preconditions.names("Source"))
    document = asked.document()
    for _, name in (source, destination):
        check_name(name)
    check_place(document, *destination)
    preconditions = Preconditions.of(asked)
    await _authorise(desk, caller, [source], destination, preconditions)
    found, data = await _read(desk, caller, source)
    if asked.whole("sourceGeneration") not in {None, found.generation}:
        raise desk.missing(caller, *source)
    Preconditions.of(asked, "Source").require(found)
    # A description in the request replaces that of the source; without one, the source's is copied.
    attributes = found.attributes if sets_nothing(document) else read_attributes(document)
    composite = found.md5 is None
    declared = checksums_of(document, {})
    return await write(
        desk, caller, Incoming(*destination, data, attributes, declared, preconditions, composite=composite)
    )


async def _read(desk: Desk, caller: str, place: Place) -> tuple[StoredObject, bytes]:
    read = await desk.store(place[0]).read(place[1])
    if read is None:
        raise desk.missing(caller, *place)
    return read
