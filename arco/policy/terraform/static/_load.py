"""Static mode: what a directory of Terraform would make, without Terraform, a provider, credentials or a network.

Invariants: each attribute of each instance is exactly what Terraform would compute, or Unknown with a reason that says
what would settle it; what cannot be enumerated is a Gap; what Terraform would refuse, and we notice, is an InputError.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arco.errors import InputError
from arco.policy.deployment import Deployment
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._limits import ExhaustedError
from arco.policy.terraform.static._modules import Module, Program
from arco.policy.terraform.static._sources import ModuleSource, read_bytes, variable_files
from arco.policy.terraform.static._syntax import parse
from arco.policy.terraform.static._variables import constant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["load_directory"]


def load_directory(directory: str | Path, var_files: Sequence[str | Path] = ()) -> Deployment:
    """Load the root module in `directory` with the values of `var_files`, of which later ones win.

    `terraform.tfvars` and `*.auto.tfvars` in the directory count as well, as for Terraform; its environment does not.
    Raises EmptyInputError if there is no .tf file, and InputError, with file, line and column, for what Terraform
    would refuse and for files that static mode does not read.
    """
    shown = str(directory)
    program = Program(shown)
    source = program.source(shown)
    files = [_variable_file(path) for path in [*variable_files(shown), *(Path(path) for path in var_files)]]
    given = {name: item.value for items in files for name, item in items.items()}
    for items in files:
        _check_declared(items, source, given.keys())
    inputs = {name: (lambda value=value: (constant(value), value.at)) for name, value in given.items()}
    module = Module(program, source, "", inputs)
    try:
        module.run()
        variables = {name: kinds.settle(module.variable(name)) for name in source.variables}
    except RecursionError as error:
        message = "the configuration nests or refers too deeply for static mode: check the JSON of a plan instead"
        raise InputError(message, source=shown) from error
    except ExhaustedError as error:
        message = "the configuration computes too much for static mode: check the JSON of a plan instead"
        raise InputError(message, source=shown) from error
    return Deployment(shown, tuple(program.instances), variables, tuple(program.gaps))


def _check_declared(items: Mapping[str, tree.Attribute], source: ModuleSource, given: Collection[str]) -> None:
    """Refuse an assignment that no variable takes: Terraform only warns, and a misspelt value would not count."""
    for name, item in items.items():
        if name in source.variables:
            continue
        import difflib  # noqa: PLC0415 (only a mistake needs it)

        missing = [n for n, b in source.variables.items() if n not in given and "default" not in b.body.attributes]
        close = difflib.get_close_matches(name, missing, 1) or difflib.get_close_matches(name, source.variables, 1)
        hint = "declare it, or remove it"
        if close:
            hint = f"did you mean {close[0]!r}{', which has no value' if close[0] in missing else ''}?"
        tree.refuse(f"the root module declares no variable {name!r}; {hint}", item.at)


def _variable_file(path: Path) -> Mapping[str, tree.Attribute]:
    """Read the assignments of a variable file."""
    if path.name.endswith(".json"):
        message = "static mode does not read variable files in JSON: write it as .tfvars"
        raise InputError(message, source=str(path))
    body = parse(read_bytes(path), str(path))
    for block in body.blocks:
        tree.refuse("a variable file holds no blocks: write `name = value`", block.at)
    for item in body.attributes.values():
        constant(item.value)
    return body.attributes
