"""Asks every check of every registered bucket; what a bucket leaves out is not collected, but reported at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from arco.storage.bucket import Bucket
from tests.contract.registry import Kind, kind_named, kinds


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each check of every kind that does not leave it out; of those alone that share a store, if it is marked."""
    if "kind" not in metafunc.fixturenames:
        return
    check = metafunc.function.__name__
    several = metafunc.definition.get_closest_marker("processes") is not None
    asked = [kind.name for kind in kinds() if check not in kind.leaves_out and (kind.processes or not several)]
    metafunc.parametrize("kind", asked, indirect=True)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> Kind:
    """Give the kind of bucket that is asked, and say so in the report."""
    found = kind_named(request.param)
    request.node.user_properties.append(("bucket", found.name))
    return found


@pytest.fixture
def address(kind: Kind, tmp_path: Path) -> Iterator[str]:
    """Give the address of a fresh, empty store."""
    with kind.store(tmp_path) as found:
        yield found


@pytest.fixture
async def bucket(kind: Kind, address: str) -> AsyncIterator[Bucket]:
    """Give a handle on a fresh, empty store."""
    async with kind.open(address) as found:
        yield found
