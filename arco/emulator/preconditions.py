"""Preconditions of a request: on the generation and the metageneration of what is live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from arco.emulator.asked import Asked
from arco.emulator.replies import Failure
from arco.emulator.store import StoredObject

__all__ = ["Preconditions"]

_FIELDS = ("GenerationMatch", "GenerationNotMatch", "MetagenerationMatch", "MetagenerationNotMatch")


@final
@dataclass(frozen=True, slots=True)
class Preconditions:
    """What must hold of the live object: 0 as a generation stands for none. None asks nothing."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None

    @classmethod
    def of(cls, asked: Asked, kind: str = "") -> Preconditions:
        """Take them from a query; `kind` is `Source` for those of a source."""
        return cls(*(asked.whole(f"if{kind}{field}") for field in _FIELDS))

    @staticmethod
    def names(kind: str = "") -> tuple[str, ...]:
        """Name the parameters."""
        return tuple(f"if{kind}{field}" for field in _FIELDS)

    def failing(self, found: StoredObject | None) -> Failure | None:
        """Tell which one does not hold: 412, or 304 for one that asks for a change."""
        generation = 0 if found is None else found.generation
        metageneration = None if found is None else found.metageneration
        message = "At least one of the pre-conditions you specified did not hold."
        if self.generation not in {None, generation}:
            return Failure(412, message)
        if self.metageneration is not None and self.metageneration != metageneration:
            return Failure(412, message)
        if self.not_generation == generation or (found is not None and self.not_metageneration == metageneration):
            return Failure(304, message)
        return None

    def require(self, found: StoredObject | None) -> None:
        """Raise Failure unless all hold."""
        failure = self.failing(found)
        if failure is not None:
            raise failure
