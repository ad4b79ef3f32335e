"""Google's own CEL engine as an independent judge of single evaluations.

It confirms values, never legality: CEL accepts more than IAM does. `extract()` is no part of CEL, so its four rules
are written here a second time, by a regular expression.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arco.policy.conditions import LOGICAL_OPERATORS_MAX, Refusal, Resource, evaluate, parse
from arco.policy.conditions.evaluate import OBJECT_TYPE, SERVICE
from tests.property.conditions.drawn import bounded, conditions, written

cel = pytest.importorskip(
    "cel_expr_python.cel",
    reason="cel-expr-python has wheels for Python 3.11 on x86-64 Linux; elsewhere no CEL engine is compared with",
)

CONDITIONS = 200
COMPARED_MIN = 180
TEXT = cel.Type.STRING
TRUE_KEY = "p"


def _extract(name: str, template: str) -> str:
    """Give the value of a template with one identifier, by a lazy regular expression."""
    prefix, suffix = re.split(r"\{[A-Za-z0-9_]+\}", template)
    value = f"(.*?){re.escape(suffix)}" if suffix else "(.*)"
    match = re.match(f".*?{re.escape(prefix)}(.*)", name, re.DOTALL)
    found = match and re.match(value, match[1], re.DOTALL)
    return str(found[1]) if found else ""


def _has_tag_key(key: str) -> bool:
    return key == TRUE_KEY


def _environment() -> Any:  # noqa: ANN401  # the engine has no usable types
    attributes = dict.fromkeys(("resource.name", "resource.type", "resource.service"), TEXT)
    extract = cel.Overload("extract", TEXT, [TEXT, TEXT], is_member=True, impl=_extract)
    tag = cel.Overload("has_tag_key", cel.Type.BOOL, [TEXT], is_member=False, impl=_has_tag_key)
    functions = [cel.FunctionDecl("extract", [extract]), cel.FunctionDecl("resource.hasTagKey", [tag])]
    return cel.NewEnv(variables=attributes, functions=functions)


ENVIRONMENT = _environment()
TAGS = {"resource.hasTagKey('p')": True, "resource.hasTagKey('q')": False}


def _cel(text: str, data: dict[str, str]) -> bool | None:
    """Evaluate by the engine; an error is None."""
    value = ENVIRONMENT.compile(text).eval(data=data)
    return bool(value.value()) if value.type() == cel.Type.BOOL else None


def _compare(text: str, resource: Resource) -> bool | None:
    parsed = parse(text)
    assert not isinstance(parsed, Refusal), (text, parsed)
    present = {"name": resource.name, "type": resource.type, "service": resource.service}
    data = {f"resource.{key}": value for key, value in present.items() if value is not None}
    ours, theirs = evaluate(parsed, resource, TAGS), _cel(text, data)
    assert ours is theirs, (text, resource, ours, theirs)
    return ours


def test_cel_agrees_with_every_evaluation() -> None:
    """The engine compiles what was parsed, and gives the same truth value for the same resource, errors included."""
    seen: dict[bool | None, int] = {True: 0, False: 0, None: 0}

    @bounded(CONDITIONS)
    @given(
        conditions("ab/", opaque=False, leaves_max=7).map(written),
        st.text("ab/x", max_size=8),
        st.sampled_from([OBJECT_TYPE, None]),
        st.sampled_from([SERVICE, None]),
        st.sampled_from([True, True, True, False]),
    )
    def compare(text: str, name: str, kind: str | None, service: str | None, named: bool) -> None:  # noqa: FBT001
        if text.count("&&") + text.count("||") + text.count("!(") <= LOGICAL_OPERATORS_MAX:
            seen[_compare(text, Resource(kind, name if named else None, service))] += 1

    compare()
    sys.stdout.write(f"cel-expr-python: {seen}\n")

    assert sum(seen.values()) >= COMPARED_MIN, seen
    assert min(seen.values()) >= 20, seen


@pytest.mark.parametrize(
    "text",
    [
        r"""resource.name == "\x41\u00e9\U0001F600\101\n\t\\\"\'\`\?" """,
        """resource.name == 'say "a"'""",
        """resource.name == "it's" """,
        "resource.name // a name\n == 'a'",
        "'a' == resource.name || 1 < 2 && !false",
        "9007199254740993 == 9007199254740992",
        "-9223372036854775808 < 9223372036854775807",
        "1.5 != 2.5 && -1 < 0",
    ],
)
@pytest.mark.parametrize("name", ["a", 'say "a"', "it's", "Aé😀A\n\t\\\"'`?"])
def test_cel_reads_literals_alike(text: str, name: str) -> None:
    """Escapes, quotes, comments, precedence and numbers mean to the engine what they mean to the parser."""
    assert _compare(text, Resource(OBJECT_TYPE, name)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "resource.name.startsWith('a',)",
        "resource.name == 'a\\.b'",
        "resource.name == '\\400'",
        "resource.name == '\\ud800'",
        "resource.name == 'a",
        "resource.name = 'a'",
        "resource.nam == 'a'",
        "resource.name == 1",
        "1 < 9223372036854775808",
        "!resource.name",
        "(true",
        "true &&",
        "",
        "\u0661 < 2",
    ],
)
def test_what_cel_cannot_compile_is_refused(text: str) -> None:
    """IAM's language is a part of CEL: what the engine rejects is never accepted."""
    with pytest.raises(Exception, match=r".+"):  # the engine has its own error type
        ENVIRONMENT.compile(text)

    assert isinstance(parse(text), Refusal)
