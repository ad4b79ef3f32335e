"""What static mode computes at most: an input cannot make it run, or fill the memory, without end.

Invariants:

* one value has at most ITEMS_MAX parts and TEXT_MAX characters, counted all the way down: a larger one is Unknown;
* one block has at most INSTANCES_MAX instances, and all together ALL_INSTANCES_MAX: what exceeds them is a Gap;
* one match of a pattern tries at most MATCH_WAYS_MAX ways; where it could try more, its result is Unknown;
* all evaluation together takes at most STEPS_MAX steps: then it ends with ExhaustedError, which no `try()` catches.
"""

from __future__ import annotations

from arco.policy.values import Document, Origin, SetOf, Text, Unknown, Value

__all__ = [
    "ALL_INSTANCES_MAX",
    "COMPARED_MAX",
    "INSTANCES_MAX",
    "ITEMS_MAX",
    "MATCH_WAYS_MAX",
    "MODULES_MAX",
    "NUMBER_LENGTH_MAX",
    "PATTERN_LENGTH_MAX",
    "TEXT_MAX",
    "ExhaustedError",
    "Meter",
    "size_of",
    "too_large",
]

ITEMS_MAX = 100_000
TEXT_MAX = 1 << 17
INSTANCES_MAX = 10_000
ALL_INSTANCES_MAX = 50_000
MODULES_MAX = 10_000
# A root of 1,000 workspaces like ours takes five million.
STEPS_MAX = 8_000_000
# A pattern's length, and how many ways of matching are tried: Python tries ten million in a second.
PATTERN_LENGTH_MAX = 1_000
MATCH_WAYS_MAX = 1_000_000
# Structures that are compared each with each; characters of a number.
COMPARED_MAX = 300
NUMBER_LENGTH_MAX = 150

_TOO_MANY = f"more than {ITEMS_MAX} parts are not computed in static mode"
_TOO_LONG = f"text of more than {TEXT_MAX} characters is not computed in static mode"


class ExhaustedError(Exception):
    """All steps are spent. It never leaves the package: the loader makes it an InputError."""


class Meter:
    """The steps that are left to one load."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        """Begin with all steps."""
        self.left = STEPS_MAX

    def spend(self, steps: int) -> None:
        """Take steps. Raises ExhaustedError if there are not so many."""
        self.left -= steps
        if self.left < 0:
            raise ExhaustedError

    def bounded(self, value: Value, at: Origin) -> Value:
        """Give a value that was just made, or Unknown if it is too large; looking at it takes steps as well."""
        parts, characters = size_of(value)
        self.spend(parts)
        if parts > ITEMS_MAX:
            return Unknown(_TOO_MANY, at)
        return too_large(at) if characters > TEXT_MAX else value


def too_large(at: Origin | None) -> Unknown:
    """Say that text is too long."""
    return Unknown(_TOO_LONG, at)


def size_of(value: Value) -> tuple[int, int]:
    """Count the parts and characters of a value all the way down, or until they are too many.

    What is looked up on demand counts as one part: it is counted where it is made.
    """
    parts = characters = 0
    queue: list[Value] = [value]
    while queue and parts <= ITEMS_MAX and characters <= TEXT_MAX:
        item = queue.pop()
        parts += 1
        if isinstance(item, Document):
            queue += (item.text, item.content)
        elif isinstance(item, Text):
            # A piece costs less than an item: text that is computed has one for each character.
            parts += len(item.pieces) >> 2
            for piece in item.pieces:
                characters += 1 if isinstance(piece, Unknown) else len(piece.text)
        elif isinstance(item, SetOf):
            queue += item.items
        elif isinstance(item, tuple):
            queue += item
        elif isinstance(item, dict):
            queue += item.values()
    return parts, characters
