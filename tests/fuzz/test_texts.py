"""Generated and mutated text given to each parser: it reads or refuses, in bounded time, and never crashes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.mutated import HOSTILE, mutated
from tests.fuzz.targets import TARGETS, seeds
from tests.fuzz.verdicts import within
from tests.property.conditions.drawn import bounded

FOUND = Path(__file__).parent / "found"
EXAMPLES = {"condition": 400, "matrix": 400, "plan": 150, "source": 80}
_WORDS = (
    *(
        "resource",
        ".",
        "name",
        "extract",
        "startsWith",
        "(",
        ")",
        "&&",
        "||",
        "!",
        "==",
        "!=",
        "<",
        "-",
        "{t}",
        "request",
    ),
    *("time", "timestamp", "duration", "getHours", '"x"', "'x'", '"a{t}/"', "1", "1.5", "true", "[", "]", ",", "//x\n"),
)


def _read(target: str, data: bytes) -> None:
    with within(10):
        TARGETS[target](data)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_mutated_text_is_read_or_refused(target: str) -> None:
    """Edits of what is right reach further into a parser than noise does."""
    texts = [data.decode(errors="replace") for data in seeds(target).values()]

    @bounded(EXAMPLES[target])
    @given(mutated(texts))
    def read(text: str) -> None:
        _read(target, _encoded(text))

    read()


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_bytes_of_any_kind_are_read_or_refused(target: str) -> None:
    """Bytes that were never text, and text with bytes that are none in it."""
    start = next(iter(seeds(target).values()))

    @bounded(EXAMPLES[target] // 2)
    @given(st.binary(max_size=60), st.integers(0, len(start)), st.integers(0, 20))
    def read(noise: bytes, place: int, length: int) -> None:
        _read(target, noise)
        _read(target, start[:place] + noise + start[place + length :])

    read()


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_hostile_text_alone_and_inside_is_read_or_refused(target: str, hostile: str) -> None:
    """Nesting without end, numbers without end, and characters that are none."""
    for data in list(seeds(target).values())[:3]:
        middle = len(data) // 2
        _read(target, data[:middle] + _encoded(hostile) + data[middle:])
    _read(target, _encoded(hostile))


@bounded(1500)
@given(st.lists(st.sampled_from(_WORDS), max_size=24))
def test_words_of_the_condition_language_in_any_order_are_read_or_refused(words: Sequence[str]) -> None:
    """What is made of the right words is what a parser lets through too easily."""
    _read("condition", " ".join(words).encode())


def _kept() -> list[tuple[str, Path]]:
    return [(path.parent.name, path) for path in sorted(FOUND.glob("*/*"))]


@pytest.mark.parametrize(("target", "path"), _kept(), ids=lambda value: getattr(value, "name", value))
def test_what_was_found_stays_mended(target: str, path: Path) -> None:
    """Each input that once broke a promise is replayed."""
    _read(target, path.read_bytes())
