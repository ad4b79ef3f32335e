"""The table of planted violations: what one row says, and how it is read.

A violation is one edit of one file, the check that must then fail, and words that its output must hold, so that it
fails for the right reason. Rows stand in the `.toml` files beside this one; `README.md` explains them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

__all__ = ["Edit", "TableError", "Violation", "load"]

HERE = Path(__file__).resolve().parent
KEYS = frozenset({"id", "check", "expect", "sample", "file", "find", "replace", "append", "create", "delete", "times"})


class TableError(Exception):
    """A row proves nothing as it stands: correct the row."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of `file`: exactly one of replacing `find`, appending, creating and deleting.

    Appending and creating happen `times` times; in the name of a created file `{n}` is the number, from 0.
    """

    file: str
    find: str | None = None
    replace: str | None = None
    append: str | None = None
    create: str | None = None
    delete: bool = False
    times: int = 1

    def apply(self, root: Path) -> None:
        """Change the copy under `root`. Raises TableError if the file is not as the edit expects it."""
        for number in range(self.times if self.create is not None else 1):
            self._apply_once(root / self.file.replace("{n}", str(number)))

    def _apply_once(self, path: Path) -> None:
        if path.exists() == (self.create is not None):
            message = f"the file {'exists already' if path.exists() else 'does not exist'} file={path.name}"
            raise TableError(message)
        if self.create is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.create, encoding="utf-8")
        elif self.delete:
            path.unlink()
        else:
            path.write_text(self._changed(path.read_text(encoding="utf-8")), encoding="utf-8")

    def _changed(self, text: str) -> str:
        if self.append is not None:
            return text + self.append * self.times
        find, replace = self.find or "", self.replace or ""
        if text.count(find) != 1:
            message = f"the text to replace stands {text.count(find)} times, not once file={self.file} find={find!r}"
            raise TableError(message)
        return text.replace(find, replace)


@dataclass(frozen=True, slots=True)
class Violation:
    """A row: after `edit`, `check` must fail with `expect` in its output."""

    id: str
    check: str
    expect: str
    edit: Edit
    sample: bool


def parse(row: dict[str, Any]) -> Violation:
    """Read one row. Raises TableError if it is incomplete or says more than one thing."""
    name = row.get("id", "?")
    if unknown := sorted(row.keys() - KEYS):
        message = f"a row has keys that nobody reads id={name} keys={unknown}"
        raise TableError(message)
    if missing := sorted({"id", "check", "expect", "file"} - row.keys()):
        message = f"a row is incomplete id={name} missing={missing}"
        raise TableError(message)
    kinds = row.keys() & {"append", "create", "delete", "find"}
    if len(kinds) != 1 or ("find" in row) != ("replace" in row):
        message = f"a row makes one edit: find and replace, append, create or delete id={name}"
        raise TableError(message)
    if not row["expect"].strip() or row.get("find") == "" or row.get("append") == "":
        message = f"an empty text proves nothing id={name}"
        raise TableError(message)
    if PurePosixPath(row["file"]).is_absolute() or ".." in PurePosixPath(row["file"]).parts:
        message = f"the file is outside the tree id={name}"
        raise TableError(message)
    edit = Edit(**{key: row[key] for key in row.keys() - {"id", "check", "expect", "sample"}})
    return Violation(row["id"], row["check"], row["expect"], edit, sample=row.get("sample", False))


def load(folder: Path = HERE) -> list[Violation]:
    """Read every table of `folder`. Raises TableError for a bad row, a repeated id, or no rows at all."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))]
    rows = [parse(row) for table in tables for row in table["planted"]]
    ids = [row.id for row in rows]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        message = f"ids are used more than once ids={repeated}"
        raise TableError(message)
    if not rows:
        message = f"no violations are planted folder={folder.name}"
        raise TableError(message)
    return rows
