"""Markdown, taken apart by a parser that knows nothing of the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from arco.cli import main
from arco.policy.report.markdown import BYTES_MAX, render_markdown
from tests.fakes.deployments import member
from tests.fakes.judgements import hostile, judged, run_of, waiver_of

_PUBLIC = "google_storage_bucket_iam_member.m"
_OURS = {
    *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text", "code_inline", "fence"),
    *(f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")),
}


def _tokens(text: str) -> list[Token]:
    # As GitHub reads it: tables, bare links and HTML are all on.
    return MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").parse(text)


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _fences(text: str) -> list[str]:
    return [token.content for token in _tokens(text) if token.type == "fence"]


def test_it_begins_with_the_verdict() -> None:
    """In the first line, as a heading."""
    text = render_markdown(run_of(judged(member(who="allUsers"), only=["public-access"])))

    heading, line, *_ = _tokens(text)
    assert (heading.type, heading.tag, line.content) == ("heading_open", "h2", "Refuted: 1 error")
    assert text.startswith("## Refuted: 1 error\n")


@pytest.mark.parametrize(
    ("waived", "verdict"), [(False, "## Proved: no errors\n"), (True, "## Waived: no errors, 1 waived\n")]
)
def test_proved_is_said_only_of_what_is_proved(waived: bool, verdict: str) -> None:  # noqa: FBT001 - pytest
    """A waiver makes the exit code 0, and no proof."""
    waivers = waiver_of("public-access", _PUBLIC)
    judgement = judged(member(who="allUsers"), waivers=waivers, only=["public-access"]) if waived else judged()

    assert render_markdown(run_of(judgement)).startswith(verdict)


def test_each_finding_stands_whole_in_its_fence() -> None:
    """As the plain text has it, caret and all; and what is waived beside its reason."""
    waivers = waiver_of("public-access", _PUBLIC, "the download page")
    found = (member(who="allUsers"), member(who="allUsers", name="n"))
    _, first, second = _fences(render_markdown(run_of(judged(*found, waivers=waivers, only=["public-access"]))))

    assert first.startswith("error[public-access]: allUsers holds ")
    assert second.startswith("waived[public-access]: allUsers holds ")
    assert "= reason: the download page\n" in second


def test_the_computed_matrix_is_shown() -> None:
    """Where there is one, in a fence."""
    table = "role  state/\napi   r\n"

    assert table in _fences(render_markdown(run_of(judged(), table=table)))


def test_rules_are_counted_in_a_table_and_linked_where_their_page_is_known() -> None:
    """Numbers first, for whom a page of findings is too long."""
    text = render_markdown(run_of(judged(member(who="allUsers")), docs="https://example.com/rules.md"))

    links = [token.attrs["href"] for token in _all(_tokens(text)) if token.type == "link_open"]
    assert "https://example.com/rules.md#public-access" in links
    assert "| 1 | 0 |" in text


@pytest.mark.parametrize("length", [1, 200, 20_000])
@pytest.mark.parametrize("count", [1, 1000, 20_000])
def test_it_fits_into_a_comment(count: int, length: int) -> None:
    """However much was found, and however long its names are; and what was left out is counted."""
    text = render_markdown(run_of(hostile("\U0001f4a5" * length, count=count, waived=3)))

    size = len(text.encode())
    shown = len(_fences(text)) - 1
    left = [token.content for token in _tokens(text) if "did not fit" in token.content]
    assert size < BYTES_MAX == 65_536
    assert shown >= 1
    missing = count + 3 - shown
    assert left == ([f"{missing} more findings did not fit: see the log, or `--format json`."] if missing else [])


@pytest.mark.parametrize(
    "text",
    [
        "a | b | c",
        "```\n# forged",
        "`" * 40,
        "~~~",
        "<script>alert(1)</script>",
        "<!-- ",
        "![x](https://example.com/x.png)",
        "[x]: https://example.com",
        "@octocat #1 https://example.com",
        "\n\n## Proved: no errors\n",
        "</details>",
        "&lt;&#x60;",
    ],
)
def test_no_name_is_markdown(text: str) -> None:
    """What an input spells is in fences, where it is text."""
    tokens = list(_all(_tokens(render_markdown(run_of(hostile(text, count=2, waived=1))))))

    assert {token.type for token in tokens} <= _OURS
    assert next(token.content for token in tokens if token.type == "inline").startswith("Refuted: 1 error")
    assert len([token for token in tokens if token.type == "heading_open"]) == 1
    shown = "".join(character if character.isprintable() else " " for character in text).rstrip()
    assert all(shown in token.content for token in tokens if token.type == "fence")
    outside = "".join(token.content for token in tokens if token.type in {"text", "code_inline"})
    assert text.strip() not in outside


def test_what_could_not_run_is_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason in a fence."""
    code = main(["policy", "check", str(tmp_path / "```gone"), "--format", "markdown"])

    text = capsys.readouterr().out
    assert code == 2
    assert text.startswith("## Could not run\n")
    assert _fences(text)[0].startswith("error: ")
    assert "```gone" in _fences(text)[0]


def test_nothing_is_proved_by_one_rule() -> None:
    """Who asked one rule has asked no other, and neither heading nor summary says more."""
    judgement = judged(only=["limits"])
    text = render_markdown(run_of(judgement))

    assert text.startswith("## Partial: no errors")
    assert f"not asked, for others were chosen: {len(judgement.deselected)} rules" in text
    assert "sole-writer" in {rule.id for rule in judgement.deselected}
