"""The files of this repository, as the checks of its form see them: no caches, no environments, git not needed."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["ROOT", "files", "read", "root_entries"]

ROOT = Path(__file__).resolve().parent.parent

_HIDDEN_BUT_OURS = frozenset({".ci"})
_GENERATED = frozenset({"__pycache__"})


def root_entries() -> list[str]:
    """Give what `ls` shows."""
    names = (path.name for path in ROOT.iterdir())
    return sorted(name for name in names if not name.startswith(".") and name not in _GENERATED)


def _is_ours(folder: str) -> bool:
    return folder in _HIDDEN_BUT_OURS or not (folder.startswith(".") or folder in _GENERATED)


def files(*suffixes: str) -> list[Path]:
    """Give every file, relative to the root, that ends in one of `suffixes` (or in anything); never an empty list."""
    found: list[Path] = []
    for directory, folders, names in os.walk(ROOT):
        folders[:] = sorted(filter(_is_ours, folders))
        found += [(Path(directory) / name).relative_to(ROOT) for name in sorted(names)]
    chosen = [path for path in found if not suffixes or path.name.endswith(suffixes)]
    assert chosen, f"no file in the tree ends in {' or '.join(suffixes)}"
    return chosen


def read(path: Path) -> str:
    """Give the text of a file that `files` named; undecodable bytes become U+FFFD."""
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")
