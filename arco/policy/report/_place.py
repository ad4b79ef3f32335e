"""Where a finding stands, for readers that have the repository and not the working directory."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

__all__ = ["inside", "uri"]


def inside(file: str, root: str) -> str | None:
    """Give the path of `file` relative to `root`, with slashes, or None where it is not below it."""
    path = Path(_absolute(file))
    return path.relative_to(root).as_posix() if root and path.is_relative_to(root) else None


def uri(file: str, root: str) -> str:
    """Give `file` as a reference relative to `root`, or as an absolute URI where it is not below it."""
    relative = inside(file, root)
    if relative is not None:
        return _quoted(relative)
    return f"file://{_quoted(Path(_absolute(file)).as_posix())}"


def _absolute(file: str) -> str:
    import os.path  # noqa: PLC0415 (its abspath takes `..` away without asking the file system, and pathlib does not)

    return os.path.abspath(file)  # noqa: PTH100 (as above)


def _quoted(path: str) -> str:
    return quote(path.encode(errors="surrogatepass"))
