"""Static mode: things in the directory that are no plain files, and variable files that set what nobody declares."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from arco.errors import InputError
from arco.policy.deployment import Deployment
from arco.policy.terraform import load as load_input

Loader = Callable[..., Deployment]

_ROOT = {"main.tf": 'variable "project" {\n  default = "d"\n}\nresource "a" "b" {\n}\n'}


@pytest.mark.parametrize("name", ["x.tf", "x.tf.json", "x.auto.tfvars"])
def test_a_link_to_nowhere_is_refused(load: Loader, tmp_path: Path, name: str) -> None:
    """Terraform cannot read it either, and leaving it out would leave out what it declares."""
    load(_ROOT)
    (tmp_path / "infra" / name).symlink_to("/nowhere/at/all")

    with pytest.raises(InputError) as caught:
        load(_ROOT)

    assert caught.value.source == f"infra/{name}"


@pytest.mark.parametrize("name", ["x.tf", "terraform.tfvars"])
def test_what_is_no_file_is_refused_and_not_waited_for(load: Loader, tmp_path: Path, name: str) -> None:
    """Reading a pipe would wait for a writer without end."""
    load(_ROOT)
    os.mkfifo(tmp_path / "infra" / name)

    with pytest.raises(InputError, match="not a regular file"):
        load(_ROOT)


def test_a_link_to_a_directory_is_refused(load: Loader, tmp_path: Path) -> None:
    """Terraform leaves out a directory of that name, and tries to read a link."""
    load({**_ROOT, "sub/x": ""})
    (tmp_path / "infra" / "x.tf").symlink_to("sub")

    with pytest.raises(InputError, match="not a regular file"):
        load(_ROOT)


def test_a_directory_whose_name_ends_in_tf_is_left_out(load: Loader) -> None:
    """As in Terraform."""
    assert load({**_ROOT, "x.tf/inner.tf": "nonsense"}).instances


def test_a_link_to_a_file_is_read(load: Loader, tmp_path: Path) -> None:
    """Links are how people share a file between roots."""
    load({**_ROOT, "../shared.tf": 'resource "c" "d" {\n}\n'})
    (tmp_path / "infra" / "shared.tf").symlink_to("../shared.tf")

    assert [found.type for found in load(_ROOT).instances] == ["a", "c"]


def test_a_directory_for_a_variable_file_is_refused_in_plain_words(load: Loader) -> None:
    """Given by --var-file."""
    with pytest.raises(InputError, match="cannot read the file: it is a directory"):
        load({**_ROOT, "d/x": ""}, "d")


@pytest.mark.parametrize("name", ["terraform.tfvars", "x.auto.tfvars", "given.tfvars"])
def test_a_variable_that_nobody_declares_is_refused_with_what_is_near(load: Loader, name: str) -> None:
    """Terraform warns and goes on; to a gate a misspelt name is a value that does not count."""
    given = ["given.tfvars"] if name == "given.tfvars" else []
    with pytest.raises(InputError, match=r"no variable 'projcet'; did you mean 'project'\?$") as caught:
        load({**_ROOT, name: '\n  projcet = "x"\n'}, *given)

    assert (caught.value.source, caught.value.line, caught.value.column) == (f"infra/{name}", 2, 3)


def test_a_variable_that_nobody_declares_and_is_near_nothing_is_refused(load: Loader) -> None:
    """Without a guess."""
    with pytest.raises(InputError, match="no variable 'zzz'; declare it, or remove it"):
        load({**_ROOT, "terraform.tfvars": "zzz = 1\n"})


def test_a_missing_value_names_the_misspelt_one(load: Loader) -> None:
    """The assignment is the mistake, and the variable is what Terraform would speak of."""
    with pytest.raises(InputError, match=r"did you mean 'project', which has no value\?") as caught:
        load({"main.tf": 'variable "project" {\n}\n', "v.tfvars": 'proyect = "x"\n'}, "v.tfvars")

    assert caught.value.source == "infra/v.tfvars"


def test_one_file_of_a_root_is_not_a_root(load: Loader, tmp_path: Path) -> None:
    """The other files belong to it."""
    load(_ROOT)

    with pytest.raises(InputError, match="one file of a root module: name its directory"):
        load_input(tmp_path / "infra" / "main.tf")


@pytest.mark.parametrize("number", ["1e3", "1e+9", "[1e3]", "max(1, 1e-2)"])
def test_an_exponent_is_refused_with_the_way_around(load: Loader, number: str) -> None:
    """The grammar cannot read it."""
    with pytest.raises(InputError, match="write it without an exponent, or check a plan") as caught:
        load(f'resource "a" "b" {{\n  v = {number}\n}}\n')

    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ('resource "a" "b" {', (1, 19)),
        ('resource "a" "b" {\n  x = 1\n', (2, 8)),
        ('resource "a" "b" { x = [1', (1, 26)),
    ],
)
def test_a_brace_that_is_not_closed_is_missed_where_the_text_ends(
    load: Loader, source: str, place: tuple[int, int]
) -> None:
    """Not on a line that the file does not have."""
    with pytest.raises(InputError) as caught:
        load(source)

    assert (caught.value.line, caught.value.column) == place
