"""What the folder asks of the disk, one durable step at a time.

Invariants:

* Every path is relative to the folder, and no step follows a symbolic link below it: nothing outside is touched.
* Nothing is durable because it was written: bytes are after `fsync`, a name is after `fsync_directory` of the
  directory that holds it, and only if that directory is durable itself.

On trust: a `rename` replaces its target at once, a synced write survives, and a failed sync is reported. Linux and its
usual file systems do this. On macOS `fsync` does not empty the drive's cache.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, final

__all__ = ["Files", "SystemFiles"]

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_BELOW = os.O_NOFOLLOW | os.O_CLOEXEC


class Files(Protocol):
    """The files of one folder. Paths are relative, with `/`; the empty path is the folder. Methods raise OSError."""

    def make_root(self) -> None:
        """Make the folder; being there already is fine."""
        ...

    def fsync_root_name(self) -> None:
        """Make the folder's own name durable in its parent."""
        ...

    def entries(self) -> list[str]:
        """Give the names that stand directly in the folder."""
        ...

    def scan(self, directory: str) -> Iterator[str]:
        """Give the path of everything below `directory` that is no directory, links among them."""
        ...

    def mkdir(self, directory: str) -> None:
        """Make one directory; being there already is fine."""
        ...

    def fsync_directory(self, directory: str) -> None:
        """Make the names in `directory` durable: those that were added, replaced and removed."""
        ...

    def write(self, file: str, data: bytes) -> None:
        """Write a file from its beginning, and end it there. Nothing of it is durable yet."""
        ...

    def fsync(self, file: str) -> None:
        """Make the bytes of `file` durable. Its name is not."""
        ...

    def rename(self, source: str, target: str) -> None:
        """Give a file another name, at once, in the place of whatever file has it."""
        ...

    def unlink(self, file: str) -> None:
        """Remove a file; absent is fine."""
        ...

    def read(self, file: str, start: int, end: int | None) -> tuple[int, bytes]:
        """Give the size of a file, and its bytes [start, end), clamped; to its end with None."""
        ...


@final
class SystemFiles:
    """The files of this machine, each reached component by component from the folder."""

    def __init__(self, root: Path) -> None:
        """Take the folder, which need not exist. A link that leads to it is followed, once, here."""
        self._root = root.resolve()

    def make_root(self) -> None:
        """Make the folder, but not its parent."""
        self._root.mkdir(exist_ok=True)

    def fsync_root_name(self) -> None:
        """Sync the parent."""
        descriptor = os.open(self._root.parent, _DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def entries(self) -> list[str]:
        """List the folder."""
        return [path.name for path in self._root.iterdir()]

    def scan(self, directory: str) -> Iterator[str]:
        """Walk depth first; a link to a directory is given, not entered."""
        with self._directory(directory) as descriptor, os.scandir(descriptor) as found:
            entries = [(f"{directory}/{entry.name}", entry.is_dir(follow_symlinks=False)) for entry in found]
        for path, is_directory in entries:
            if is_directory:
                yield from self.scan(path)
            else:
                yield path

    def mkdir(self, directory: str) -> None:
        """Make one directory in its parent, which must be there."""
        with self._parent(directory) as (parent, name):
            try:
                os.mkdir(name, dir_fd=parent)
            except FileExistsError:
                # Whatever has the name must be a directory: the next step through it says so.
                return

    def fsync_directory(self, directory: str) -> None:
        """Sync the directory's descriptor."""
        with self._directory(directory) as descriptor:
            os.fsync(descriptor)

    def write(self, file: str, data: bytes) -> None:
        """Write all of it, however often the kernel takes a part."""
        with self._file(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]

    def fsync(self, file: str) -> None:
        """Sync the file's descriptor; whichever descriptor wrote the bytes, they are the file's."""
        with self._file(file, os.O_WRONLY) as descriptor:
            os.fsync(descriptor)

    def rename(self, source: str, target: str) -> None:
        """Rename, from directory to directory if need be."""
        with self._parent(source) as (source_parent, source_name), self._parent(target) as (target_parent, target_name):
            os.rename(source_name, target_name, src_dir_fd=source_parent, dst_dir_fd=target_parent)

    def unlink(self, file: str) -> None:
        """Remove the name; a link is removed, not what it leads to."""
        try:
            with self._parent(file) as (parent, name):
                os.unlink(name, dir_fd=parent)
        except FileNotFoundError:
            return

    def read(self, file: str, start: int, end: int | None) -> tuple[int, bytes]:
        """Read a regular file; anything else has size -1."""
        with self._file(file, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return -1, b""
            parts: list[bytes] = []
            stop = status.st_size if end is None else min(end, status.st_size)
            while start < stop and (part := os.pread(descriptor, stop - start, start)):
                parts.append(part)
                start += len(part)
            return status.st_size, b"".join(parts)

    @contextmanager
    def _directory(self, path: str) -> Iterator[int]:
        """Open a directory of the folder, refusing links on the way (OSError: ELOOP or ENOTDIR)."""
        descriptor = os.open(self._root, _DIRECTORY)
        try:
            for part in filter(None, path.split("/")):
                above, descriptor = descriptor, os.open(part, _DIRECTORY | _BELOW, dir_fd=descriptor)
                os.close(above)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        directory, _, name = path.rpartition("/")
        with self._directory(directory) as descriptor:
            yield descriptor, name

    @contextmanager
    def _file(self, path: str, flags: int) -> Iterator[int]:
        with self._parent(path) as (parent, name):
            descriptor = os.open(name, flags | _BELOW, 0o666, dir_fd=parent)
            try:
                yield descriptor
            finally:
                os.close(descriptor)
