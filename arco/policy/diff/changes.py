"""What a comparison finds."""

from __future__ import annotations

from dataclasses import dataclass

from arco.policy.model import Grant

__all__ = ["GAINED", "LOST", "Change", "Difference", "Doubt", "Shown"]

GAINED, LOST = "gained", "lost"


@dataclass(frozen=True, slots=True)
class Shown:
    """`permissions` hold for `witness` on one side only: the shortest name in `where` that shows it.

    `witness` is `gs://BUCKET/NAME` for an object, else it names what is asked about. `when` is empty, or says at what
    time, where the difference is one of time.
    """

    permissions: tuple[str, ...]
    where: str
    witness: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """`principal` has gained or lost access by `grant`, which stands in the head if it is gained, else in the base."""

    direction: str
    principal: str
    grant: Grant
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may be a difference, and that nobody decides: `reason` says why, `side` in which of the two."""

    side: str
    subject: str
    reason: str
    grant: Grant | None = None
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs. `grants` counts those of the base and of the head."""

    changes: tuple[Change, ...]
    doubts: tuple[Doubt, ...]
    grants: tuple[int, int]
    principals: int
    buckets: int

    @property
    def same(self) -> bool:
        """Whether both inputs certainly give the same access."""
        return not self.changes and not self.doubts
