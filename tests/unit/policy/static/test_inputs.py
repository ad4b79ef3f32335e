"""Static mode: files, variables, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arco.errors import EmptyInputError, InputError
from arco.policy.deployment import Deployment
from arco.policy.values import SetOf, Text

Loader = Callable[..., Deployment]

REFUSED = [
    # what is written, line, column, part of the message
    ("a = 1\n", 1, 1, "outside a block"),
    ('resource "a" "b" {\n  x = \n}\n', 2, None, "syntax error"),
    ('resource "a" "b" {\n  x = "y\n}\n', None, None, "syntax error"),
    ('resource "a" "b" {\n  x = 1\n  x = 2\n}\n', 3, 3, "set twice"),
    ('resource "a" "b" {\n  x = 1 y = 2\n}\n', 2, 9, "on one line"),
    ('resource "a" "b" { x = 1\n}\n', 1, 20, "one line"),
    ('resource "a" "b" {\n  x = 1 }\n', 2, 9, "line of its own"),
    ('resource "a" "b" {\n  x = 1\n    + 2\n}\n', 3, 5, "line ends too early"),
    ('resource "a" {\n}\n', 1, 1, "2 labels"),
    ('resouce "a" "b" {\n}\n', 1, 1, "no block type"),
    ('resource "a" "b" {\n}\nresource "a" "b" {\n}\n', 3, 1, "declared twice"),
    ("locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n", 5, 3, "declared twice"),
    ('variable "a" {\n}\n', 1, 1, "has no value"),
    ('variable "a" {\n  type    = number\n  default = "x"\n}\n', 3, 3, "does not fit"),
    ('variable "a" {\n  type    = strin\n  default = "x"\n}\n', 2, 13, "not a type"),
    ('variable "a" {\n  type = list(string)\n  default = [{}]\n}\n', 3, 3, "a string is needed"),
    ("locals {\n  a = var.b\n}\n", 2, 11, "no attribute 'b'"),
    ("locals {\n  a = b\n}\n", 2, 7, "nothing is called 'b'"),
    ("locals {\n  a = google_x.y\n}\n", 2, 7, "nothing is called"),
    ("locals {\n  a = true ? 1 : var.b\n}\n", 2, 22, "no attribute 'b'"),
    ("locals {\n  a = try(local.b, 1)\n}\n", 2, 17, "no attribute 'b'"),
    ("locals {\n  a = can(data.x.y.z)\n}\n", 2, None, "no data source x.y"),
    ('resource "a" "b" {\n  x = a.c.d\n}\n', 2, 9, "no attribute 'c'"),
    ('resource "a" "b" {\n  x = each.key\n}\n', 2, 7, "for_each"),
    ('resource "a" "b" {\n  count    = 1\n  for_each = {}\n}\n', 3, 3, "exclude"),
    ('resource "a" "b" {\n  for_each = ["x"]\n}\n', 2, 14, "toset()"),
    ('resource "a" "b" {\n  for_each = toset([1])\n}\n', 2, 14, "set of strings"),
    ('resource "a" "b" {\n  count = -1\n}\n', 2, 11, "not negative"),
    ('resource "a" "b" {\n  x = { a.b = 1 }\n}\n', 2, None, "parentheses"),
    ('resource "a" "b" {\n  x = "\\q"\n}\n', 2, 8, "syntax error"),
    ('module "m" {\n  source = "./gone"\n}\n', None, None, "cannot read the directory"),
    ('module "m" {\n}\n', 1, 1, "needs a source"),
    ('output "o" {\n}\n', 1, 1, "no value"),
    (
        (
            'variable "a" {\n  default = "x"\n  validation {\n    condition = var.a == "y"\n'
            '    error_message = "must be y"\n  }\n}\n'
        ),
        1,
        1,
        "must be y",
    ),
]


@pytest.mark.parametrize(("source", "line", "column", "message"), REFUSED)
def test_what_terraform_refuses_is_refused_at_its_place(
    load: Loader, source: str, line: int | None, column: int | None, message: str
) -> None:
    """The error names file, line and column, and what to do."""
    with pytest.raises(InputError) as caught:
        load(source)

    assert message in str(caught.value)
    assert caught.value.source.startswith("infra/")
    assert line is None or caught.value.line == line
    assert column is None or caught.value.column == column


@pytest.mark.parametrize("name", ["x.tf.json", "override.tf", "a_override.tf", "x.tofu"])
def test_files_that_would_change_the_meaning_are_refused(load: Loader, name: str) -> None:
    """Terraform would merge these files in, so that leaving them out would be wrong."""
    with pytest.raises(InputError, match="JSON of a plan"):
        load({"main.tf": "locals {\n}\n", name: "{}"})


@pytest.mark.parametrize("files", [{}, {"readme.md": "x"}, {".hidden.tf": "locals {\n}\n"}, {"a.tf~": "x"}])
def test_no_configuration_is_empty_input(load: Loader, files: dict[str, str]) -> None:
    """A directory without .tf files holds nothing to decide."""
    with pytest.raises(EmptyInputError):
        load({"sub/x.tf": "", **files})


def test_bytes_that_are_not_utf8_are_refused(load: Loader) -> None:
    """The error names the line."""
    with pytest.raises(InputError, match="UTF-8") as caught:
        load({"main.tf": b'locals {\n  a = "\xff"\n}\n'})

    assert caught.value.line == 2


def test_an_unfinished_file_with_wide_characters_is_refused_at_its_end(load: Loader) -> None:
    """The place behind the last character exists."""
    with pytest.raises(InputError, match="syntax error"):
        load('locals {\n  a = "é"\n')


def test_a_byte_order_mark_is_accepted(load: Loader) -> None:
    """Terraform skips it."""
    deployment = load({"main.tf": b'\xef\xbb\xbfresource "a" "b" {\n}\n'})

    assert deployment.instances[0].origin is not None
    assert deployment.instances[0].origin.column == 1


def test_columns_count_characters(load: Loader) -> None:
    """A place behind wide characters is still the place that an editor shows."""
    deployment = load('resource "a" "b" {\n  x = "日本é" /* é */\n  y = ["日本", "z"]\n}\n')
    items = deployment.instances[0].values["y"]
    assert isinstance(items, tuple)
    last = items[1]
    assert isinstance(last, Text)

    assert last.origin is not None
    assert (last.origin.line, last.origin.column) == (3, 15)


def test_variable_files_override_in_terraforms_order(load: Loader) -> None:
    """terraform.tfvars, then *.auto.tfvars by name, then the given files in order."""
    variables = "".join(f'variable "{name}" {{\n  default = "default"\n}}\n' for name in "abcde")
    deployment = load(
        {
            "main.tf": variables,
            "terraform.tfvars": 'a = "t"\nb = "t"\nc = "t"\nd = "t"\n',
            "a.auto.tfvars": 'b = "a"\nc = "a"\nd = "a"\n',
            "b.auto.tfvars": 'c = "b"\nd = "b"\n',
            "one.tfvars": 'd = "1"\n',
            "two.tfvars": 'd = "2"\n',
        },
        "one.tfvars",
        "two.tfvars",
    )

    assert {name: value.value for name, value in deployment.variables.items() if isinstance(value, Text)} == {
        "a": "t",
        "b": "a",
        "c": "b",
        "d": "2",
        "e": "default",
    }


def test_a_variable_file_may_not_refer_or_hold_blocks(load: Loader) -> None:
    """Terraform refuses both."""
    for content, message in (("a = var.b\n", "constant"), ("a {\n}\n", "no blocks"), ('a = upper("x")\n', "function")):
        with pytest.raises(InputError, match=message):
            load({"main.tf": 'variable "a" {\n}\n', "v.tfvars": content}, "v.tfvars")


def test_a_missing_variable_file_is_an_input_error(load: Loader) -> None:
    """The error names the file."""
    with pytest.raises(InputError, match="cannot read") as caught:
        load("locals {\n}\n", "gone.tfvars")

    assert caught.value.source == "infra/gone.tfvars"


def test_a_validation_may_read_other_variables(load: Loader) -> None:
    """As in Terraform 1.9 and later; the error stands where the value does."""
    source = """
