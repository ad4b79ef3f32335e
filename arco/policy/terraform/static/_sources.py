"""The files of one module directory, sorted into what they declare."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from arco.errors import EmptyInputError, InputError
from arco.policy.terraform._reading import why
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._syntax import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ModuleSource", "read_bytes", "read_module", "variable_files"]

# Blocks by the number of their labels. What creates nothing is checked and left alone.
_LABELS: Mapping[str, int] = {
    "action": 2,
    "check": 1,
    "data": 2,
    "ephemeral": 2,
    "import": 0,
    "list": 2,
    "locals": 0,
    "module": 1,
    "moved": 0,
    "output": 1,
    "provider": 1,
    "removed": 0,
    "resource": 2,
    "terraform": 0,
    "variable": 1,
}
_NOT_READ = ("import", "removed", "action", "list")
_BYTES_MAX = 16 << 20
_Key = TypeVar("_Key", str, tuple[str, str, str])


@dataclass(slots=True)
class ModuleSource:
    """What the files of a directory declare. `directory` is spelled as the user gave it."""

    directory: str
    locals: dict[str, tree.Attribute] = field(default_factory=dict)
    variables: dict[str, tree.Block] = field(default_factory=dict)
    resources: dict[tuple[str, str, str], tree.Block] = field(default_factory=dict)
    modules: dict[str, tree.Block] = field(default_factory=dict)
    outputs: dict[str, tree.Block] = field(default_factory=dict)
    providers: dict[str, tree.Block] = field(default_factory=dict)
    not_read: list[tree.Block] = field(default_factory=list)


def read_bytes(path: Path) -> bytes:
    """Read a file. Raises InputError if it cannot be read or is absurdly large."""
    try:
        with path.open("rb") as file:
            data = file.read(_BYTES_MAX + 1)
    except OSError as error:
        message = f"cannot read the file: {why(error)}"
        raise InputError(message, source=str(path)) from error
    if len(data) > _BYTES_MAX:
        message = f"the file is too large to be configuration bytes_max={_BYTES_MAX}"
        raise InputError(message, source=str(path))
    return data


def _check_regular(path: Path) -> Path:
    """Refuse what is found in a directory and is no file: reading a pipe would wait without end."""
    if path.exists() and not path.is_file():
        message = "not a regular file, and its name is that of configuration: remove or rename it"
        raise InputError(message, source=str(path))
    return path


def _listing(directory: str) -> list[str]:
    try:
        # Directories, hidden files and editors' backups are not configuration, as for Terraform; a link to nowhere is.
        entries = list(Path(directory).iterdir())
        names = sorted(entry.name for entry in entries if entry.is_symlink() or not entry.is_dir())
    except OSError as error:
        message = f"cannot read the directory: {why(error)}"
        raise InputError(message, source=directory) from error
    return [name for name in names if not name.startswith((".", "#")) and not name.endswith("~")]


def read_module(directory: str) -> ModuleSource:
    """Read the `.tf` files of a directory. Raises EmptyInputError if there are none."""
    names = _listing(directory)
    for name in names:
        stem = name.removesuffix(".tf")
        override = stem != name and (stem == "override" or stem.endswith("_override"))
        if override or name.endswith((".tf.json", ".tofu", ".tofu.json")):
            message = "static mode does not read JSON, override or OpenTofu files: check the JSON of a plan instead"
            raise InputError(message, source=str(Path(directory) / name))
    files = [name for name in names if name.endswith(".tf")]
    if not files:
        message = "the directory holds no .tf file: name the directory of a root module"
        raise EmptyInputError(message, source=directory)
    source = ModuleSource(directory)
    for name in files:
        path = _check_regular(Path(directory) / name)
        body = parse(read_bytes(path), str(path))
        for attribute in body.attributes.values():
            tree.refuse(f"an attribute cannot stand outside a block name={attribute.name!r}", attribute.at)
        for block in body.blocks:
            _declare(source, block)
    return source


def _declare(source: ModuleSource, block: tree.Block) -> None:
    """Sort one block in. Raises InputError for an unknown block, a wrong header or a second declaration."""
    expected = _LABELS.get(block.type)
    if expected is None:
        tree.refuse(f"Terraform has no block type {block.type!r} here", block.at)
    if len(block.labels) != expected:
        tree.refuse(f"a {block.type} block has {expected} labels, and this one has {len(block.labels)}", block.at)
    if block.type in {"resource", "data"}:
        _add(source.resources, (block.type, block.labels[0], block.labels[1]), block)
    elif block.type == "locals":
        for attribute in block.body.attributes.values():
            if attribute.name in source.locals:
                earlier = source.locals[attribute.name].at
                tree.refuse(f"local {attribute.name!r} is declared twice: it was in {earlier}", attribute.at)
            source.locals[attribute.name] = attribute
    elif block.type == "provider":
        alias = block.body.attributes.get("alias")
        name = block.labels[0]
        if alias is not None and isinstance(alias.value, tree.Constant):
            name += f".{getattr(alias.value.value, 'value', '')}"
        _add(source.providers, name, block)
    elif block.type in _NOT_READ:
        source.not_read.append(block)
    else:
        target = {"variable": source.variables, "module": source.modules, "output": source.outputs}.get(block.type)
        if target is not None:
            _add(target, block.labels[0], block)


def _add(declared: dict[_Key, tree.Block], key: _Key, block: tree.Block) -> None:
    if key in declared:
        name = " ".join((block.type, *block.labels))
        tree.refuse(f"{name} is declared twice: it was in {declared[key].at}", block.at)
    declared[key] = block


def variable_files(directory: str) -> list[Path]:
    """Give the variable files that Terraform loads by itself, in its order."""
    names = _listing(directory)
    automatic = [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    always = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    return [_check_regular(Path(directory) / name) for name in (*always, *automatic)]
