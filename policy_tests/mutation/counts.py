"""How many mutants there were, and what became of them: counted, recorded and printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

__all__ = ["Tally", "table"]

_WIDTH = 38


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one operator.

    `changing` mutants change access; of these `caught` by check, `shown` by diff with a witness that the oracle
    confirms. `flagged` are those that change no access, and about which either says something.
    """

    name: str
    mutants: int
    changing: int
    caught: int
    shown: int
    flagged: int

    @classmethod
    def read(cls, text: str) -> Tally:
        """Read what `str` gives."""
        name, *counts = text.rsplit(maxsplit=len(fields(cls)) - 1)
        return cls(name, *map(int, counts))

    def __str__(self) -> str:
        """Give a line of the table."""
        counts = (self.mutants, self.changing, self.caught, self.shown, self.flagged)
        return f"{self.name:<{_WIDTH}}" + "".join(f"{number:>10}" for number in counts)


def table(tallies: Iterable[Tally]) -> str:
    """Give the table: a line for each operator, and the sums."""
    rows = list(tallies)
    names = [field.name for field in fields(Tally)][1:]
    total = Tally(f"{len(rows)} operators", *(sum(getattr(row, name) for row in rows) for name in names))
    head = f"{'operator':<{_WIDTH}}" + "".join(f"{name:>10}" for name in names)
    return "\n".join([head, *map(str, rows), str(total)]) + "\n"
