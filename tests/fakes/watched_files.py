"""The files of this machine, with a word before each step: to wait there, or to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from arco.storage.folder import Files, SystemFiles

__all__ = ["WatchedFiles", "watched"]


class WatchedFiles:
    """Calls `before(step, path)` and then does the step; what `before` raises happens instead of it."""

    def __init__(self, root: Path, before: Callable[[str, str], None]) -> None:
        """Watch the files of `root`."""
        self._files = SystemFiles(root)
        self._before = before

    def make_root(self) -> None:
        """Make the folder."""
        self._before("make_root", "")
        self._files.make_root()

    def fsync_root_name(self) -> None:
        """Sync the folder's name."""
        self._before("fsync_root_name", "")
        self._files.fsync_root_name()

    def entries(self) -> list[str]:
        """List the folder."""
        return self._files.entries()

    def scan(self, directory: str) -> Iterator[str]:
        """Walk a directory."""
        return self._files.scan(directory)

    def mkdir(self, directory: str) -> None:
        """Make a directory."""
        self._before("mkdir", directory)
        self._files.mkdir(directory)

    def fsync_directory(self, directory: str) -> None:
        """Sync a directory's names."""
        self._before("fsync_directory", directory)
        self._files.fsync_directory(directory)

    def write(self, file: str, data: bytes) -> None:
        """Write a file."""
        self._before("write", file)
        self._files.write(file, data)

    def fsync(self, file: str) -> None:
        """Sync a file's bytes."""
        self._before("fsync", file)
        self._files.fsync(file)

    def rename(self, source: str, target: str) -> None:
        """Rename a file."""
        self._before("rename", target)
        self._files.rename(source, target)

    def unlink(self, file: str) -> None:
        """Remove a file."""
        self._before("unlink", file)
        self._files.unlink(file)

    def read(self, file: str, start: int, end: int | None) -> tuple[int, bytes]:
        """Read a file."""
        self._before("read", file)
        return self._files.read(file, start, end)


def watched(before: Callable[[str, str], None]) -> Callable[[Path], Files]:
    """Give what a bucket takes as its `files`."""
    return lambda root: WatchedFiles(root, before)
