"""A bucket that cannot be listed. I10: all but anti-entropy and gc work on it."""

from __future__ import annotations

from typing import NoReturn, final

from arco.errors import UsageError
from arco.storage.decorators.forwarding import ForwardingBucket

__all__ = ["UnlistableBucket"]


@final
class UnlistableBucket(ForwardingBucket):
    """Raises UsageError for every listing, which nobody catches to try again; all else is as `inner` does it."""

    async def list_page(self, prefix: str, start_after: str, limit: int) -> NoReturn:
        """Refuse."""
        message = f"only anti-entropy and gc list (I10) prefix={prefix!r} start_after={start_after!r} limit={limit}"
        raise UsageError(message)
