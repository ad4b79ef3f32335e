"""The form of this repository: rooms stay small, names tell, and nothing of the machine it was written on gets in.

Every maximum holds for every file: there is no list of exemptions. What grows beyond one is two things.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tree import files, read, root_entries

ROOT_ENTRIES_MAX = 18
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
TERRAFORM_LINES_MAX = 149
VAGUE = frozenset({"common", "helper", "helpers", "manager", "misc", "util", "utils"})
# Written with brackets so that this file does not find itself.
MACHINE = re.compile(
    r"/[w]ork/|/[f]arm/|/[r]oot/|(?<!emit-)index[-]url|:/[/]pypi|[f]iles\.pythonhosted"
    r"|https?:/[/]registry|[n]pmjs\.(?:com|org)|[d]eb\.debian\.org"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(read(path))) if isinstance(node, Function))


def _lines(function: Function) -> int:
    """Count the lines from `def` to the end, without the docstring's."""
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give each `from module import name` of a file."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((node.module, alias.name) for alias in node.names)


def _defined(path: Path) -> set[str]:
    """Give the public names that a module defines at its top level; what it imports is not its own."""
    names: set[str] = set()
    for node in ast.parse(read(path)).body:
        if isinstance(node, ast.ClassDef | Function):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def _exported(path: Path) -> set[str] | None:
    """Give what `__all__` lists, or None without it."""
    for node in ast.parse(read(path)).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return set(ast.literal_eval(node.value))
    return None


def test_root_is_quiet() -> None:
    """The root shows at most 18 entries."""
    assert len(root_entries()) <= ROOT_ENTRIES_MAX, root_entries()


def test_names_tell() -> None:
    """No module, folder or file of the code has a name that could hold anything."""
    vague = [str(path) for path in files(".py") if VAGUE & {part.strip("_") for part in path.with_suffix("").parts}]

    assert not vague


def test_files_are_small() -> None:
    """No Python file has more than 400 lines."""
    lengths = {str(path): len(read(path).splitlines()) for path in files(".py")}

    assert not {path: lines for path, lines in lengths.items() if lines > FILE_LINES_MAX}


def test_functions_are_small() -> None:
    """No function has more than 60 lines, its docstring not counted."""
    lengths = {f"{path}:{node.lineno} {node.name}": _lines(node) for path in files(".py") for node in _functions(path)}

    assert lengths
    assert not {place: lines for place, lines in lengths.items() if lines > FUNCTION_LINES_MAX}


def test_terraform_files_are_small() -> None:
    """A Terraform file of one topic has fewer than 150 lines."""
    lengths = {str(path): len(read(path).splitlines()) for path in files(".tf", ".tfvars")}

    assert not {path: lines for path, lines in lengths.items() if lines > TERRAFORM_LINES_MAX}


def test_packages_export_through_all() -> None:
    """A package that imports or defines anything has an `__all__`, which lists all that it defines in public."""
    packages = [path for path in files("__init__.py") if path.parts[0] == "arco" and (*_imports(path), *_defined(path))]
    wrong = {str(path): sorted(_defined(path) - (_exported(path) or set())) for path in packages if _defined(path)}
    silent = [str(path) for path in packages if _exported(path) is None]

    assert packages
    assert not silent
    assert not {path: names for path, names in wrong.items() if names}


def test_private_modules_stay_private() -> None:
    """Nothing outside a package imports its `_module`s, nor a `_name` of anybody's."""
    trespasses: list[str] = []
    for path in (path for path in files(".py") if path.parts[0] == "arco"):
        package = ".".join(path.parent.parts)
        for module, name in _imports(path):
            parts = f"{module}.{name}".split(".") if module.startswith("arco") else []
            private = next((index for index, part in enumerate(parts) if re.match(r"_[^_]", part)), None)
            if private is not None and not f"{package}.".startswith(".".join(parts[:private]) + "."):
                trespasses.append(f"{path}: {module}.{name}")

    assert not trespasses


def test_nothing_names_a_machine() -> None:
    """No file holds a path of the machine it was written on, nor the host of a package index."""
    found = [
        f"{path}:{number}: {match.group()}"
        for path in files()
        for number, line in enumerate(read(path).splitlines(), 1)
        if (match := MACHINE.search(line)) is not None
    ]

    assert not found


def test_ci_runs_only_targets_of_the_makefile() -> None:
    """Whatever continuous integration does, anybody can do by the same name."""
    text = read(Path(".ci/run"))
    commands = [line for line in text.splitlines() if line and not line.startswith(("#", "set ", "cd ", "export CI="))]

    assert commands == ["make gate", "make check"]


def test_ci_counts_skips() -> None:
    """With CI=true a skip without a reason on record is red, wherever the script runs."""
    assert "export CI=true" in read(Path(".ci/run")).splitlines()
