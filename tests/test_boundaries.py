"""Whoever holds a bucket can do everything in it, so only composition roots may name one.

The import contract keeps the adapters. A contract knows no names, so the rest is kept here: the protocol `Bucket`, its
decorators, and `WorkspaceStorage`, which hands every capability out.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tree import ROOT, files, read

CONTRACT = "Only composition roots build buckets"
# Composition roots, the package itself, and the emulator, which is a bucket to others. The files that a later change
# brings are among them.
MAY = re.compile(r"arco/(storage/.*|cli/.*|(api|compactor)/service\.py|emulator/(service|store)\.py)")
WIDE = re.compile(r"\w*Bucket|WorkspaceStorage|\*")
STORAGE = Path("arco/storage")


def _modules() -> set[str]:
    """Give the modules and packages right under `arco.storage`."""
    inside = (path.relative_to(STORAGE).parts[0] for path in files(".py") if path.is_relative_to(STORAGE))
    return {name.removesuffix(".py") for name in inside} - {"__init__"}


MODULES = {f"arco.storage.{name}" for name in _modules()}


def _trespasses(source: str) -> Iterator[str]:
    """Give each place where a module reaches for more of `arco.storage` than views and values."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            # Whoever has the module has every name in it.
            yield from (alias.name for alias in node.names if re.match(r"arco\.storage\b", alias.name))
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for alias in node.names:
                whole = f"{module}.{alias.name}" in {"arco.storage", *MODULES}
                wide = re.match(r"arco\.storage\b", module) and WIDE.fullmatch(alias.name)
                if whole or wide:
                    yield f"{module}.{alias.name}"
        elif isinstance(node, ast.Constant) and re.fullmatch(r"arco\.storage[\w.]*", str(node.value)):
            yield str(node.value)


def _adapters() -> set[str]:
    """Give the modules of `arco.storage` that define a bucket, the protocol's own not counted."""
    modules = {
        path.relative_to(STORAGE).parts[0].removesuffix(".py")
        for path in files(".py")
        if path.is_relative_to(STORAGE)
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.ClassDef) and re.fullmatch(r"[A-Z]\w*Bucket", node.name)
    }
    return {f"arco.storage.{name}" for name in modules}


def test_only_composition_roots_name_a_bucket() -> None:
    """No other module of the product imports a bucket, or a module in which one could be found."""
    product = [path for path in files(".py") if path.parts[0] == "arco" and not MAY.fullmatch(path.as_posix())]
    found = {str(path): names for path in product if (names := list(_trespasses(read(path))))}

    assert product
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "from arco.storage.bucket import Bucket",
        "from arco.storage.bucket import Bucket as Harmless",
        "from arco.storage import Bucket",
        "from arco.storage.bucket import *",
        "from arco.storage.memory import MemoryBucket",
        "from arco.storage import WorkspaceStorage",
        "from arco.storage import bucket",
        "from arco import storage",
        "import arco.storage",
        "import arco.storage.bucket as harmless",
        "def later() -> None:\n    from arco.storage.bucket import Bucket",
        "import importlib\nimportlib.import_module('arco.storage.bucket')",
    ],
)
def test_every_route_to_a_bucket_is_seen(source: str) -> None:
    """By name, by another name, by the module, by all names, inside a function, and by text."""
    assert list(_trespasses(source))


def test_views_and_values_are_free() -> None:
    """What a component is meant to hold, it may import."""
    assert not list(
        _trespasses("from arco.storage.bucket import ABSENT, Stored\nfrom arco.storage.capabilities import ReadStore")
    )


def test_contract_keeps_every_adapter() -> None:
    """Each module that defines a bucket is in the import contract; a new one has to be put there."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (contract,) = (contract for contract in contracts if contract["name"] == CONTRACT)

    assert _adapters()
    assert set(contract["protected_modules"]) == _adapters()
