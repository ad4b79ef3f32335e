"""An event loop without time and without the system: it runs what is ready, in order, until nothing is.

Shipped code that uses locks, tasks and `gather` runs on it unchanged. What waits for the world waits for a future,
which the scheduler completes; nothing else ever happens, so a run is a function of what they were completed with.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, cast, final

__all__ = ["StepLoop"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@final
class StepLoop:
    """Keeps its tasks, in order of creation, and what went wrong outside of them.

    It has what asyncio asks of a loop here, and none of the rest: no time, no sockets, no threads.
    """

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.tasks: list[asyncio.Task[Any]] = []
        self.troubles: list[str] = []
        self._ready: deque[asyncio.Handle] = deque()
        self._loop = cast("asyncio.AbstractEventLoop", self)

    def run_ready(self) -> None:
        """Run until everybody waits. Each error that nobody would have heard of goes to `troubles`."""
        outer = asyncio._get_running_loop()  # noqa: SLF001 the documented way for those who write a loop
        asyncio._set_running_loop(self._loop)  # noqa: SLF001 as above
        try:
            while self._ready:
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()  # noqa: SLF001 a loop's own verb
        finally:
            asyncio._set_running_loop(outer)  # noqa: SLF001 as above

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run it in its turn."""
        handle = asyncio.Handle(callback, args, self._loop, context)
        self._ready.append(handle)
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future of this loop."""
        return asyncio.Future(loop=self._loop)

    def create_task(
        self,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """Make a task of this loop, and keep it."""
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self._loop, name=name, context=context)
        self.tasks.append(task)
        return task

    def get_debug(self) -> bool:
        """Tell that nothing is recorded beside."""
        return False

    def is_running(self) -> bool:
        """Tell that it runs whenever somebody could ask."""
        return True

    def is_closed(self) -> bool:
        """Tell that it has nothing to close."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Note what nobody caught. An actor that is dropped in the middle is no trouble: that is a crash."""
        if "exception" in context:
            self.troubles.append(f"{context.get('message')}: {context['exception']!r}")
