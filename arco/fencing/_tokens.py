"""The fencing token. Only this package imports this module, and an import contract says so: here tokens are made."""

from __future__ import annotations

from typing import Final, final

from arco.layout import Domain
from arco.storage.sealed import Holdings, Sealed

__all__ = ["FencingToken", "mint_token"]


@final
class FencingToken(Sealed):
    """The sequence of a lease that was held when this was made. It comes only from a lease or from its verification."""

    __slots__ = ()

    @property
    def domain(self) -> Domain:
        """The domain whose lease it was."""
        return _TOKENS.of(self)[0]

    @property
    def value(self) -> int:
        """The sequence: each acquisition's is higher than all before it. From 1."""
        return _TOKENS.of(self)[1]

    def __repr__(self) -> str:
        """Tell domain and value: neither is a secret."""
        return f"FencingToken(domain={self.domain.value!r}, value={self.value})"


_TOKENS: Final[Holdings[FencingToken, tuple[Domain, int]]] = Holdings(FencingToken)


def mint_token(domain: Domain, value: int) -> FencingToken:
    """Make the token of a lease that is held."""
    return _TOKENS.mint((domain, value))
