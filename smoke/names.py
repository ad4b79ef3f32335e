"""Names to ask about: inside each root, and near misses, which are outside all of them.

Invariant: a name belongs to the column that the access matrix counts it to, which `test_names.py` holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from arco.policy.matrix import Root, Workspace
from arco.policy.matrix.layout import OTHER_NAMES
from arco.storage.bucket import NAME_BYTES_MAX

__all__ = ["Folder", "inside", "near_misses", "near_misses_of"]

_TENANT: Final = re.compile(r"(?P<before>.*tenant=)(?P<tenant>[^/]+)(?P<after>/.*)")
_ODD: Final = "../ledger//%2F..%2e?#&= {object} \u00fc\u2215\u732b/"


@final
@dataclass(frozen=True, slots=True)
class Folder:
    """Names that begin with `start`, which need not end in a slash. `long` ones have 1,024 bytes, the most there is."""

    column: str
    start: str
    long: bool = False

    def name(self, stem: str) -> str:
        """Give the name that ends in `stem`."""
        room = NAME_BYTES_MAX - len((self.start + stem).encode())
        return f"{self.start}{'x' * room if self.long else ''}{stem}"


def inside(workspace: Workspace, root: Root) -> tuple[Folder, Folder]:
    """Give a folder as the services name theirs, and the oddest that is inside the root all the same."""
    start = workspace.prefix(root)
    return Folder(root.column, f"{start}catalog/"), Folder(root.column, start + _ODD, long=True)


def near_misses_of(workspace: Workspace, root: Root) -> Iterator[Folder]:
    """Give what a condition without its slash would cover."""
    bare = f"{workspace.scope}{root.name}"
    yield from (Folder(OTHER_NAMES, start) for start in (bare, f"{bare}_old/"))


def near_misses(workspace: Workspace) -> Iterator[Folder]:
    """Give what looks like a root, and is outside of all."""
    scope = workspace.scope
    resource = f"projects/_/buckets/{workspace.bucket}/objects/"
    for root in ("ledger", "state"):
        yield Folder(OTHER_NAMES, f"{root}/")
        yield Folder(OTHER_NAMES, f"x/{scope}{root}/")
        yield Folder(OTHER_NAMES, f"{scope}x/{root}/")
    match = _TENANT.fullmatch(scope)
    if match is not None:
        before, tenant, after = match.groups()
        for other in ("ledger", f"{tenant}-2", tenant[:-1], f"{tenant}/workspace=ledger"):
            yield Folder(OTHER_NAMES, f"{before}{other}{after}ledger/")
        yield Folder(OTHER_NAMES, f"{before}ledger/")
    yield Folder(OTHER_NAMES, f"{scope}/ledger/")
    yield Folder(OTHER_NAMES, f"{scope}./ledger/")
    yield Folder(OTHER_NAMES, f"{scope}LEDGER/")
    yield Folder(OTHER_NAMES, f"{scope}ledger%2F")
    yield Folder(OTHER_NAMES, scope.replace("/", "%2F") + "ledger/")
    yield Folder(OTHER_NAMES, f"{scope}ledger\u2215")
    yield Folder(OTHER_NAMES, f"{scope}\uff4cedger/")
    yield Folder(OTHER_NAMES, f"{scope}{{workspace}}/ledger/")
    yield Folder(OTHER_NAMES, f"{resource}{scope}ledger/")
    yield Folder(OTHER_NAMES, f"{scope}ledger", long=True)
