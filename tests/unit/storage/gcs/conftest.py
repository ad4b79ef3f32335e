"""A server for each test, and handles on one bucket of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.fakes.gcs_server import running_server
from tests.fakes.manual_clock import ManualClock
from tests.unit.storage.gcs.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a server with an empty bucket; every handle on it is closed in the end."""
    with running_server(ManualClock()) as server, ExitStack() as stack:
        name, objects = server.add_bucket()
        yield Site(server, name, objects, stack)
