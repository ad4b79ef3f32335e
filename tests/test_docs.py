"""Documents tell the truth: every path, make target, command and flag that a document names exists.

What counts as naming: link targets anywhere, and the text of code spans and code blocks.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from arco.cli import build_parser
from tests.tree import ROOT, files, read, root_entries

DOCUMENTS = files(".md")
# Text that begins with one of these and a slash is a path. The folders that a later change brings are among them.
FOLDERS = frozenset({".ci", "arco", "benchmarks", "docs", "infra", "policy_tests", "requirements", "smoke", "tests"})

_CODE = re.compile(r"^```[^\n]*\n(?P<block>.*?)^```|(?P<ticks>`+)(?P<span>.+?)(?P=ticks)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_PATH = re.compile(r"(?<![\w./{-])(?:[\w.-]+/)+(?:[\w.*{},-]+/?)*")
_FILE = re.compile(r"[\w./-]+\.(?:in|md|py|tf|tfvars|toml|txt)|Makefile|LICENSE")
_TARGET = re.compile(r"(?:^|[\s(])make ((?:[A-Z]+=\S+ )*)(?P<target>[a-z][a-z-]*)", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|[\s(])arco (?P<rest>[a-z-][^\n`|>&]*)", re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_RULE = re.compile(r"^(?P<target>[a-z-]+):(?P<help>.*)$", re.MULTILINE)


def _code(text: str) -> Iterator[str]:
    """Give each code block and code span, with continued lines joined."""
    for match in _CODE.finditer(text):
        yield (match["block"] or match["span"]).replace("\\\n", " ")


def _anchors(text: str) -> set[str]:
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(text)}


def _alternatives(pattern: str) -> Iterator[str]:
    """Expand `{a,b}` as a shell does."""
    parts = [part.split(",") for part in re.split(r"[{}]", pattern)]
    braces = (choice if index % 2 else [",".join(choice)] for index, choice in enumerate(parts))
    return ("".join(chosen) for chosen in itertools.product(*braces))


def _absent_paths(document: Path, code: str) -> Iterator[str]:
    for match in _PATH.finditer(code):
        path = match.group().rstrip(".,")
        if path.partition("/")[0] in FOLDERS | set(root_entries()):
            yield from (one for one in _alternatives(path) if not list(ROOT.glob(one)))
    if _FILE.fullmatch(code) and not (ROOT / document.parent / code).exists():
        names = [path.as_posix() for path in files()]
        if not any(f"/{name}".endswith(f"/{code}") for name in names):
            yield code


def _targets() -> dict[str, str]:
    """Give the targets of the Makefile for people, with what follows the colon."""
    return {match["target"]: match["help"] for match in _RULE.finditer(read(Path("Makefile")))}


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001 argparse has no public way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 as above
            return dict(action.choices)
    return {}


def _flaw(command: str) -> str | None:
    """Say what is wrong with the arguments of `arco`, or None."""
    parser = build_parser()
    words = shlex.split(command.partition(" #")[0])
    while words and (choices := _subcommands(parser)):
        if words[0].startswith("-") or words[0] in {"…", "..."}:
            break
        if words[0] not in choices:
            return f"no such command: {words[0]}"
        parser = choices[words.pop(0)]
    flags = {flag for action in parser._actions for flag in action.option_strings}  # noqa: SLF001 as above
    unknown = [word for word in words if word.startswith("--") and word.strip("[]").partition("=")[0] not in flags]
    return f"no such flag: {unknown[0]}" if unknown else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_linked_documents_exist(document: Path) -> None:
    """Every relative link leads to a file, and its fragment to a heading."""
    text = read(document)
    broken: list[str] = []
    for target in (match["target"] for match in _LINK.finditer(_CODE.sub("", text)) if ":" not in match["target"]):
        path, _, fragment = target.partition("#")
        aim = ROOT / document.parent / path if path else ROOT / document
        if not aim.exists() or (fragment and fragment not in _anchors(aim.read_text(encoding="utf-8"))):
            broken.append(target)

    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_named_paths_exist(document: Path) -> None:
    """Every path that stands in code is there."""
    assert not [path for code in _code(read(document)) for path in _absent_paths(document, code)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_named_make_targets_exist(document: Path) -> None:
    """Every `make TARGET` is a target of the Makefile."""
    named = {match["target"] for code in _code(read(document)) for match in _TARGET.finditer(code)}

    assert named <= set(_targets()), named - set(_targets())


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_named_commands_exist(document: Path) -> None:
    """Every `arco …` names commands and flags that its parser knows."""
    commands = {match["rest"].strip() for code in _code(read(document)) for match in _COMMAND.finditer(code)}
    flaws = {command: _flaw(command) for command in commands}

    assert not {command: flaw for command, flaw in flaws.items() if flaw}


def test_make_targets_explain_themselves() -> None:
    """Every target for people says in one line what it does: `make help` prints it."""
    targets = _targets()

    assert targets
    assert not [name for name, text in targets.items() if " ## " not in text]


def test_readme_answers_first() -> None:
    """The first screen has the promises, the two commands, the packages they need, and a finding."""
    screen = read(Path("README.md"))[:5000]
    wanted = ("| promise | enforced by | proved by |", "make gate", "make check", "python3-venv", "error[")

    assert not [text for text in wanted if text not in screen]
