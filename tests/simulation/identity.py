"""The identity of an actor's state: the places where its coroutines wait, and all that they can reach from there.

It is read off the frames: code, last instruction, names and values of locals, and what lies on the value stack (half
an expression, the iterator of a loop, the exit of a `with`). Values are taken by structure: dataclasses and plain
objects by their fields, sealed objects by what they stand for, closures by what they close over. A mutable object that
is met again is named by its number, so that sharing is part of the identity. How the actor came there is not.

Left out, each for a reason:

* what stands behind the views: the bucket is the world's, the clock is a function of the world's time, and times of
  earlier reads are asked for only after a 403, which no fate here is;
* tracebacks and causes of errors, which nobody decides by.

What is not understood is an error, never left out silently.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import Enum
from functools import cache
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MappingProxyType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any, Final, final

from arco.storage import sealed
from arco.storage.absence import AbsenceReader
from arco.storage.access import Access
from tests.simulation.seat import ParkingBucket, Role, SeatClock

__all__ = ["UnknownValueError", "fingerprint"]

_ATOMS: Final = frozenset({str, bytes, int, range, type(None)})
_BEHIND_THE_VIEWS: Final = frozenset({AbsenceReader, Access, ParkingBucket, SeatClock, Role})
_SAMPLES: Final[tuple[object, ...]] = (
    iter(()),
    iter([]),
    iter(range(0)),
    iter({}),
    iter({}.items()),
    iter({}.values()),
    iter(frozenset()),
    enumerate(()),
    zip((), strict=True),
    map(str, ()),
    reversed([0]),
)
_ITERATORS: Final = frozenset(map(type, _SAMPLES))
_WITHIN: Final = frozenset({asyncio.Lock, contextlib._GeneratorContextManager, contextlib.suppress})  # noqa: SLF001 it is met
_LOCK: Final = type(threading.Lock())
_OURS: Final = ("arco.", "tests.simulation.")


class UnknownValueError(Exception):
    """A value whose identity nobody has defined: say in this module what of it counts."""


def fingerprint(roots: Sequence[object], waiting: Sequence[asyncio.Future[Any]]) -> Hashable:
    """Give the identity of everything that `roots` reach; `waiting` are the futures that the scheduler may complete."""
    return _Reading({id(future): number for number, future in enumerate(waiting)}).of(roots)


@final
class _Reading:
    """One pass over the objects of an actor."""

    def __init__(self, waiting: Mapping[int, int]) -> None:
        self._waiting = waiting
        self._met: dict[int, int] = {}
        # What is made on the way is kept, since an id that is used again would be taken for the same object.
        self._kept: list[object] = []

    def of(self, value: object) -> Hashable:
        kind: Any = type(value)
        if kind in _ATOMS:
            return value
        if kind is bool or kind is float:
            return (kind.__name__, value)
        if kind is tuple:
            return ("tuple", *map(self.of, value))  # type: ignore[call-overload]
        if isinstance(value, Enum):
            return ("member", _spelled(kind), value.name)
        if isinstance(value, type | CodeType | ModuleType):
            return ("named", _spelled(value))
        if kind in _BEHIND_THE_VIEWS or isinstance(value, TracebackType | _LOCK):
            return ("behind", _spelled(kind))
        frozen = _frozen_fields(kind)
        if frozen is not None:
            return (_spelled(kind), *(self.of(getattr(value, name)) for name in frozen))
        return self._once(value, kind)

    def _once(self, value: object, kind: type) -> Hashable:
        number = self._met.get(id(value))
        if number is not None:
            return ("again", number)
        self._met[id(value)] = len(self._met)
        self._kept.append(value)
        reader = _READERS.get(kind)
        if reader is not None:
            return reader(self, value)
        if isinstance(value, asyncio.Future):
            return self._future(value)
        if isinstance(value, sealed.Sealed):
            holding = sealed._HELD.get(weakref.ref(value))  # noqa: SLF001 the identity is what nobody else may see
            return ("sealed", _spelled(kind), None if holding is None else self.of(holding[1]))
        if kind in _ITERATORS:
            return ("iterator", self.of(value.__reduce__()))
        if isinstance(value, BaseException):
            return ("raised", _spelled(kind), self.of(value.args), self.of(vars(value)))
        if kind.__module__.startswith(_OURS) or kind in _WITHIN:
            return (_spelled(kind), *self._fields(value, kind))
        if kind.__name__ in {"FutureIter", "coroutine_wrapper"}:
            return ("awaits", *(self.of(one) for one in gc.get_referents(value)))
        raise UnknownValueError(_spelled(kind))

    def _fields(self, value: object, kind: type) -> list[Hashable]:
        names = [name for base in kind.__mro__ for name in _slots(base)] + list(getattr(value, "__dict__", ()))
        return [
            (name, self.of(getattr(value, name)))
            for name in names
            if name not in {"__weakref__", "__dict__", "_loop"} and hasattr(value, name)
        ]

    def _future(self, future: asyncio.Future[Any]) -> Hashable:
        if future.done():
            error = None if future.cancelled() else future.exception()
            return ("done", self.of(error) if error is not None else self.of(future.result()))
        if id(future) in self._waiting:
            return ("waits", self._waiting[id(future)])
        if isinstance(future, asyncio.Task):
            return ("task", self.of(future.get_coro()))
        children = getattr(future, "_children", None)
        if children is None:
            # A lock's waiter: whoever holds the lock is reached otherwise.
            return ("future",)
        return ("gathers", *map(self.of, children))

    def sequence(self, value: Any) -> Hashable:  # noqa: ANN401 a list or a deque of anything
        return ("sequence", *map(self.of, value))

    def mapping(self, value: Any) -> Hashable:  # noqa: ANN401 a dictionary of anything
        return ("mapping", *((self.of(key), self.of(one)) for key, one in value.items()))

    def set(self, value: Any) -> Hashable:  # noqa: ANN401 a set of anything
        return ("set", frozenset(map(self.of, value)))

    def function(self, value: Any) -> Hashable:  # noqa: ANN401 as the table has it
        code = value.__code__
        closed = value.__closure__ or ()
        return ("function", _spelled(value), code.co_firstlineno, *map(self.of, closed), self.of(value.__kwdefaults__))

    def method(self, value: Any) -> Hashable:  # noqa: ANN401 as the table has it
        return ("method", _spelled(value.__func__), self.of(value.__self__))

    def builtin(self, value: Any) -> Hashable:  # noqa: ANN401 as the table has it
        return ("builtin", value.__qualname__, self.of(value.__self__))

    def cell(self, value: Any) -> Hashable:  # noqa: ANN401 as the table has it
        try:
            return ("cell", self.of(value.cell_contents))
        except ValueError:
            return ("cell",)

    def suspended(self, value: Any) -> Hashable:  # noqa: ANN401 a coroutine or a generator
        frame: FrameType | None = getattr(value, "cr_frame", None) or getattr(value, "gi_frame", None)
        if frame is None:
            return ("finished", value.__qualname__)
        locals_ = frame.f_locals
        code = frame.f_code
        hidden = {id(frame), id(locals_), id(code)}
        reached = [one for one in gc.get_referents(value) if id(one) not in hidden]
        return (
            "at",
            code.co_qualname,
            code.co_firstlineno,
            frame.f_lasti,
            tuple(sorted(locals_)),
            *map(self.of, reached),
        )


@cache
def _frozen_fields(kind: type) -> tuple[str, ...] | None:
    """Give the fields of a dataclass whose objects nobody can change; which of two equal ones it is does not count."""
    if not dataclasses.is_dataclass(kind) or not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return None
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _slots(base: type) -> tuple[str, ...]:
    named = base.__dict__.get("__slots__", ())
    return (named,) if isinstance(named, str) else tuple(named)


def _spelled(value: Any) -> str:  # noqa: ANN401 whatever has a name
    if isinstance(value, ModuleType | CodeType):
        return repr(value)
    return f"{value.__module__}.{value.__qualname__}"


_READERS: Final[dict[type, Callable[[_Reading, Any], Hashable]]] = {
    list: _Reading.sequence,
    deque: _Reading.sequence,
    dict: _Reading.mapping,
    MappingProxyType: _Reading.mapping,
    set: _Reading.set,
    frozenset: _Reading.set,
    FunctionType: _Reading.function,
    MethodType: _Reading.method,
    BuiltinFunctionType: _Reading.builtin,
    CellType: _Reading.cell,
    CoroutineType: _Reading.suspended,
    GeneratorType: _Reading.suspended,
    AsyncGeneratorType: _Reading.suspended,
}
