"""One request of the client at a time, in a thread of a bounded pool, under a deadline, and with its answer kept.

The client hides headers and blocks. A hook of its HTTP session keeps the answer of the call that runs in this thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar, final

import requests
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from arco.errors import UsageError
from arco.storage.gcs._client import Timeout, make_client

__all__ = ["Exchange", "OverdueError", "TroubleError", "Wire", "never_sent"]

T = TypeVar("T")


class OverdueError(Exception):
    """The deadline passed. `started` unless the call was still waiting for a thread, and will never run."""

    def __init__(self, *, started: bool) -> None:
        """Tell whether the call had begun."""
        super().__init__(f"deadline passed started={started}")
        self.started = started


class TroubleError(Exception):
    """The client raised its cause. `exchange` is what had been answered by then."""

    def __init__(self, exchange: Exchange) -> None:
        """Keep what had been answered."""
        super().__init__("the client raised")
        self.exchange = exchange


@final
class Exchange:
    """The answer to the last request of a call, and whether there was a request; thread-safe."""

    def __init__(self) -> None:
        """Begin with no answer."""
        self._lock = threading.Lock()
        self._response: requests.Response | None = None
        self._abandoned = False
        self.sent = False

    @property
    def response(self) -> requests.Response | None:
        """The last answer, if there was one."""
        return self._response

    def begin(self) -> None:
        """Forget the answer to an earlier request: what is sent now may be lost."""
        with self._lock:
            self._response = None
            self.sent = True

    def note(self, response: requests.Response) -> None:
        """Keep an answer whose body is not read yet."""
        with self._lock:
            self._response = response
            abandoned = self._abandoned
        if abandoned:
            _stop(response)

    def close(self) -> None:
        """Give back the connection of an answer whose body the client left unread."""
        if self._response is not None:
            self._response.close()

    def abandon(self) -> None:
        """Stop reading the body, now or when it comes: nobody waits for it."""
        with self._lock:
            self._abandoned = True
            response = self._response
        if response is not None:
            _stop(response)


def _stop(response: requests.Response) -> None:
    """End every read of the body, so that its thread is free again. One that has ended already is left alone."""
    with suppress(ValueError, RuntimeError, OSError):
        response.raw.shutdown()


@final
class _Session(AuthorizedSession):
    """Keeps each answer in the exchange of the call that runs in this thread."""

    def __init__(self, credentials: Credentials) -> None:
        super().__init__(credentials)  # type: ignore[no-untyped-call]
        self.current = threading.local()
        self.hooks["response"].append(self._note)
        # Whoever redirects is not the service: a redirected POST would arrive as a GET, whose answer is no answer.
        self.max_redirects = 0

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 - as the session's own
        """Send one request of a call. It has several if a credential is refreshed, or an upload is long."""
        exchange: Exchange | None = getattr(self.current, "exchange", None)
        if exchange is None:
            message = f"the client sends what nobody asked for method={request.method} url={request.url}"
            raise UsageError(message)
        exchange.begin()
        return super().send(request, **options)

    def _note(self, response: requests.Response, **_options: object) -> None:
        exchange: Exchange | None = getattr(self.current, "exchange", None)
        if exchange is not None:
            exchange.note(response)


@final
class Wire:
    """The client, its session and its threads: `connections` calls at once, each of `deadline_seconds` at most."""

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials,
        *,
        connections: int,
        connect_seconds: float,
        deadline_seconds: float,
    ) -> None:
        """Ask nothing of the environment or the network."""
        self._seconds = deadline_seconds
        self.timeout: Timeout = (min(connect_seconds, deadline_seconds), deadline_seconds)
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="gcs")
        self._session = _Session(credentials)
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self._session.mount(endpoint, adapter)
        self.client: Final = make_client(endpoint, credentials, self._session)

    async def ask(self, call: Callable[[], T]) -> tuple[T, Exchange]:
        """Make one call of the client. Raises OverdueError, and TroubleError from whatever the client raised."""
        exchange = Exchange()
        future = self._pool.submit(self._run, exchange, call)
        waiting = asyncio.wrap_future(future)
        started = True
        try:
            await asyncio.wait({waiting}, timeout=self._seconds)
        finally:
            if not waiting.done():
                started = not future.cancel()
                waiting.cancel()
                exchange.abandon()
        if waiting.cancelled():
            raise OverdueError(started=started)
        if waiting.done():
            return waiting.result(), exchange
        raise OverdueError(started=started)

    def close(self) -> None:
        """Let running requests end by themselves, and drop waiting ones."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.client.close()

    def _run(self, exchange: Exchange, call: Callable[[], T]) -> T:
        self._session.current.exchange = exchange
        try:
            return call()
        except Exception as error:
            # Once something was sent, the fate of a write hangs on it, whatever the client trips over.
            exchange.close()
            if exchange.sent or isinstance(error, GoogleAuthError):
                raise TroubleError(exchange) from error
            raise
        finally:
            self._session.current.exchange = None


def never_sent(error: BaseException | None) -> bool:
    """Whether it is certain that no byte of the request left: there was no credential to send, or no connection."""
    if isinstance(error, GoogleAuthError | requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError):
        return False
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
