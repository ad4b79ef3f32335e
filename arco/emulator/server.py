"""The HTTP server: takes requests as they came, tells who calls, and answers in the API's form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Final

from aiohttp import web

from arco.emulator.asked import Asked
from arco.emulator.desk import Desk
from arco.emulator.identity import TokenTable, UnknownTokenError
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

__all__ = ["BODY_BYTES_MAX", "application", "running"]

BODY_BYTES_MAX: Final = 512 * 1024 * 1024


def application(desk: Desk, tokens: TokenTable) -> web.Application:
    """Give the application; every path leads to one handler, which sees it undecoded."""

    async def handle(request: web.Request) -> web.Response:
        try:
            # A token that is not good ends here: nothing of the request is looked at.
            headers = {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers}
            caller = tokens.caller(headers.get("authorization"))
            asked = Asked.of(request.method, request.raw_path, headers, await request.read())
            reply = await serve(desk, caller, asked)
        except UnknownTokenError:
            reply = Failure(401, "Invalid Credentials", reason="authError").reply()
        except Failure as failure:
            reply = failure.reply()
        except InputError as error:
            reply = Failure(400, str(error)).reply()
        except (AccessDeniedError, ConflictError, CorruptionError, OutcomeUnknownError, UnavailableError) as error:
            reply = Failure(503, f"the store behind the emulator is not available: {error}").reply()
        return _response(desk, reply)

    app = web.Application(client_max_size=BODY_BYTES_MAX)
    # Of a decoded path, a dot would not take the end of a line; the handler is to refuse it.
    app.router.add_route("*", r"/{anything:[\s\S]*}", handle)
    return app


def _response(desk: Desk, reply: Reply) -> web.Response:
    headers = {"Date": formatdate(desk.clock.wall_seconds(), usegmt=True), "Server": "arco-emulator", **reply.headers}
    if "Content-Type" not in headers:
        kind = "application/octet-stream" if isinstance(reply.body, bytes) else "application/json; charset=UTF-8"
        headers["Content-Type"] = kind
    return web.Response(status=reply.status, body=reply.payload(), headers=headers)


@asynccontextmanager
async def running(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve on `host`; gives the port, a free one for 0. Requests under way are finished at the end."""
    # A body is what its sender's checksum covers: it is never unpacked.
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
