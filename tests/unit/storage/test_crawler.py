"""The crawler finds what is hidden behind each route alone, before its silence about views is worth anything."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import pytest

from tests.fakes.crawler import ROUTES, crawl


class Prize:
    """What must not be found."""


PRIZE = Prize()


class Hidden:
    """Shows no name, and reaches nothing by copy or pickle, so that a leak below it has one way out."""

    __slots__ = ()

    def __dir__(self) -> list[str]:
        """Hide."""
        return []

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        """Refuse."""
        raise TypeError(protocol)

    def __getstate__(self) -> object:
        """Refuse."""
        raise TypeError


# The answers come from this module's globals, to which no route leads: the name alone gives them away.
_PROPERTY = property(lambda _: PRIZE)


def _named(name: str, *, shown: bool = False) -> object:
    body: dict[str, object] = {"__slots__": (), name: _PROPERTY}
    if shown:
        body["__dir__"] = lambda _: [name]
    return type("Leak", (Hidden,), body)()


def _vars() -> object:
    class Leak(Hidden):
        def __init__(self) -> None:
            self.bucket = PRIZE

    return Leak()


def _slots() -> object:
    class Leak(Hidden):
        __slots__ = ("_bucket",)

        def __init__(self) -> None:
            self._bucket = PRIZE

    return Leak()


def _mangled_slot() -> object:
    class Leak(Hidden):
        __slots__ = ("__bucket",)

        def __init__(self) -> None:
            self.__bucket = PRIZE

    return Leak()


def _closure() -> object:
    bucket = PRIZE
    return type("Leak", (Hidden,), {"__slots__": (), "get": lambda _: bucket})()


def _defaults() -> object:
    return type("Leak", (Hidden,), {"__slots__": (), "get": lambda _, bucket=PRIZE: bucket})()


def _kwdefaults() -> object:
    return type("Leak", (Hidden,), {"__slots__": (), "get": lambda _, *, bucket=PRIZE: bucket})()


def _hook(name: str) -> object:
    return type("Leak", (Hidden,), {"__slots__": (), name: lambda *_: PRIZE})()


def _pickle() -> object:
    return type("Leak", (Hidden,), {"__slots__": (), "__reduce_ex__": lambda *_: (id, _HELD)})()


_HELD = (PRIZE,)


def _weakref() -> object:
    token = type("Leak", (Hidden,), {"__slots__": ("__weakref__",)})()
    _REGISTER[token] = PRIZE
    return token


_REGISTER: weakref.WeakKeyDictionary[object, Prize] = weakref.WeakKeyDictionary()


def _type() -> object:
    return type("Meta", (type,), {"bucket": PRIZE})("Leak", (Hidden,), {"__slots__": ()})()


def _descriptor() -> object:
    class Descriptor:
        def __init__(self) -> None:
            self.bucket = PRIZE

        def __get__(self, instance: object, owner: type) -> object:
            raise AttributeError

    return type("Leak", (Hidden,), {"__slots__": (), "get": Descriptor()})()


# What is planted, and the route that alone leads to it.
LEAKS: dict[str, tuple[str, Callable[[], object]]] = {
    "attribute": ("attributes", lambda: _named("bucket", shown=True)),
    "vars": ("vars", _vars),
    "slot": ("slots", _slots),
    "mangled slot": ("slots", _mangled_slot),
    "bound to": ("self", lambda: _named("__self__")),
    "closure": ("closure", _closure),
    "defaults": ("defaults", _defaults),
    "keyword defaults": ("kwdefaults", _kwdefaults),
    "function of a method": ("func", lambda: _named("__func__")),
    "wrapped": ("wrapped", lambda: _named("__wrapped__")),
    "copy": ("copy", lambda: _hook("__copy__")),
    "deep copy": ("deepcopy", lambda: _hook("__deepcopy__")),
    "pickle": ("pickle", _pickle),
    "state of a pickle": ("state", lambda: _hook("__getstate__")),
    "weak dictionary": ("weakref", _weakref),
    "metaclass": ("type", _type),
    "descriptor": ("type", _descriptor),
    "items": ("items", lambda: [{"bucket": (PRIZE,)}]),
}


@pytest.mark.parametrize("name", LEAKS)
def test_planted_leak_is_found(name: str) -> None:
    """A planted leak is found, and the path says how."""
    _, plant = LEAKS[name]
    leak = plant()

    assert crawl(leak, lambda one: one is PRIZE)


@pytest.mark.parametrize("name", LEAKS)
def test_planted_leak_is_found_by_its_route_alone(name: str) -> None:
    """Without its route a planted leak is not found: each route is proved, and none stands in for another."""
    route, plant = LEAKS[name]
    leak = plant()

    assert not crawl(leak, lambda one: one is PRIZE, without=route)


def test_every_route_has_a_leak() -> None:
    """No route of the crawler is taken on trust."""
    assert {route for route, _ in LEAKS.values()} == set(ROUTES)


@pytest.mark.parametrize("distance", [6, 8])
def test_leak_far_away_is_found(distance: int) -> None:
    """What is 6 steps away, and what is 8, is not too far."""
    leak: object = PRIZE
    for _ in range(distance):
        leak = [leak]

    assert crawl(leak, lambda one: one is PRIZE)
