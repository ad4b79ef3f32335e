"""The HTTP server: takes requests as they came, tells who calls, and answers in the API's form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Final, final

from aiohttp import web

from arco.emulator import accounts
from arco.emulator.admin import PREFIX, Admin
from arco.emulator.asked import Asked
from arco.emulator.desk import Desk
from arco.emulator.faults import Fault, Faults
from arco.emulator.identity import TokenTable, UnknownTokenError
from arco.emulator.operations import operation_of
from arco.emulator.replies import Failure, Reply
from arco.emulator.routes import serve
from arco.errors import (
    AccessDeniedError,
    ConflictError,
    CorruptionError,
    InputError,
    OutcomeUnknownError,
    UnavailableError,
)
from arco.runtime import Clock

__all__ = ["BODY_BYTES_MAX", "Front", "Traffic", "application", "running"]

BODY_BYTES_MAX: Final = 512 * 1024 * 1024


@final
class Traffic:
    """The requests under way: a stop waits for them, and takes no new one where it can say so."""

    def __init__(self) -> None:
        """Begin without one."""
        self.stopping = False
        self._requests = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count one, until it can be answered."""
        self._requests += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._idle.set()

    async def stop(self) -> None:
        """Wait until none is under way."""
        self.stopping = True
        await self._idle.wait()


@final
@dataclass(frozen=True, slots=True)
class Front:
    """All that is behind the address."""

    desk: Desk
    tokens: TokenTable
    admin: Admin
    faults: Faults = field(default_factory=Faults)
    traffic: Traffic = field(default_factory=Traffic)


def application(front: Front) -> web.Application:
    """Give the application; every path leads to one handler, which sees it undecoded."""

    async def handle(request: web.Request) -> web.StreamResponse:
        with front.traffic.request():
            response = await _handled(front, request)
            if front.traffic.stopping:
                response.force_close()
            return response

    app = web.Application(client_max_size=BODY_BYTES_MAX)
    # Of a decoded path, a dot would not take the end of a line; the handler is to refuse it.
    app.router.add_route("*", r"/{anything:[\s\S]*}", handle)
    return app


async def _handled(front: Front, request: web.Request) -> web.StreamResponse:
    path = request.raw_path.partition("?")[0]
    if path.startswith(PREFIX):
        return _response(front.desk, await _answered(lambda: _administered(front, request)))
    operation = operation_of(request.method, path)
    fault = front.faults.take(operation) or Fault()
    await front.desk.clock.sleep(fault.delay_seconds)
    if fault.status is not None:
        await request.read()
        return _response(front.desk, Failure(fault.status, "a fault that was planned").reply())
    desk = front.desk.for_request(operation)
    reply = await _answered(lambda: _served(front, desk, request))
    if fault.lost and request.transport is not None:
        request.transport.abort()
    if fault.drip_seconds:
        return await _dripped(request, _response(desk, reply), desk.clock, fault.drip_seconds)
    return _response(desk, reply)


async def _administered(front: Front, request: web.Request) -> Reply:
    return await front.admin.serve(await _asked(request))


async def _served(front: Front, desk: Desk, request: web.Request) -> Reply:
    # A token that is not good ends here: nothing of the request is looked at.
    given = request.headers.getall("Authorization", [])
    caller = front.tokens.caller(", ".join(given) if given else None)
    asked = await _asked(request)
    if accounts.PATH.fullmatch(asked.path):
        return accounts.serve(desk, front.tokens, caller, asked)
    return await serve(desk, caller, asked)


async def _asked(request: web.Request) -> Asked:
    headers = {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers}
    return Asked.of(request.method, request.raw_path, headers, await request.read())


async def _answered(work: Callable[[], Awaitable[Reply]]) -> Reply:
    """Turn what ends a request into the answer for it."""
    try:
        return await work()
    except UnknownTokenError:
        return Failure(401, "Invalid Credentials", reason="authError").reply()
    except Failure as failure:
        return failure.reply()
    except InputError as error:
        return Failure(400, str(error)).reply()
    except (AccessDeniedError, ConflictError, CorruptionError, OutcomeUnknownError, UnavailableError) as error:
        return Failure(503, f"the store behind the emulator is not available: {error}").reply()


async def _dripped(request: web.Request, whole: web.Response, clock: Clock, drip_seconds: float) -> web.StreamResponse:
    """Send an answer by quarters of its body."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(body)
    await response.prepare(request)
    step = max(1, -(-len(body) // 4))
    for first in range(0, len(body), step):
        await clock.sleep(drip_seconds)
        await response.write(body[first : first + step])
    await response.write_eof()
    return response


def _response(desk: Desk, reply: Reply) -> web.Response:
    headers = {"Date": formatdate(desk.clock.wall_seconds(), usegmt=True), "Server": "arco-emulator", **reply.headers}
    if "Content-Type" not in headers:
        kind = "application/octet-stream" if isinstance(reply.body, bytes) else "application/json; charset=UTF-8"
        headers["Content-Type"] = kind
    return web.Response(status=reply.status, body=reply.payload(), headers=headers)


@asynccontextmanager
async def running(front: Front, host: str, port: int) -> AsyncIterator[int]:
    """Serve on `host`; gives the port, a free one for 0. Requests under way are finished at the end."""
    # A body is what its sender's checksum covers: it is never unpacked.
    runner = web.AppRunner(application(front), access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
        # The runner's own end would take no more of a body that is still on its way.
        await site.stop()
        await front.traffic.stop()
    finally:
        await runner.cleanup()
