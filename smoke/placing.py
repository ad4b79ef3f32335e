"""Place what must stand before the questions, with the client of whoever may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Final

from google.auth.credentials import Credentials

from smoke.plain import Plain

__all__ = ["placed"]

_AT_ONCE: Final = 4


def placed(endpoint: str, keeper: Credentials, standing: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    """Create each object, and give the generations. Raises what the client raises, also for a name that is taken."""
    wanted = [(bucket, name) for bucket, names in standing.items() for name in dict.fromkeys(names)]
    with closing(Plain(endpoint, keeper)) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(wanted, pool.map(lambda one: client.place(*one), wanted), strict=True))
