"""Static mode: no input makes it compute without end. What is too much is Unknown, a gap or refused, and soon."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from arco.errors import InputError
from arco.policy.deployment import Deployment
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _limits as limits
from arco.policy.terraform.static import _modules as modules
from arco.policy.values import Text, Unknown, Value, is_known

Loader = Callable[..., Deployment]

# A small part of what a load may take: that each step is short shows as well in few steps as in many.
_SMALL = {"STEPS_MAX": 500_000, "ITEMS_MAX": 20_000}
_SECONDS_MAX = 5


@pytest.fixture(autouse=True)
def budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every load few steps and small values, so that what exhausts them does so soon."""
    for name, value in _SMALL.items():
        monkeypatch.setattr(limits, name, value)
    monkeypatch.setattr(modules, "ALL_INSTANCES_MAX", 5_000)
    monkeypatch.setattr(modules, "MODULES_MAX", 1_000)


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """Fail, instead of waiting, where something is computed without end."""

    def ring(_: int, __: FrameType | None) -> None:
        message = f"still computing after {_SECONDS_MAX} seconds of the processor"
        raise AssertionError(message)

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS_MAX)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def value(load: Loader, expression: str, more: str = "") -> Value:
    """Compute an expression as an attribute."""
    deployment = load(f'{more}\nresource "a" "b" {{\n  v = {expression}\n}}\n')
    return deployment.instances[-1].values["v"]


_TEXT = "a" * 60


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|a)*b",
        "(?:a*)*b",
        "(?:a?){40}b",
        "^(?:(?:a+)b?)+$",
        "a?" * 40 + "b",
        "(?:a|a)" * 40 + "b",
        ".*" * 12 + "b",
        "(?:|){60}b",
        "^" + "a{0,60}" * 8 + "b",
    ],
)
@pytest.mark.parametrize("call", ['regex("{}", {})', 'regexall("{}", {})', 'replace({1}, "/{0}/", "x")'])
def test_a_pattern_that_could_backtrack_without_end_is_unknown(load: Loader, pattern: str, call: str) -> None:
    """Python's matcher tries every way; RE2 does not, so that Terraform would have an answer."""
    assert isinstance(value(load, call.format(pattern, f'"{_TEXT}c"')), Unknown)


def test_the_repeat_of_a_repeat_is_unknown(load: Loader) -> None:
    """The pattern that every denial of service begins with."""
    assert isinstance(value(load, f'regex("^(a+)+$", "{_TEXT}c")'), Unknown)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", "demo-project-with-30-characters"[:30]),
        (
            "^((user|group|serviceAccount):[^\\\\s@]+@[^\\\\s@]+|principal(Set)?://\\\\S+)$",
            f"user:{'a' * 60}@{'b' * 60}.example.com",
        ),
        ("^[a-zA-Z][a-zA-Z0-9_]{2,39}$", "role" * 10),
        (":", "a" * 2000 + ":"),
        ("([a-z]+)-([0-9]+)", "abc-123"),
        ("(?:ab)+", "ababab"),
    ],
)
def test_a_pattern_of_everyday_is_decided(load: Loader, pattern: str, text: str) -> None:
    """The bound on work leaves the validations that people write."""
    assert value(load, f'can(regex("{pattern}", "{text}"))') is True


@pytest.mark.parametrize("argument", ["count = 1000000", "count = 10001", 'for_each = toset(split(",", local.long))'])
def test_a_block_with_too_many_instances_is_a_gap(load: Loader, argument: str) -> None:
    """Its instances are not enumerated, and the gap says so."""
    long = ",".join(f"k{i}" for i in range(10_001))
    deployment = load(
        f'locals {{\n  long = "{long}"\n}}\nresource "google_storage_bucket_iam_member" "m" {{\n  {argument}\n}}\n'
    )

    assert [gap.address for gap in deployment.gaps] == ["google_storage_bucket_iam_member.m"]
    assert "10000 instances of one block" in deployment.gaps[0].reason
    assert deployment.instances == ()


def test_many_blocks_of_many_instances_are_gaps(load: Loader) -> None:
    """A limit on each block alone would multiply."""
    deployment = load("".join(f'resource "a" "b{i}" {{\n  count = 1000\n}}\n' for i in range(20)))

    assert len(deployment.instances) <= 5_000
    assert len(deployment.gaps) >= 10


def test_modules_that_multiply_are_a_gap(load: Loader) -> None:
    """Two calls in two calls in two calls: each level doubles, or multiplies by its count."""
    call = 'module "m" {{\n  source = "./{0}"\n  count = 100\n}}\n'
    deployment = load({
        "main.tf": call.format("a"),
        "a/main.tf": call.format("b"),
        "a/b/main.tf": call.format("c"),
        "a/b/c/main.tf": 'resource "a" "b" {\n}\n',
    })  # fmt: skip

    assert any(gap.type == "module" for gap in deployment.gaps)


def _chain(first: str, step: str, length: int = 40) -> str:
    steps = "".join(f"  a{i + 1} = {step.replace('@', f'local.a{i}')}\n" for i in range(length))
    return f"locals {{\n  a0 = {first}\n{steps}}}\n"


