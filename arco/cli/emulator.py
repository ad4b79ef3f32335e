"""`arco emulator`: serve Cloud Storage's JSON API under the IAM of a Terraform input."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from arco.emulator.assumptions import ASSUMPTIONS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager, AsyncExitStack

    from arco.emulator.enforcement import Decision
    from arco.emulator.policies import Policy
    from arco.emulator.service import Emulator, OpenBucket, Options
    from arco.storage.bucket import Bucket

__all__ = ["add_to"]

_PORTS = 2**16
# Half of what Google's tokens last, which is what ours do.
_RENEWAL_SECONDS = 1800.0
_EXIT = "exit codes: 0 stopped, 2 could not run, 3 nothing to serve"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `emulator`."""
    summary = "serve Cloud Storage's JSON API, enforcing the IAM of a Terraform input"
    assumed = "\n".join(f"  {number:<4} {text}" for number, text in ASSUMPTIONS)
    parser = commands.add_parser(
        "emulator",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. What it does not model it refuses (501).",
        epilog=f"assumed where Google documents nothing (docs/emulator.md):\n{assumed}\n\n{_EXIT}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--plan", metavar="FILE", help="plan in JSON (terraform show -json PLAN)")
    source.add_argument("--terraform", metavar="DIR", help="root module's directory")
    parser.add_argument("--var-file", metavar="FILE", action="append", default=[], help="tfvars (repeatable)")
    parser.add_argument("--allow-unknown", action="store_true", help="start although some grants are not certain")
    parser.add_argument("--data", metavar="DIR", help="keep objects in this folder (default: in memory, until the end)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", metavar="N", type=_port, default=4443, help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--tokens-out", metavar="FILE", help="keep endpoint and credentials in FILE, as JSON (default: a temporary one)"
    )
    parser.add_argument("--audit", metavar="FILE", help="append every decision to FILE, a line of JSON each")
    parser.add_argument("--log-decisions", action="store_true", help="the same lines on stderr")
    parser.add_argument("--create-of-existing", metavar="403|412", type=int, choices=(403, 412), default=403, help="A2")
    parser.add_argument("--read-of-missing", metavar="404|403", type=int, choices=(403, 404), default=404, help="A3")
    parser.add_argument("--propagation-seconds", metavar="S", type=_seconds, default=0.0, help="A18 (default: 0)")
    parser.add_argument(
        "--json", dest="format", action="store_const", const="json", default="plain", help="say the start as JSON"
    )
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) >= _PORTS:
        message = f"is no port from 0 to {_PORTS - 1}: {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        message = f"is no number of seconds: {text!r}"
        raise argparse.ArgumentTypeError(message)
    return float(text)


def _run(arguments: argparse.Namespace) -> tuple[str, int]:
    import asyncio

    with _files(arguments):
        return asyncio.run(_serve(arguments))


@contextmanager
def _files(arguments: argparse.Namespace) -> Iterator[None]:
    """Open what the whole run needs, so that it fails before anything is served. Raises UsageError."""
    import os
    from contextlib import ExitStack
    from tempfile import TemporaryDirectory

    from arco.emulator.audit import open_audit
    from arco.errors import UsageError
    from arco.runtime import SystemClock

    with ExitStack() as stack:
        try:
            if arguments.tokens_out is None:
                folder = stack.enter_context(TemporaryDirectory(prefix="arco-emulator-"))
                arguments.tokens_out = f"{folder}/tokens.json"
            arguments.notes = []
            if arguments.audit is not None:
                arguments.notes.append(stack.enter_context(open_audit(arguments.audit, SystemClock())).note)
            if arguments.log_decisions:
                arguments.notes.append(_log)
            if arguments.data is not None:
                stack.enter_context(_locked(arguments.data))
        except OSError as error:
            message = f"{error.filename}: {(error.strerror or str(error)).lower()}"
            raise UsageError(message) from error

        # A second Ctrl-C leaves by here: what is open is closed, and nobody is waited for.
        def leave(number: int) -> None:
            stack.close()
            os._exit(128 + number)

        arguments.leave = leave
        yield


