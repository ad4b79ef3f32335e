"""Errors: one class a next step, facts as attributes, and nothing lost on the way to another process."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from arco import errors
from arco.errors import (
    AccessDeniedError,
    ArcoError,
    ConflictError,
    CorruptionError,
    EmptyInputError,
    FencedError,
    InputError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
    UsageError,
)

NAME = "ledger/catalog/00000000000000000001.json"


@dataclass(frozen=True)
class Sample:
    """An error as somebody raises it: what its reader does next, its facts, and how its message ends."""

    error: ArcoError
    next_step: str
    ending: str
    facts: dict[str, object] = field(default_factory=dict)


SAMPLES = [
    Sample(
        InputError("no such field field=x", source="main.tf", line=3, column=7),
        "Fix the input",
        "field=x",
        {"source": "main.tf", "line": 3, "column": 7, "message": "no such field field=x"},
    ),
    Sample(EmptyInputError("nothing here rows=0", source="a"), "Point at another input", "rows=0", {"source": "a"}),
    Sample(UsageError("a page has names limit=0"), "Fix the call", "limit=0"),
    Sample(ConflictError("lost", name=NAME), "Read again and retry", f"name='{NAME}'", {"name": NAME}),
    Sample(FencedError("fenced", held=3, seen=4), "Stop: a newer holder", "held=3 seen=4", {"held": 3, "seen": 4}),
    Sample(
        AccessDeniedError(operation="get", name=NAME),
        "Fix the grant",
        f"operation=get name='{NAME}'",
        {"operation": "get", "name": NAME},
    ),
    Sample(
        UnavailableError("too many requests", name=NAME, retry_after_seconds=2.5),
        "Retry with backoff",
        f"name='{NAME}'",
        {"name": NAME, "retry_after_seconds": 2.5},
    ),
    Sample(OutcomeUnknownError("no reply", name=NAME), "Read `name`", f"name='{NAME}'", {"name": NAME}),
    Sample(CorruptionError("torn", name=NAME), "Stop and page", f"name='{NAME}'", {"name": NAME}),
    Sample(RejectedError("taken", code="exists"), "Change the command", "code=exists", {"code": "exists"}),
]


def _pickled(protocol: int) -> Callable[[ArcoError], ArcoError]:
    def copied(error: ArcoError) -> ArcoError:
        again: ArcoError = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 our own bytes
        return again

    return copied


COPIES: dict[str, Callable[[ArcoError], ArcoError]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": _pickled(protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}


def _named(sample: Sample) -> str:
    return type(sample.error).__name__


def test_every_class_has_a_next_step() -> None:
    """The table names each class of the tree and no two have one step, so that a new class needs a new one."""
    classes = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ArcoError)}
    steps = [sample.next_step for sample in SAMPLES]

    assert {type(sample.error) for sample in SAMPLES} | {ArcoError} == classes
    assert len(set(steps)) == len(steps)


@pytest.mark.parametrize("sample", SAMPLES, ids=_named)
def test_class_begins_with_its_next_step(sample: Sample) -> None:
    """The first words of a class tell its reader what to do."""
    assert (type(sample.error).__doc__ or "").startswith(sample.next_step)


@pytest.mark.parametrize("sample", SAMPLES, ids=_named)
def test_facts_are_attributes(sample: Sample) -> None:
    """Nobody needs to read a message."""
    facts = {name: getattr(sample.error, name) for name in sample.facts}

    assert facts == sample.facts
    assert vars(sample.error).keys() >= sample.facts.keys()


@pytest.mark.parametrize("sample", SAMPLES, ids=_named)
def test_message_is_lower_case_and_ends_in_its_facts(sample: Sample) -> None:
    """What follows a place begins with a small letter, and ends in `key=value`."""
    message = str(sample.error).rpartition(": ")[2]

    assert re.match(r"[a-z]", message)
    assert message.endswith(f" {sample.ending}")


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("sample", SAMPLES, ids=_named)
def test_copies_lose_nothing(sample: Sample, how: str) -> None:
    """An error that crosses a process keeps its class, message, facts and notes."""
    noted = COPIES[how](sample.error)
    noted.add_note("seen twice")
    copied = COPIES[how](noted)

    assert type(copied) is type(sample.error)
    assert (str(copied), copied.args) == (str(sample.error), sample.error.args)
    assert vars(copied) == vars(sample.error) | {"__notes__": ["seen twice"]}


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [(None, None, "a.tf: odd"), (3, None, "a.tf:3: odd"), (3, 7, "a.tf:3:7: odd")],
)
def test_input_error_says_where(line: int | None, column: int | None, expected: str) -> None:
    """As compilers do, as far as the place is known."""
    assert str(InputError("odd", source="a.tf", line=line, column=column)) == expected


def test_name_cannot_forge_a_second_line() -> None:
    """A name is shown as text: what breaks a line in a log is escaped."""
    assert "\n" not in str(ConflictError("lost", name="a\nfake line"))
    assert "\n" not in str(AccessDeniedError(operation="get", name="a\nfake line"))


def test_empty_input_is_an_input_error() -> None:
    """Who handles bad input handles empty input; nothing else in the tree is caught with another."""
    parents = {type(sample.error): type(sample.error).__mro__[1] for sample in SAMPLES}

    assert parents.pop(EmptyInputError) is InputError
    assert set(parents.values()) == {ArcoError}