@pytest.mark.parametrize(
    ("first", "step"),
    [
        ('"x"', '"${@}${@}"'),
        ('"x"', 'format("%s%s", @, @)'),
        ('"x"', 'join(@, ["a", "b", @])'),
        ('"xx"', 'replace(@, "x", @)'),
        ('"xx"', 'replace(@, "/x/", "xx")'),
        ('"x"', "jsonencode([@, @])"),
        ('"x"', 'base64encode("${@}${@}")'),
        ('"x"', 'upper("${@}${@}")'),
        ("terraform.workspace", '"${@}${@}"'),
        ('["x"]', "[@, @]"),
        ('["x"]', "concat(@, @)"),
        ('["x", "y"]', "flatten([@, @])"),
        ('["x"]', "{ a = @, b = @ }"),
        ('["x"]', "[for x in [1, 2] : @]"),
        ('["x"]', "jsonencode([@, @])"),
        ('["x", "y"]', "setproduct(@, @)"),
        ('["x", "y"]', "tolist([@, @])"),
    ],
)
def test_a_chain_that_doubles_ends_in_unknown(load: Loader, first: str, step: str) -> None:
    """Forty steps would make a value of 2^40 parts."""
    found = value(load, "local.a40", _chain(first, step))

    assert not is_known(found)
    assert "more than" in str(kinds.first_unknown(found)) or first == "terraform.workspace"


@pytest.mark.parametrize(
    "expression",
    [
        'format("%0999999999d", 1)',
        'format("%999999999s", "x")',
        "setproduct(range(1000), range(1000))",
        "flatten([for x in range(1000) : range(1000)])",
        "[for x in range(1000) : [for y in range(1000) : x]]",
        "concat([for x in range(1000) : range(1000)]...)",
        'sha256(join("", [for x in range(1000) : join("", [for y in range(1000) : "abcdefgh"])]))',
    ],
)
def test_one_expression_that_makes_too_much_is_unknown_or_refused(load: Loader, expression: str) -> None:
    """Without a chain as well."""
    try:
        found = value(load, expression)
    except InputError as error:
        assert "too much for static mode" in str(error)  # noqa: PT017 - either end is right
        return

    assert not is_known(found)


_TRIPLE = "alltrue([for y in range(1024) : alltrue([for z in range(1024) : y > z])])"


@pytest.mark.parametrize(
    "expression",
    [
        f"length([for x in range(1024) : 1 if {_TRIPLE}])",
        "length([for x in range(1024) : x if contains([for y in range(1024) : y], x)])",
        f'length([for x in range(1024) : x if can(regex("^(?:{"a?" * 18})b", "{"a" * 20}"))])',
    ],
)
def test_loops_in_loops_that_make_little_are_refused(load: Loader, expression: str) -> None:
    """A thousand million steps whose result is one number: `try` and `can` do not hide that the budget is spent."""
    again = f"  b = [for i in range(500) : {expression}]\n"
    with pytest.raises(InputError, match="too much for static mode"):
        load(f"locals {{\n  a = can({expression}) || true\n{again}}}\n")


@pytest.mark.parametrize("call", ["distinct", "toset", 'setunion([{ a = "x" }], ', "setsubtract([], "])
def test_many_structures_are_compared_within_reason(load: Loader, call: str) -> None:
    """Items without an order are compared pairwise: that is bounded too."""
    opened = call if "(" in call else f"{call}("

    assert isinstance(value(load, f"{opened}[for x in range(1000) : {{ a = x }}])"), Unknown)


def test_long_lists_of_strings_are_compared_fast(load: Loader) -> None:
    """Strings have an order: a long set of them is known."""
    found = value(load, 'length(toset([for x in range(1000) : format("%d", x)]))')

    assert found == 1000


def test_a_long_text_is_cut_within_reason(load: Loader) -> None:
    """Each piece remembers its origin; pieces by cuts would be a thousand million."""
    found = value(
        load, 'split("a", upper(local.a12))'.replace("upper", "base64encode"), _chain('"aaaa"', '"${@}${@}"', 12)
    )

    assert found is not None


def test_base64decode_gives_the_normal_form(load: Loader) -> None:
    """Every string in Terraform is in normal form C, a decoded one as well."""
    found = value(load, 'base64decode("ZcyB")')

    assert isinstance(found, Text)
    assert found.value == "é"


@pytest.mark.parametrize("expression", ['sha256(jsondecode("\\"\\\\ud800\\""))', 'jsondecode("{\\"\\\\udfff\\":1}")'])
def test_half_a_surrogate_pair_is_unknown(load: Loader, expression: str) -> None:
    """Terraform puts another character there; what it is not is a crash."""
    assert not is_known(value(load, expression))


def test_a_number_of_a_million_digits_is_unknown(load: Loader) -> None:
    """Python refuses to spell it."""
    assert isinstance(value(load, "parseint(local.a14, 16)", _chain('"1"', '"${@}${@}"', 14)), Unknown)
