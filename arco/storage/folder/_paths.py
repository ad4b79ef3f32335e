"""Which file holds an object.

Invariants:

* An object of the layout that is created once has the path of its name, below `objects/`, so that a program that knows
  nothing of buckets can read it.
* Every other content has a file of its own, below `encoded/`: one directory for a name, one file in it for a version.
  No path of the second kind is ever used twice.
* Two names never share a file, on a file system that ignores case neither: both kinds use small letters alone, and
  the encoding can be undone.
* No component is longer than 255 bytes, empty, `.` or `..`, or holds a slash.
"""

from __future__ import annotations

import re
from typing import Final

from arco.errors import InputError
from arco.layout import L0Key, LedgerKey, ManifestKey, QuarantineKey, Scope, SentinelKey, StateKey

__all__ = ["ENCODED", "OBJECTS", "TEMPORARY", "decoded", "directory_of", "encoded_file", "plain_file"]

OBJECTS: Final = "objects"
ENCODED: Final = "encoded"
TEMPORARY: Final = "tmp"

# Created once and never overwritten. The rest of the layout (locks, hints, cursors) is.
_CREATE_ONLY = (LedgerKey, ManifestKey, L0Key, StateKey, QuarantineKey, SentinelKey)
_SCOPED = re.compile(r"tenant=([^/]*)/workspace=([^/]*)/(.*)", re.DOTALL)
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_=")
_PART_MAX = 200


def plain_file(name: str) -> str | None:
    """Give the path below `objects/` of a name of the layout that is created once; None for every other name."""
    match = _SCOPED.fullmatch(name)
    if match is None:
        return None
    try:
        scope = Scope(match[1], match[2])
    except InputError:
        return None
    for kind in _CREATE_ONLY:
        try:
            key = kind.parse(match[3])
        except InputError:
            continue
        return f"{OBJECTS}/{scope.prefix}{key.path}"
    return None


def encoded_file(name: bytes, version: int) -> str:
    """Give the path below `encoded/` of one version of a name, whatever bytes the name has.

    Parts of the name begin with `+` and versions with `@`, so that a name that is the beginning of another's does
    not meet it, and no part is a word that some file system reserves.
    """
    escaped = "".join(chr(byte) if byte in _KEPT else f"%{byte:02x}" for byte in name)
    parts = [f"+{escaped[start : start + _PART_MAX]}" for start in range(0, len(escaped), _PART_MAX)]
    return "/".join([ENCODED, *parts, f"@{version}"])


def decoded(file: str) -> bytes:
    """Give the name of which `file` below `encoded/` holds a version: the proof that no two names share one."""
    escaped = "".join(part.removeprefix("+") for part in file.split("/")[1:-1])
    return re.sub(rb"%([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), escaped.encode())


def directory_of(path: str) -> str:
    """Give the directory that holds `path`: the empty path for what stands directly in the folder."""
    return path.rpartition("/")[0]