@contextmanager
def _locked(data: str) -> Iterator[None]:
    """Hold a folder alone: what is known of an object stands in two places, which two processes would part."""
    import fcntl
    from pathlib import Path

    from arco.errors import UsageError

    Path(data).mkdir(parents=True, exist_ok=True)
    # No bucket has this name: theirs begin with a letter or a digit.
    with (Path(data) / "_emulator.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"--data {data}: another emulator is running on this folder"
            raise UsageError(message) from error
        yield


def _log(decision: Decision) -> None:
    from arco.emulator.audit import line_of
    from arco.runtime import SystemClock

    print(line_of(decision, SystemClock().wall_seconds()), file=sys.stderr, flush=True)


async def _serve(arguments: argparse.Namespace) -> tuple[str, int]:
    import asyncio
    from contextlib import AsyncExitStack

    from arco.emulator.welcome import Start, document, screen, write_tokens
    from arco.errors import UsageError
    from arco.runtime import SystemClock

    policy = _policy(arguments)
    async with AsyncExitStack() as stack:
        emulator = await _opened(stack, arguments, policy)
        try:
            write_tokens(arguments.tokens_out, emulator)
        except OSError as error:
            message = f"{arguments.tokens_out}: {(error.strerror or str(error)).lower()}"
            raise UsageError(message) from error
        reloading = asyncio.Lock()

        async def reload() -> None:
            async with reloading:
                await emulator.change(await asyncio.to_thread(_policy, arguments))
                write_tokens(arguments.tokens_out, emulator)
                print("the plan was read again", file=sys.stderr, flush=True)

        async def renew() -> None:
            while True:
                await SystemClock().sleep(_RENEWAL_SECONDS)
                write_tokens(arguments.tokens_out, emulator)

        emulator.admin.reload = reload
        renewal = asyncio.create_task(renew())
        stack.callback(renewal.cancel)
        # Before anybody knows of it: who reads the start may send a signal at once.
        stop = _signals(emulator, arguments.leave)
        start = Start(emulator, _source(arguments), arguments.tokens_out, arguments.data, arguments.audit)
        if arguments.format == "json":
            print(json.dumps(document(start)), flush=True)
        print(screen(start), file=sys.stderr, flush=True)
        await stop.wait()
        print("stopping: requests under way are finished, a second Ctrl-C does not wait", file=sys.stderr, flush=True)
    return "", 0


def _source(arguments: argparse.Namespace) -> str:
    return str(arguments.plan or arguments.terraform)


def _policy(arguments: argparse.Namespace) -> Policy:
    """Read the plan. Raises InputError, and UsageError if it leaves grants open and that was not allowed."""
    from arco.emulator.policies import Policy
    from arco.errors import EmptyInputError, UsageError
    from arco.policy.terraform import load

    policy = Policy.of(load(_source(arguments), arguments.var_file))
    if not policy.grants.buckets:
        message = "there is no bucket in it to serve"
        raise EmptyInputError(message, source=_source(arguments))
    uncertain = (*policy.refused, *policy.doubts)
    for reason in uncertain:
        print(f"{'warning: grants nothing here' if arguments.allow_unknown else 'error'}: {reason}", file=sys.stderr)
    if uncertain and not arguments.allow_unknown:
        message = f"not all is certain: --allow-unknown starts without these grants count={len(uncertain)}"
        raise UsageError(message)
    return policy


async def _opened(stack: AsyncExitStack, arguments: argparse.Namespace, policy: Policy) -> Emulator:
    from arco.emulator.service import open_emulator
    from arco.errors import ArcoError, UsageError
    from arco.runtime import SystemClock, SystemRandomness

    emulator = open_emulator(
        policy,
        _opener(arguments.data),
        clock=SystemClock(),
        randomness=SystemRandomness(),
        options=_options(arguments),
    )
    try:
        return await stack.enter_async_context(emulator)
    except OSError as error:
        where = f"{arguments.host}:{arguments.port}"
        # The event loop's own text repeats the address before the reason.
        reason = (error.strerror or str(error)).rpartition(": ")[2].lower()
        message = f"cannot listen on {where}: {reason}; --port 0 takes a free port"
        raise UsageError(message) from error
    except ArcoError as error:
        message = f"--data {arguments.data}: {error}"
        raise UsageError(message) from error


def _options(arguments: argparse.Namespace) -> Options:
    from arco.emulator.desk import Undocumented
    from arco.emulator.service import Options

    def note(decision: Decision) -> None:
        for one in arguments.notes:
            one(decision)

    return Options(
        host=arguments.host,
        port=arguments.port,
        undocumented=Undocumented(arguments.create_of_existing, arguments.read_of_missing),
        propagation_seconds=arguments.propagation_seconds,
        note=note,
    )


def _opener(data: str | None) -> OpenBucket:
    from contextlib import asynccontextmanager
    from pathlib import Path

    from arco.runtime import SystemClock
    from arco.storage.folder import open_folder
    from arco.storage.memory import MemoryBucket

    def opened(bucket: str, part: str) -> AbstractAsyncContextManager[Bucket]:
        if data is not None:
            folder = Path(data) / bucket / part
            folder.mkdir(parents=True, exist_ok=True)
            return open_folder(folder, SystemClock())

        @asynccontextmanager
        async def in_memory() -> AsyncIterator[Bucket]:
            yield MemoryBucket(SystemClock())

        return in_memory()

    return opened


def _signals(emulator: Emulator, leave: Callable[[int], object]) -> asyncio.Event:
    """Give what Ctrl-C or SIGTERM sets; a second one leaves at once. SIGHUP reads the plan again."""
    import asyncio

    from arco.errors import ArcoError

    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    under_way: set[asyncio.Task[None]] = set()

    async def reload() -> None:
        try:
            if emulator.admin.reload is not None:
                await emulator.admin.reload()
        except (ArcoError, OSError) as error:
            print(f"error: the plan was not taken, the old policy stays: {error}", file=sys.stderr, flush=True)

    def hang_up() -> None:
        task = loop.create_task(reload())
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    def end(number: int) -> None:
        if stop.is_set():
            leave(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    loop.add_signal_handler(signal.SIGHUP, hang_up)
    return stop
