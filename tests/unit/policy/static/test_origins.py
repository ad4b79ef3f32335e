"""Static mode: text knows where it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from arco.policy.deployment import Deployment
from arco.policy.terraform.static import load_directory
from arco.policy.values import Document, Literal, SetOf, Text, Value

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENTS = sorted(path.name for path in (ROOT / "infra/environments").glob("*.tfvars"))

# What the provider adds (`@`, `projects/`) was written by nobody.
COMPUTED = {"email", "id", "member", "name", "self_link", "url"}

SOURCE = r"""
locals {
  map = { "key one" = "v" }
}
resource "a" "b" {
  plain     = "abc"
  escapes   = "a\tb\u00e9c$${d}%%{e}"
  template  = "x${"y"}z"
  heredoc   = <<-EOT
      first ${"in"}
        second
    EOT
  keys      = [for k, v in local.map : "${k}/${v}"]
  each      = { for k, v in local.map : k => k }["key one"]
  cut       = substr("abcdef", 2, 3)
  joined    = join("-", ["a", "b"])
  formatted = format("<%s>", "arg")
  split     = split(",", "p,q")[1]
  replaced  = replace("axb", "x", "--")
  trimmed   = trimprefix("pre-fix", "pre-")
  upper     = upper("abc")
  trim      = "a ${~ "b" ~} c"
}
"""


def texts(value: Value) -> Iterator[Text]:
    """Give every text inside a value."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, Document):
        yield from texts(value.content)
    elif isinstance(value, SetOf | tuple):
        for item in value.items if isinstance(value, SetOf) else value:
            yield from texts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)


def written_at(text: Text, lines: Mapping[str, Sequence[str]]) -> str:
    """Give what stands in the sources where the characters of `text` say they were written."""
    found = ""
    for index, _ in enumerate(text.value):
        origin = text.origin_at(index)
        assert origin is not None, text
        line = lines[origin.file][origin.line - 1] + "\n"
        found += line[origin.column - 1]
    return found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("plain", "abc"),
        ("escapes", "a\\b\\c${d}%{e}"),
        ("template", "xyz"),
        ("heredoc", "first in\n  second\n"),
        ("each", "key one"),
        ("cut", "cde"),
        ("joined", "a-b"),
        ("formatted", "<arg>"),
        ("split", "q"),
        ("replaced", "a--b"),
        ("trimmed", "fix"),
        ("upper", "abc"),
        ("trim", "abc"),
    ],
)
def test_characters_point_at_themselves(load: Callable[..., Deployment], name: str, found: str) -> None:
    """Each character of a result stands in the source where it says."""
    value = load(SOURCE).instances[0].values[name]
    assert isinstance(value, Text)

    assert written_at(value, {"infra/main.tf": SOURCE.split("\n")}) == found


def test_keys_point_at_themselves(load: Callable[..., Deployment]) -> None:
    """A key that is used as text keeps its place as well."""
    value = load(SOURCE).instances[0].values["keys"]
    assert isinstance(value, tuple)
    first = value[0]
    assert isinstance(first, Text)

    assert written_at(first, {"infra/main.tf": SOURCE.split("\n")}) == "key one/v"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_character_of_this_repository_has_a_place(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No written attribute has a character without a place, and each run of text stands where it says."""
    monkeypatch.chdir(ROOT)
    deployment = load_directory("infra/terraform", [f"infra/environments/{environment}"])
    found = [
        text
        for instance in deployment.instances
        for name, value in instance.values.items()
        if name not in COMPUTED or isinstance(value, Document)
        for text in texts(value)
    ]
    for text in found:
        check(text)

    assert sum(len(text.value) for text in found) > 10_000


def check(text: Text) -> None:
    """Compare each run of known text with its source."""
    for piece in text.pieces:
        assert isinstance(piece, Literal)
        if not piece.text:
            continue
        assert piece.origin is not None, text.display()
        line = Path(piece.origin.file).read_text(encoding="utf-8").split("\n")[piece.origin.line - 1] + "\n"
        if len(piece.text) > 1:
            assert line[piece.origin.column - 1 :].startswith(piece.text), piece
