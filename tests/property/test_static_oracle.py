"""Static mode's syntax against python-hcl2, another parser: the same blocks, attributes, lines and groupings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._evaluate import Scope, evaluate
from arco.policy.terraform.static._syntax import parse
from arco.policy.values import Literal, Origin, Text, Unknown, Value

hcl2 = pytest.importorskip("hcl2")

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "infra").rglob("*.tf")) + sorted((ROOT / "infra").rglob("*.tfvars"))

OPERATORS = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]]
ATOMS = st.sampled_from(["1", "2", "7", "true", "false", "x", "-3", "!true", "(1 + 2)", "a.b", 'c["k"]', "f(1)"])
BINARIES = st.sampled_from([operator for level in OPERATORS for operator in level])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


def ours(body: tree.Body, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    """Give each block and attribute with its line."""
    for name, attribute in body.attributes.items():
        yield (*path, name), attribute.at.line
    for block in body.blocks:
        here = (*path, block.type, *block.labels)
        yield here, block.at.line
        yield from ours(block.body, here)


def theirs(source: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Give the same from python-hcl2's concrete tree."""
    yield from _walk(hcl2.parses_to_tree(source), ())


def _walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:  # noqa: ANN401 - lark is untyped
    for child in getattr(node, "children", []):
        kind = getattr(child, "data", None)
        if kind == "attribute":
            yield (*path, _name(child.children[0])), child.meta.line
        elif kind == "block":
            labels = [_name(part) for part in child.children if _is_label(part)]
            here = (*path, *labels)
            yield here, child.meta.line
            yield from _walk(next(part for part in child.children if getattr(part, "data", None) == "body"), here)
        elif kind in {"body", "start"}:
            yield from _walk(child, path)


def _is_label(node: Any) -> bool:  # noqa: ANN401 - lark is untyped
    return getattr(node, "data", None) in {"identifier", "string"}


def _name(node: Any) -> str:  # noqa: ANN401 - lark is untyped
    return "".join(str(token) for token in node.scan_values(lambda _: True)).strip('"')


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_this_repository_parses_alike(path: Path) -> None:
    """Both parsers find the same blocks and attributes in the same lines."""
    source = path.read_text(encoding="utf-8")
    found = sorted(ours(parse(source.encode(), path.name)))

    assert found == sorted(theirs(source))
    assert found


@st.composite
def operations(draw: st.DrawFn) -> str:
    """Draw a chain of operators and conditionals without parentheses."""
    text = draw(ATOMS)
    for _ in range(draw(st.integers(0, 4))):
        text += f" {draw(BINARIES)} {draw(ATOMS)}"
    for _ in range(draw(st.integers(0, 2))):
        text += f" ? {draw(ATOMS)} : {draw(ATOMS)} {draw(BINARIES)} {draw(ATOMS)}"
    return text


def grouped(node: tree.Expression) -> str:
    """Spell out how operators are grouped."""
    match node:
        case tree.Binary():
            return f"({grouped(node.left)} {node.operator} {grouped(node.right)})"
        case tree.Unary():
            return f"{node.operator}{grouped(node.operand)}"
        case tree.Conditional():
            return f"({grouped(node.condition)} ? {grouped(node.yes)} : {grouped(node.no)})"
        case tree.Constant():
            return str(node.value).lower()
        case tree.Variable():
            return node.name
        case tree.GetAttribute():
            return f"{grouped(node.subject)}.{node.name}"
        case tree.Index():
            return f"{grouped(node.subject)}[…]"
        case tree.Call():
            return f"{node.name}(…)"
    return "?"


def expected(text: str) -> str:
    """Group by precedence climbing, written from the language specification."""
    tokens = text.replace("(1 + 2)", "(1_+_2)").split(" ")
    return _conditional(tokens)


def _conditional(tokens: list[str]) -> str:
    condition = _binary(tokens, 0)
    if not tokens or tokens[0] != "?":
        return condition
    tokens.pop(0)
    yes = _conditional(tokens)
    tokens.pop(0)
    return f"({condition} ? {yes} : {_conditional(tokens)})"


def _binary(tokens: list[str], level: int) -> str:
    if level == len(OPERATORS):
        atom = tokens.pop(0)
        return {'c["k"]': "c[…]", "f(1)": "f(…)", "(1_+_2)": "(1 + 2)"}.get(atom, atom)
    left = _binary(tokens, level + 1)
    while tokens and tokens[0] in OPERATORS[level]:
        operator = tokens.pop(0)
        left = f"({left} {operator} {_binary(tokens, level + 1)})"
    return left


@settings(max_examples=300, deadline=None)
@given(operations())
def test_operators_group_as_the_language_says(text: str) -> None:
    """Precedence and associativity are the specification's, conditionals group to the right."""
    body = parse(f"x = {text}\n".encode(), "x.tf")

    assert grouped(body.attributes["x"].value) == expected(text)


def quoted(text: str) -> str:
    """Write text as a quoted string."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("${", "$${").replace("%{", "%%{") + '"'


def _unknown(name: str, at: Origin) -> Value:
    return Unknown(name, at)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_templates_keep_their_text_and_places(parts: list[str]) -> None:
    """Text around interpolations comes out as written, and each run stands where its origin says."""
    assume(not any("$" in part or "%" in part for part in parts))
    # Terraform normalizes, which may move characters from one part into another: static mode leaves that unknown.
    assume(all(unicodedata.is_normalized("NFC", part) for part in parts))
    source = "x = " + '"' + "${y}".join(quoted(part)[1:-1] for part in parts) + '"\n'
    value = evaluate(parse(source.encode(), "x.tf").attributes["x"].value, Scope(_unknown))
    if isinstance(value, Unknown):
        assert parts == ["", ""]
        return
    assert isinstance(value, Text)
    for piece in value.pieces:
        if isinstance(piece, Literal) and piece.origin is not None and len(piece.text) > 1:
            column = piece.origin.column - 1
            assert source[column : column + len(piece.text)] == piece.text

    assert len(value.unknowns) == len(parts) - 1


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_dollars_and_percents_are_text_or_unknown(text: str) -> None:
    """A string that spells its text with escapes has that text, unless it holds what the grammar misreads."""
    body = parse(f"x = {quoted(text)}\n".encode(), "x.tf")
    value = evaluate(body.attributes["x"].value, Scope(_unknown))

    assert isinstance(value, Text)
    if value.known:
        assert value.value == unicodedata.normalize("NFC", text)
    else:
        assert "$${" in text or "%%{" in text
