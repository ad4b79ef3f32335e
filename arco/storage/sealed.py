"""Objects that only their own module can make, and that nobody can look into.

A sealed object is an empty token: what it stands for is kept here, and only the methods of its class ask for it.

Invariants:

* A sealed class has no public constructor, no subclass, no copy and no pickle: each raises TypeError.
* Whatever an instance can be asked for (attributes, `vars`, slots, closures, weak references) leads to no holding.
* A holding answers for the very object it was minted for, as an instance of the very class it was minted as, to the
  `Holdings` that minted it: an object made by `object.__new__`, one of another sealed class, and one whose `__class__`
  was set later are empty shells, and other `Holdings` of the same class know nothing of it.

Python cannot forbid reflection: `__globals__`, `gc`, frames and changed classes are out of scope.
IAM can, and does.
"""

from __future__ import annotations

import weakref
from typing import Final, Generic, Never, Self, TypeVar, cast, final

from arco.errors import UsageError

__all__ = ["Holdings", "Sealed"]


class Sealed:
    """The base of sealed classes, which are final: a class of a class of this one is refused."""

    __slots__ = ("__weakref__",)

    def __new__(cls, *, sealed: Never) -> Self:
        """Refuse; the argument is one that nobody has, so that a type checker refuses the call as well."""
        raise _refusal(cls, f"made by a caller sealed={sealed!r}")

    def __init_subclass__(cls) -> None:
        """Refuse a class below a sealed one."""
        for base in cls.__bases__:
            if base is not Sealed and issubclass(base, Sealed):
                raise _refusal(base, "subclassed")
        super().__init_subclass__()

    def __copy__(self) -> Never:
        """Refuse."""
        raise _refusal(type(self), "copied")

    def __deepcopy__(self, memo: object) -> Never:
        """Refuse."""
        raise _refusal(type(self), "copied")

    def __reduce__(self) -> Never:
        """Refuse."""
        raise _refusal(type(self), "pickled")


def _refusal(kind: type, what: str) -> TypeError:
    return TypeError(f"{kind.__name__} is sealed: it cannot be {what}")


# One table for all, and a function at module level to clear it: a WeakKeyDictionary would put its own clearing function
# into each token's weak reference, from where `__callback__` and `__defaults__` lead to everything that it holds.
_HELD: Final[dict[weakref.ref[Sealed], tuple[object, object]]] = {}


def _keep(token: Sealed, owner: object, held: object) -> None:
    _HELD[weakref.ref(token, _forget)] = (owner, held)


def _forget(dead: weakref.ref[Sealed]) -> None:
    _HELD.pop(dead, None)


S = TypeVar("S", bound=Sealed)
H = TypeVar("H")


@final
class Holdings(Generic[S, H]):
    """What the instances of one sealed class stand for; held by that class's module alone."""

    __slots__ = ("_kind",)

    def __init__(self, kind: type[S]) -> None:
        """Begin without an instance."""
        self._kind = kind

    @property
    def kind(self) -> type[S]:
        """The sealed class."""
        return self._kind

    def mint(self, held: H) -> S:
        """Make an instance that stands for `held`, for as long as it lives."""
        token = object.__new__(self._kind)
        _keep(token, self, held)
        return token

    def of(self, token: S) -> H:
        """Give what `token` stands for. Raises UsageError for a shell, and for an object of another class."""
        # The class comes first: a stranger could call itself equal to a token of somebody else.
        if type(token) is self._kind:
            owner, held = _HELD.get(weakref.ref(token), (None, None))
            if owner is self:
                return cast("H", held)
        message = f"not a {self._kind.__name__} that its module made object=a {type(token).__name__}"
        raise UsageError(message)