variable "low" {
  type = number
}
variable "high" {
  type = number
  validation {
    condition     = var.high > var.low
    error_message = "high must exceed ${var.low}."
  }
}
"""
    with pytest.raises(InputError, match="high must exceed 5") as caught:
        load({"main.tf": source, "v.tfvars": "low = 5\n\nhigh = 3\n"}, "v.tfvars")

    assert (caught.value.source, caught.value.line) == ("infra/v.tfvars", 3)


def test_a_set_variable_is_sorted_and_distinct(load: Loader) -> None:
    """Conversion makes what Terraform makes, and each item knows its line."""
    source = 'variable "s" {\n  type    = set(string)\n  default = ["b", "a", "b"]\n}\n'
    value = load(source).variables["s"]
    assert isinstance(value, SetOf)

    assert [item.value for item in value.items if isinstance(item, Text)] == ["a", "b"]
    assert [str(item.origin) for item in value.items if isinstance(item, Text)] == ["infra/main.tf:3"] * 2


def test_a_child_module_must_be_called_with_its_variables(load: Loader) -> None:
    """Missing and unknown arguments are refused at the call."""
    child = {"m/main.tf": 'variable "a" {\n}\n'}
    with pytest.raises(InputError, match="needs 'a'"):
        load({"main.tf": 'module "m" {\n  source = "./m"\n}\n', **child})
    with pytest.raises(InputError, match="no variable 'b'"):
        load({"main.tf": 'module "m" {\n  source = "./m"\n  a = 1\n  b = 2\n}\n', **child})


def test_a_null_for_a_variable_that_is_not_nullable_takes_the_default(load: Loader) -> None:
    """As Terraform does for `nullable = false`."""
    child = 'variable "a" {\n  nullable = false\n  default  = "d"\n}\nresource "x" "y" {\n  v = var.a\n}\n'
    deployment = load({"main.tf": 'module "m" {\n  source = "./m"\n  a      = null\n}\n', "m/main.tf": child})
    value = deployment.instances[0].values["v"]

    assert isinstance(value, Text)
    assert value.value == "d"
