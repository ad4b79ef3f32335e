"""GitHub annotations, taken apart as the runner takes lines apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from arco.cli import main
from arco.policy.report.github import render_github
from arco.policy.values import Origin
from tests.fakes.deployments import member
from tests.fakes.judgements import ROOT, hostile, judged, run_of, waiver_of

_COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<data>.*)")
_PUBLIC = "google_storage_bucket_iam_member.m"


@dataclass(frozen=True, slots=True)
class _Annotation:
    level: str
    properties: dict[str, str]
    message: str


def _decoded(text: str, more: tuple[tuple[str, str], ...] = ()) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, character)
    return text


def _parsed(text: str) -> tuple[list[_Annotation], list[str]]:
    """Give the commands, and the lines that are none, which may hold nothing that an old runner takes for one."""
    commands: list[_Annotation] = []
    rest: list[str] = []
    for line in text.splitlines():
        match = _COMMAND.fullmatch(line.lstrip())
        if match is None:
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
            rest.append(line)
            continue
        pairs = (part.partition("=") for part in (match["properties"] or "").split(","))
        more = (("%3A", ":"), ("%2C", ","))
        properties = {name: _decoded(value, more) for name, _, value in pairs}
        commands.append(_Annotation(match["name"], properties, _decoded(match["data"])))
    return commands, rest


def test_a_finding_is_an_annotation_at_its_line() -> None:
    """Relative to the repository, with its rule as the title."""
    finding = replace(hostile("x").findings[0], origin=Origin(f"{ROOT}/infra/main.tf", 7, 3), claim="two can create")
    (annotation,), _ = _parsed(render_github(run_of(replace(hostile("x"), findings=(finding,)))))

    assert annotation.level == "error"
    assert annotation.properties == {"file": "infra/main.tf", "line": "7", "col": "3", "title": "sole-writer"}
    assert annotation.message.splitlines()[0] == "two can create"


def test_the_worst_comes_first_and_the_verdict_last() -> None:
    """GitHub shows ten of a kind for each step."""
    annotations, rest = _parsed(render_github(run_of(hostile("x", count=4, waived=1))))

    assert [annotation.level for annotation in annotations] == ["error", "error", "warning", "warning", "notice"]
    assert rest[-1].startswith("2 errors, 2 warnings, 1 waived (")


@pytest.mark.parametrize("text", ["a%b", "a%0Ab", "a:b,c=d", "100%25", "%3A%2C", "::error::x", "a::b"])
def test_what_is_escaped_is_read_back(text: str) -> None:
    """Percent signs, colons and commas are themselves again in the message and in a property."""
    (annotation,), _ = _parsed(render_github(run_of(hostile(text))))

    assert annotation.message.splitlines()[0] == text
    assert annotation.properties["file"] in {text, Path(text).as_posix()}


@pytest.mark.parametrize("text", ["x\n::error::forged", "x\r::stop-commands::t", "##[add-mask]x", "x ##[error]y"])
def test_no_name_is_a_command(text: str) -> None:
    """Neither in an annotation nor in the summary below."""
    annotations, _ = _parsed(render_github(run_of(hostile(text))))

    assert [annotation.level for annotation in annotations] == ["error"]


def test_a_waived_finding_is_a_notice_with_its_reason() -> None:
    """It is on the page of the change, and makes nothing red."""
    waivers = waiver_of("public-access", _PUBLIC, "the download page")
    judgement = judged(member(who="allUsers"), waivers=waivers, only=["public-access"])
    (annotation,), _ = _parsed(render_github(run_of(judgement)))

    assert annotation.level == "notice"
    assert annotation.properties["title"] == "public-access (waived until 2027-01-31)"
    assert annotation.message.splitlines()[-1] == "reason: the download page"


def test_a_clean_run_says_so() -> None:
    """In the log, without an annotation."""
    annotations, rest = _parsed(render_github(run_of(judged())))

    assert annotations == []
    assert rest[-1].startswith("no errors (")


def test_what_could_not_be_read_is_annotated_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At the line of the syntax error."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text('resource "a" "b" {\n  x = \n}\n', encoding="utf-8")

    code = main(["policy", "check", str(tmp_path), "--format", "github"])

    (annotation,), rest = _parsed(capsys.readouterr().out)
    assert (code, rest) == (2, [])
    assert (annotation.properties["file"], annotation.properties["line"]) == ("main.tf", "2")
    assert "syntax error" in annotation.message
