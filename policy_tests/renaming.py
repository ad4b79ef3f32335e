"""Rename what Terraform's authors may name freely: locals, modules, resources, data sources and keys of maps."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Renaming", "copied", "renamed", "renamings"]

_LOCALS = re.compile(r"^locals \{\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r'^module "\w+" \{\n(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
_LOCAL = re.compile(r"^  (\w+) +=", re.MULTILINE)
_BLOCK = re.compile(r'^(?P<kind>module|resource|data) (?:"(?P<type>\w+)" )?"(?P<name>\w+)"', re.MULTILINE)
_NEW = "renamed_by_test"


@dataclass(frozen=True, slots=True)
class Renaming:
    """One name and what must replace it where."""

    label: str
    edits: tuple[tuple[str, str], ...]

    def apply(self, text: str) -> str:
        """Rename in one file."""
        for pattern, replacement in self.edits:
            text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
        return text


def copied(source: Path, target: Path) -> Path:
    """Copy a tree of Terraform, so that a test may change it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".terraform*"))
    return target


def renamed(directory: Path, renamings: Iterable[Renaming]) -> int:
    """Apply renamings to every file below `directory`. Gives how many files changed."""
    chosen, changed = list(renamings), 0
    for path in directory.rglob("*.tf"):
        before = after = path.read_text(encoding="utf-8")
        for renaming in chosen:
            after = renaming.apply(after)
        path.write_text(after, encoding="utf-8")
        changed += after != before
    return changed


def renamings(directory: Path) -> list[Renaming]:
    """Find every name in the sources, and how to rename it."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(directory.rglob("*.tf")))
    bodies = [match["body"] for match in _LOCALS.finditer(text)]
    inputs = {name for match in _CALL.finditer(text) for name in _LOCAL.findall(match["body"])}
    found = [_local(name, is_input=name in inputs) for body in bodies for name in _LOCAL.findall(body)]
    found += [_block(match["kind"], match["type"], match["name"]) for match in _BLOCK.finditer(text)]
    unique = {renaming.label: renaming for renaming in found}
    verbs = [_verb(name) for name in _keys(directory / "roles.tf", r"^    (\w+) = \{$")]
    roots = _keys(directory / "modules" / "workspace" / "iam_conditions.tf", r'^    (\w+) += "')
    return [*unique.values(), _module_key(), *verbs, *(_root(name) for name in roots)]


def _fresh(name: str) -> str:
    return f"{name}_{_NEW}"


def _local(name: str, *, is_input: bool) -> Renaming:
    """Rename a local; a module's input that has its name looks the same, and is renamed with it."""
    new = _fresh(name)
    edits = [(rf"^  {name}( +)=", rf"  {new}\1="), (rf"\blocal\.{name}\b", f"local.{new}")]
    if is_input:
        edits += [(rf'^variable "{name}"', f'variable "{new}"'), (rf"\bvar\.{name}\b", f"var.{new}")]
    return Renaming(f"local.{name}", tuple(edits))


def _block(kind: str, type_: str | None, name: str) -> Renaming:
    new = _fresh(name)
    if kind == "module":
        edits = ((rf'^module "{name}"', f'module "{new}"'), (rf"\bmodule\.{name}\b", f"module.{new}"))
        return Renaming(f"module.{name}", edits)
    prefix = "data." if kind == "data" else ""
    reference = rf"(?<!data\.)\b{type_}\.{name}\b" if kind == "resource" else rf"\bdata\.{type_}\.{name}\b"
    edits = ((rf'^{kind} "{type_}" "{name}"', f'{kind} "{type_}" "{new}"'), (reference, f"{prefix}{type_}.{new}"))
    return Renaming(f"{prefix}{type_}.{name}", edits)


def _module_key() -> Renaming:
    """Spell the keys of the workspaces in another way."""
    edit = (r'"\$\{w\.tenant\}/\$\{w\.workspace\}" => w', '"k-${w.workspace}.${w.tenant}" => w')
    return Renaming("key of module.workspace", (edit,))


def _keys(path: Path, pattern: str) -> list[str]:
    return re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)


def _verb(name: str) -> Renaming:
    """Rename a verb, which is the key of a custom role and of its name."""
    new = _fresh(name)
    edits = (
        (rf"^    {name} = \{{$", f"    {new} = {{"),
        (rf'^(      \w+ += )"{name}"$', rf'\1"{new}"'),
        (rf'\bvar\.(role_names\w*)\["{name}"\]', rf'var.\1["{new}"]'),
    )
    return Renaming(f"verb {name}", edits)


def _root(name: str) -> Renaming:
    """Rename the key by which a grant finds its condition; the folder in the condition keeps its name."""
    return Renaming(f"condition {name}", ((rf'^(    |      ){name}( +)= "', rf'\1{_fresh(name)}\2= "'),))
