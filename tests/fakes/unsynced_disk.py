"""A disk that keeps what was synced apart from what was not, and loses as much of the second as the law allows.

The law is POSIX at its worst. Bytes are safe after `fsync` of their file; a name, its removal or its new owner after
`fsync_directory` of the directory that holds it. Everything else survives a power cut or does not, each step for
itself: a later one without an earlier one, half of a rename, half of a file's bytes. What stands in a directory whose
own name was lost is lost with it. A process that is killed loses nothing: the kernel still knows what it did.

SQLite is not on this disk: its commit is taken to be atomic and durable.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, final

__all__ = ["DeathError", "Disk", "MortalFiles"]

_EXHAUSTIVE: Final = 4


class DeathError(BaseException):
    """The process was killed, or the power failed. No handler of errors catches it."""


@dataclass(eq=False, slots=True)
class _File:
    data: bytes
    synced: bytes = b""


class _Directory:
    """A directory: what stands in it is told by paths."""


_Node = _File | _Directory


@dataclass(frozen=True, slots=True)
class _Step:
    """A name that was given to a node, or taken away (None), and has not been synced."""

    path: str
    node: _Node | None

    def __str__(self) -> str:
        return f"{'-' if self.node is None else '+'}{self.path}"


def _above(path: str) -> str:
    return path.rpartition("/")[0]


@final
@dataclass(eq=False, slots=True)
class Disk:
    """What every process sees, what the platter has, and the steps between them. The folder itself has the path ""."""

    live: dict[str, _Node] = field(default_factory=dict[str, _Node])
    durable: dict[str, _Node] = field(default_factory=dict[str, _Node])
    pending: list[_Step] = field(default_factory=list[_Step])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def name(self, path: str, node: _Node | None) -> None:
        """Give a name away, or take it back, for all to see; the platter does not know yet."""
        if path and not isinstance(self.live.get(_above(path)), _Directory):
            raise FileNotFoundError(path)
        if node is None:
            del self.live[path]
        else:
            self.live[path] = node
        self.pending.append(_Step(path, node))

    def sync_names(self, directory: str | None) -> None:
        """Bring the names of one directory to the platter, in order; None is the parent of the folder."""
        mine = [step for step in self.pending if (_above(step.path) if step.path else None) == directory]
        for step in mine:
            _apply(self.durable, step)
            self.pending.remove(step)

    def files(self) -> dict[str, bytes]:
        """Give every file that can be seen, with its bytes."""
        return {path: node.data for path, node in self.live.items() if isinstance(node, _File)}

    def outcomes(self) -> Iterator[tuple[str, Disk]]:
        """Give each disk that a power cut now may leave, with words that say what survived.

        The last steps survive in every combination, all older ones together or not at all; bytes that were not synced
        are whole, half or none.
        """
        old, recent = self.pending[:-_EXHAUSTIVE], self.pending[-_EXHAUSTIVE:]
        torn = sorted(
            (path for path, node in self.live.items() if isinstance(node, _File) and node.data != node.synced)
        )
        for with_old, kept, share in itertools.product(
            (False, True) if old else (False,),
            itertools.product((False, True), repeat=len(recent)),
            (0.0, 0.5, 1.0) if torn else (0.0,),
        ):
            steps = [*(old if with_old else []), *itertools.compress(recent, kept)]
            yield f"survived={' '.join(map(str, steps))} bytes={share}", self._after(steps, share)

    def _after(self, steps: Sequence[_Step], share: float) -> Disk:
        found = dict(self.durable)
        for step in steps:
            _apply(found, step)
        reachable: dict[str, _Node] = {}
        twins: dict[int, _File] = {}
        for path in sorted(found):
            if path and not isinstance(reachable.get(_above(path)), _Directory):
                continue
            node = found[path]
            reachable[path] = twins.setdefault(id(node), _left(node, share)) if isinstance(node, _File) else node
        return Disk(dict(reachable), dict(reachable))


def _left(file: _File, share: float) -> _File:
    """Give what is left of a file: its synced bytes, unless a share of those that were not got through."""
    left = file.synced if file.data == file.synced or not share else file.data[: int(len(file.data) * share)]
    return _File(left, left)


def _apply(names: dict[str, _Node], step: _Step) -> None:
    if step.node is None:
        names.pop(step.path, None)
    else:
        names[step.path] = step.node


@final
class MortalFiles:
    """The files of one process on a `Disk`, which dies at its moment number `dies_at`, counted from 0.

    There is a moment after every step. What a bucket does first after a commit (making a directory, writing, removing)
    has one before it too, so that it dies on either side of each commit.
    """

    def __init__(self, disk: Disk, dies_at: int | None = None) -> None:
        """Share the disk with other processes; None lives for ever."""
        self.disk = disk
        self.moments = 0
        self._dies_at = dies_at

    @contextmanager
    def _step(self, *, first: bool = False) -> Iterator[None]:
        if first:
            self._pass()
        with self.disk.lock:
            yield
        self._pass()

    def _pass(self) -> None:
        if self._dies_at is not None and self.moments >= self._dies_at:
            message = f"at moment {self.moments}"
            raise DeathError(message)
        self.moments += 1

    def make_root(self) -> None:
        """Make the folder, unless it is there."""
        with self._step(first=True):
            if "" not in self.disk.live:
                self.disk.name("", _Directory())

    def fsync_root_name(self) -> None:
        """Sync the folder's name."""
        with self._step():
            self.disk.sync_names(None)

    def entries(self) -> list[str]:
        """Give what stands in the folder."""
        return [path for path in self.disk.live if path and "/" not in path]

    def scan(self, directory: str) -> Iterator[str]:
        """Give the files below a directory."""
        yield from [path for path in self.disk.files() if path.startswith(f"{directory}/")]

    def mkdir(self, directory: str) -> None:
        """Make a directory, unless it is there."""
        with self._step(first=True):
            if directory not in self.disk.live:
                self.disk.name(directory, _Directory())

    def fsync_directory(self, directory: str) -> None:
        """Sync the names in a directory."""
        with self._step():
            if not isinstance(self.disk.live.get(directory), _Directory):
                raise FileNotFoundError(directory)
            self.disk.sync_names(directory)

    def write(self, file: str, data: bytes) -> None:
        """Write a file; an old one keeps its identity."""
        with self._step(first=True):
            node = self.disk.live.get(file)
            if isinstance(node, _File):
                node.data = data
            else:
                self.disk.name(file, _File(data))

    def fsync(self, file: str) -> None:
        """Sync a file's bytes."""
        with self._step():
            node = self._file(file)
            node.synced = node.data

    def rename(self, source: str, target: str) -> None:
        """Rename a file; on the platter its two halves have nothing to do with each other."""
        with self._step():
            node = self._file(source)
            self.disk.name(target, node)
            self.disk.name(source, None)

    def unlink(self, file: str) -> None:
        """Remove a file, if it is there."""
        with self._step(first=True):
            if file in self.disk.live:
                self.disk.name(file, None)

    def read(self, file: str, start: int, end: int | None) -> tuple[int, bytes]:
        """Read what every process sees."""
        with self.disk.lock:
            data = self._file(file).data
        return len(data), data[start:end]

    def _file(self, path: str) -> _File:
        node = self.disk.live.get(path)
        if not isinstance(node, _File):
            raise FileNotFoundError(path)
        return node
