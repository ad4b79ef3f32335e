"""What lint says of any condition is true of the names that it shows, and any text at all gets an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arco.errors import EmptyInputError
from arco.policy.conditions import LOGICAL_OPERATORS_MAX, Expression, Resource, evaluate
from arco.policy.conditions.evaluate import MANAGED_FOLDER_TYPE
from arco.policy.lint import Lint, lint_text
from arco.policy.report.lint import render_lint, render_lint_json
from arco.policy.values import Text
from tests.property.conditions.drawn import bounded, conditions, free_values, names, written

_BUCKET = "projects/_/buckets/demo"
_STARTS = ("", f"{_BUCKET}/objects/", f"{_BUCKET}/objects/a", f"{_BUCKET}/managedFolders/", _BUCKET)
_DRAWN = conditions("ab/", _STARTS, opaque=False, leaves_max=5)
# Pieces of conditions in any order, and what a keyboard or a pipe may add.
_PIECES = st.sampled_from(
    [
        *(
            "resource.name",
            "resource.type",
            ".startsWith(",
            ".endsWith(",
            ".extract(",
            '"a/"',
            "'",
            '"',
            "{x}",
            "(",
            ")",
        ),
        *("&&", "||", "!", "==", "!=", "true", "request.time", "<", 'timestamp("2030-01-01T00:00:00Z")', "//", "\n"),
        *("\x00", "\u2028", "é", "\ud800", "[", "]", "?", ":", "1", "-", ".", " "),
    ]
)


def _holds(expression: Expression, resource: Resource) -> set[bool | None]:
    return {evaluate(expression, resource, free) for free in free_values(expression)}


def _lint(text: str) -> Lint:
    return lint_text(Text.of(text), "drawn", "demo")


def _everything() -> Iterator[Resource]:
    yield Resource.bucket("demo")
    for name in names("ab/x", 4):
        if name:
            yield Resource.object("demo", name)
            yield Resource(MANAGED_FOLDER_TYPE, f"{_BUCKET}/managedFolders/{name}")


def _dead(lint: Lint) -> bool:
    return any(finding.rule == "condition-dead" for finding in lint.judgement.findings)


def test_what_is_called_dead_holds_for_nothing() -> None:
    """No bucket, object or folder satisfies it at any time, and what holds for none of them is called so."""
    seen = {True: 0, False: 0}
    everything = list(_everything())

    @bounded(300)
    @given(_DRAWN)
    def compare(expression: Expression) -> None:
        text = written(expression)
        if text.count("&&") + text.count("||") + text.count("!(") > LOGICAL_OPERATORS_MAX:
            return
        lint = _lint(text)
        seen[_dead(lint)] += 1

        if _dead(lint):
            assert not [item for item in everything if True in _holds(expression, item)], text

    compare()

    assert min(seen.values()) > 30, seen


@bounded(300)
@given(_DRAWN)
def test_the_names_on_either_side_are_on_that_side(expression: Expression) -> None:
    """What is shown as admitted is, and what is shown as excluded is not; the bucket's answer is that of evaluation."""
    (meaning,) = _lint(written(expression)).meanings
    if meaning.refusal:
        return
    on_bucket = _holds(expression, Resource.bucket("demo"))

    if meaning.admits:
        assert True in _holds(expression, Resource.object("demo", meaning.admits.removeprefix("gs://demo/")))
    if meaning.excludes:
        assert False in _holds(expression, Resource.object("demo", meaning.excludes.removeprefix("gs://demo/")))
    assert meaning.on_bucket == ("sometimes" if len(on_bucket) > 1 else "yes" if on_bucket == {True} else "no")


@bounded(500)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_any_text_gets_an_answer(text: str) -> None:
    """No crash and no silence: nothing but blanks is an error, and everything else is told in both forms."""
    if not text.strip():
        with pytest.raises(EmptyInputError):
            lint_text(Text.of(text), "drawn")
        return
    lint = lint_text(Text.of(text), "drawn")

    assert lint.meanings[0].refusal == "" or lint.judgement.errors
    assert all(line.isprintable() for line in render_lint(lint, 1.0, colour=False, source="drawn").split("\n"))
    assert render_lint_json(lint, "drawn", 1.0).isascii()
