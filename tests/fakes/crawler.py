"""Follows every route from an object that a holder of it could take without reflection on the interpreter.

Routes are attributes, `vars`, slots, what a callable is bound to or closes over, its defaults, what it wraps, copies,
what a pickle would hold, weak references with their callbacks, the type (whose `vars` are raw descriptors), and items.

Out of scope, because Python cannot close them: `__globals__` and `__builtins__`, modules, the classes that Python
brings, frames (of coroutines, generators and tracebacks too), `gc`, and calls. IAM closes what they open.
"""

from __future__ import annotations

import copy
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import (
    BuiltinMethodType,
    ClassMethodDescriptorType,
    CodeType,
    FrameType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)

__all__ = ["DEPTH", "ROUTES", "crawl"]

# The protocol asks for 6; a WeakKeyDictionary leaks at 8.
DEPTH = 10

Steps = Iterator[tuple[str, object]]

_ATOMS = (str, bytes, int, float, complex, type(None), type(...), CodeType, FrameType, ModuleType)
# What the interpreter itself binds: it holds what it is bound to, and nothing else.
_BOUND_BY_C = (BuiltinMethodType, MethodWrapperType)
_C = (
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
_OUT_OF_SCOPE = frozenset(
    {"__globals__", "__builtins__", "cr_frame", "gi_frame", "ag_frame", "tb_frame", "f_back", "f_locals", "f_globals"}
)
# Each has a route of its own below, so that each route can be proved alone.
_ELSEWHERE = frozenset(
    {"__self__", "__closure__", "cell_contents", "__defaults__", "__kwdefaults__", "__func__", "__wrapped__"}
    | {"__dict__", "__weakref__", "__callback__", "__class__", "__slots__"}
)
_MISSING = object()


def _got(value: object, name: str) -> object:
    """Read an attribute as `getattr` does; an attribute that raises leads nowhere."""
    try:
        return getattr(value, name)
    except Exception:  # noqa: BLE001 whatever it raises, it is no route
        return _MISSING


def _named(value: object, *names: str) -> Steps:
    yield from ((name, found) for name in names if (found := _got(value, name)) is not _MISSING)


def _attributes(value: object) -> Steps:
    try:
        names = dir(value)
    except Exception:  # noqa: BLE001 as above
        return
    yield from _named(value, *(name for name in names if name not in _OUT_OF_SCOPE | _ELSEWHERE))


def _vars(value: object) -> Steps:
    # By the base class, since a class may answer `__dict__` with less than it holds.
    try:
        held = type.__getattribute__(value, "__dict__") if isinstance(value, type) else _dictionary(value)
    except AttributeError:
        return
    yield from ((f"vars[{name}]", found) for name, found in dict(held).items() if name not in _OUT_OF_SCOPE)


def _dictionary(value: object) -> Mapping[str, object]:
    found: Mapping[str, object] = object.__getattribute__(value, "__dict__")
    return found


def _slots(value: object) -> Steps:
    for kind in type(value).__mro__:
        names = kind.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else tuple(names):
            mangled = f"_{kind.__name__.lstrip('_')}{name}" if name[:2] == "__" != name[-2:] else name
            descriptor = kind.__dict__.get(mangled)
            if name not in {"__weakref__", "__dict__"} and descriptor is not None:
                try:
                    yield f"slot {name}", descriptor.__get__(value, kind)
                except AttributeError:
                    continue


def _self(value: object) -> Steps:
    yield from _named(value, "__self__")


def _closure(value: object) -> Steps:
    yield from _named(value, "__closure__", "cell_contents")


def _defaults(value: object) -> Steps:
    yield from _named(value, "__defaults__")


def _kwdefaults(value: object) -> Steps:
    yield from _named(value, "__kwdefaults__")


def _func(value: object) -> Steps:
    yield from _named(value, "__func__")


def _wrapped(value: object) -> Steps:
    yield from _named(value, "__wrapped__")


def _tried(name: str, make: Callable[[], object]) -> Steps:
    try:
        yield name, make()
    except Exception:  # noqa: BLE001 a refusal, of whatever kind, is no route
        return


def _makes(value: object) -> bool:
    """Whether copies of `value` can hold what it does not: those of built-in types cannot."""
    return type(value).__module__ != "builtins" and not isinstance(value, type)


def _copy(value: object) -> Steps:
    if _makes(value):
        yield from _tried("copy()", lambda: copy.copy(value))


def _deepcopy(value: object) -> Steps:
    if _makes(value):
        yield from _tried("deepcopy()", lambda: copy.deepcopy(value))


def _pickle(value: object) -> Steps:
    if _makes(value):
        yield from _tried("reduce(0)", lambda: value.__reduce_ex__(0))
        yield from _tried("reduce(4)", lambda: value.__reduce_ex__(4))


def _state(value: object) -> Steps:
    state = _got(value, "__getstate__")
    if _makes(value) and callable(state):
        yield from _tried("getstate()", state)


def _weakref(value: object) -> Steps:
    yield from _named(value, "__weakref__", "__callback__")
    if isinstance(value, weakref.ref):
        yield "referent", value()


def _type(value: object) -> Steps:
    yield "type", type(value)


def _items(value: object) -> Steps:
    if isinstance(value, Mapping):
        yield from ((f"[{index}]", pair) for index, pair in enumerate(list(value.items())))
    elif isinstance(value, list | tuple | set | frozenset | deque):
        yield from ((f"[{index}]", item) for index, item in enumerate(list(value)))


ROUTES: dict[str, Callable[[object], Steps]] = {
    "attributes": _attributes,
    "vars": _vars,
    "slots": _slots,
    "self": _self,
    "closure": _closure,
    "defaults": _defaults,
    "kwdefaults": _kwdefaults,
    "func": _func,
    "wrapped": _wrapped,
    "copy": _copy,
    "deepcopy": _deepcopy,
    "pickle": _pickle,
    "state": _state,
    "weakref": _weakref,
    "type": _type,
    "items": _items,
}


_MAKERS = {"copy", "deepcopy", "pickle", "state"}


def _identity(value: object) -> object:
    """Tell bound methods, which are made anew at each look, by what they bind."""
    bound, name = _got(value, "__self__"), _got(value, "__name__")
    if bound is _MISSING or isinstance(value, type):
        return id(value)
    return (type(value), name, id(bound), id(_got(value, "__func__")))


def _is_library(value: object) -> bool:
    """Whether `value` is a class that Python brings: what is put there is put into a global of everybody."""
    return isinstance(value, type) and value.__module__.partition(".")[0] in sys.stdlib_module_names


def _steps(path: str, value: object, without: str) -> Steps:
    if isinstance(value, _C) or _is_library(value):
        return
    skipped = {without}
    if isinstance(value, _BOUND_BY_C):
        skipped |= ROUTES.keys() - {"self"}
    if ")" in path:
        # A copy is looked into and not copied again: that would go on for ever.
        skipped |= _MAKERS
    for name, follow in ROUTES.items():
        if name not in skipped:
            yield from follow(value)


def crawl(start: object, is_prize: Callable[[object], bool], *, without: str = "", depth: int = DEPTH) -> list[str]:
    """Give a path to each prize that is at most `depth` steps away from `start`, not by the route `without`."""
    found: list[str] = []
    seen = {_identity(start)}
    kept: list[object] = [start]  # an object that was freed could lend its identity to another
    edge = [("", start)]
    for _ in range(depth):
        following: list[tuple[str, object]] = []
        for path, value in edge:
            for name, target in _steps(path, value, without):
                if isinstance(target, _ATOMS) or (identity := _identity(target)) in seen:
                    continue
                seen.add(identity)
                kept.append(target)
                if is_prize(target):
                    found.append(f"{path} > {name}")
                else:
                    following.append((f"{path} > {name}", target))
        edge = following
    return found
