"""The buckets that keep the contract, as the files in `buckets/` register them (see README.md)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from arco.storage.bucket import Bucket

__all__ = ["Kind", "kind_named", "kinds"]

_FOLDER = Path(__file__).resolve().parent / "buckets"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of bucket.

    `store` makes a fresh, empty store in the folder that it is given and tells its address; `open` gives one more
    handle on the store at an address, on the running event loop. With `processes`, other processes can open it too.
    `leaves_out` gives the checks that this kind cannot be asked, each with the reason.
    """

    name: str
    store: Callable[[Path], AbstractContextManager[str]]
    open: Callable[[str], AbstractAsyncContextManager[Bucket]]
    processes: bool = False
    leaves_out: Mapping[str, str] = field(default_factory=dict[str, str])


@cache
def kinds() -> tuple[Kind, ...]:
    """Give every registered kind, in the order of files; never none, and no name twice."""
    modules = [importlib.import_module(f"tests.contract.buckets.{path.stem}") for path in sorted(_FOLDER.glob("*.py"))]
    found = tuple(kind for module in modules for kind in module.BUCKETS)
    names = [kind.name for kind in found]
    assert found, "no bucket is registered: the contract would be kept by nobody"
    assert len(names) == len(set(names)), f"a kind is registered twice: {names}"
    assert all(isinstance(kind, Kind) for kind in found)
    return found


def kind_named(name: str) -> Kind:
    """Give the kind of that name; another process knows nothing but the name."""
    return next(kind for kind in kinds() if kind.name == name)
