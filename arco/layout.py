"""The layout of a workspace's bucket: scope, roots, domains and typed keys. The only Python that spells a prefix.

Invariants:

* A key is valid once it exists: no empty part, `/`, `..`, control character, `%` or backslash can enter one. Its fields
  have exactly the types they are declared with, and it has no subclass: nothing can change what it spells later.
* A key knows its root, and nothing about its scope: the storage of one workspace cannot name another's objects.
* What a name means is read by its key's `parse`, never by cutting strings elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final, Self, TypeAlias, final

from arco.errors import InputError

__all__ = [
    "ATTEMPT",
    "CursorKey",
    "Domain",
    "DomainManifestKey",
    "Key",
    "L0Key",
    "LedgerKey",
    "LockKey",
    "ManifestKey",
    "QuarantineKey",
    "Root",
    "RootManifestKey",
    "Scope",
    "SentinelKey",
    "StateKey",
]

ATTEMPT: Final = re.compile(r"[0-9a-z]{16,32}")
"""What `Ids.attempt` mints: fresh randomness in a name, or of a process."""

_SCOPE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NUMBER_MAX = 10**20 - 1
_SHOWN_MAX = 200


class Domain(Enum):
    """An independent chain of segments and manifests."""

    CATALOG = "catalog"
    LINEAGE = "lineage"
    EXECUTIONS = "executions"
    SEARCH = "search"


class Root(Enum):
    """A top folder of the scope: one column of the access matrix."""

    CURSORS = "cursors"
    HEADS = "heads"
    L0 = "l0"
    LEDGER = "ledger"
    LOCKS = "locks"
    MANIFESTS = "manifests"
    QUARANTINE = "quarantine"
    STATE = "state"


class _Sealed:
    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Refuse at run time what a type checker refuses too: a subclass of a final class could spell any path."""
        for base in cls.__bases__:
            if getattr(base, "__final__", False):
                message = f"{base.__name__} has no subclasses"
                raise TypeError(message)


@final
@dataclass(frozen=True, slots=True)
class Scope(_Sealed):
    """A tenant's unit of isolation. Both names match `[a-z0-9][a-z0-9_-]{0,62}`; else InputError."""

    tenant: str
    workspace: str

    def __post_init__(self) -> None:
        """Refuse what could be read as more than one part."""
        _check(_SCOPE_NAME, "tenant", self.tenant)
        _check(_SCOPE_NAME, "workspace", self.workspace)

    @property
    def prefix(self) -> str:
        """What every object name of the workspace begins with."""
        return f"tenant={self.tenant}/workspace={self.workspace}/"


def _shown(value: object) -> str:
    """Spell a refused value without trusting it: Python refuses to spell some numbers, and a stranger spells itself."""
    if type(value) is str:
        return repr(value[:_SHOWN_MAX])
    return repr(value) if type(value) is int and abs(value) <= _NUMBER_MAX else f"a {type(value).__name__}"


def _check(pattern: re.Pattern[str], what: str, value: object) -> None:
    # A subclass of str could format itself as anything.
    if type(value) is not str or not pattern.fullmatch(value):
        message = f"{what} must match {pattern.pattern} value={_shown(value)}"
        raise InputError(message, source=what)


def _check_number(what: str, value: object, least: int) -> None:
    if type(value) is not int or not least <= value <= _NUMBER_MAX:
        message = f"{what} must be a whole number from {least} to {_NUMBER_MAX} value={_shown(value)}"
        raise InputError(message, source=what)


def _check_member(kind: type[Enum], what: str, value: object) -> None:
    if not isinstance(value, kind):
        message = f"{what} must be a {kind.__name__} value={_shown(value)}"
        raise InputError(message, source=what)


def _parts(pattern: str, path: str, what: str) -> re.Match[str]:
    match = re.fullmatch(pattern, path) if type(path) is str else None
    if match is None:
        message = f"not the path of a {what} path={_shown(path)}"
        raise InputError(message, source=what)
    return match


_DOMAIN_PART = rf"(?P<domain>{'|'.join(domain.value for domain in Domain)})"
_ROOT_PART = rf"(?P<root>{'|'.join(root.value for root in Root if root is not Root.MANIFESTS)})"
_NUMBER_PART = r"(?P<number>[0-9]{20})"
_ATTEMPT_PART = rf"(?P<attempt>{ATTEMPT.pattern})"
_TABLE_PART = rf"(?P<table>{_TABLE.pattern})"


@final
@dataclass(frozen=True, slots=True)
class LedgerKey(_Sealed):
    """A segment of events: `ledger/{domain}/{position:020d}.json`, positions from 1."""

    root: ClassVar[Root] = Root.LEDGER
    domain: Domain
    position: int

    def __post_init__(self) -> None:
        """Refuse what is not a position."""
        _check_member(Domain, "domain", self.domain)
        _check_number("position", self.position, 1)

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return f"ledger/{self.domain.value}/{self.position:020d}.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not one of these."""
        match = _parts(rf"ledger/{_DOMAIN_PART}/{_NUMBER_PART}\.json", path, "segment")
        return cls(Domain(match["domain"]), int(match["number"]))


@final
@dataclass(frozen=True, slots=True)
class LockKey(_Sealed):
    """A lease record: `locks/{domain}.lock.json`."""

    root: ClassVar[Root] = Root.LOCKS
    domain: Domain

    def __post_init__(self) -> None:
        """Refuse what is not a domain."""
        _check_member(Domain, "domain", self.domain)

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return f"locks/{self.domain.value}.lock.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not one of these."""
        return cls(Domain(_parts(rf"locks/{_DOMAIN_PART}\.lock\.json", path, "lock")["domain"]))


@final
@dataclass(frozen=True, slots=True)
class RootManifestKey(_Sealed):
    """The static root manifest, which is the sentinel of `manifests/`: `manifests/root.manifest.json`."""

    root: ClassVar[Root] = Root.MANIFESTS

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return "manifests/root.manifest.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not this one."""
        _parts(r"manifests/root\.manifest\.json", path, "root manifest")
        return cls()


@final
@dataclass(frozen=True, slots=True)
class ManifestKey(_Sealed):
    """A link of a domain's chain: `manifests/{domain}/{manifest_id:020d}.manifest.json`, ids from 1."""

    root: ClassVar[Root] = Root.MANIFESTS
    domain: Domain
    manifest_id: int

    def __post_init__(self) -> None:
        """Refuse what is not an id."""
        _check_member(Domain, "domain", self.domain)
        _check_number("manifest_id", self.manifest_id, 1)

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return f"manifests/{self.domain.value}/{self.manifest_id:020d}.manifest.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not one of these."""
        match = _parts(rf"manifests/{_DOMAIN_PART}/{_NUMBER_PART}\.manifest\.json", path, "manifest")
        return cls(Domain(match["domain"]), int(match["number"]))


@final
@dataclass(frozen=True, slots=True)
class DomainManifestKey(_Sealed):
    """The hint to a recent manifest: `heads/{domain}.manifest.json`."""

    root: ClassVar[Root] = Root.HEADS
    domain: Domain

    def __post_init__(self) -> None:
        """Refuse what is not a domain."""
        _check_member(Domain, "domain", self.domain)

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return f"heads/{self.domain.value}.manifest.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not one of these."""
        return cls(Domain(_parts(rf"heads/{_DOMAIN_PART}\.manifest\.json", path, "hint")["domain"]))


@dataclass(frozen=True, slots=True)
class _ArtifactKey(_Sealed):
    """One table of an attempt: `{root}/{domain}/{n:020d}-{attempt}/{table}.parquet`, with `n` from 0."""

    root: ClassVar[Root]
    domain: Domain
    n: int
    attempt: str
    table: str

    def __post_init__(self) -> None:
        """Refuse what could leave its folder."""
        _check_member(Domain, "domain", self.domain)
        _check_number("n", self.n, 0)
        _check(ATTEMPT, "attempt", self.attempt)
        _check(_TABLE, "table", self.table)

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return f"{self.root.value}/{self.domain.value}/{self.n:020d}-{self.attempt}/{self.table}.parquet"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not one of these."""
        pattern = rf"{cls.root.value}/{_DOMAIN_PART}/{_NUMBER_PART}-{_ATTEMPT_PART}/{_TABLE_PART}\.parquet"
        match = _parts(pattern, path, "artifact")
        return cls(Domain(match["domain"]), int(match["number"]), match["attempt"], match["table"])


@final
class L0Key(_ArtifactKey):
    """A delta file: under `l0/`."""

    __slots__ = ()
    root: ClassVar[Root] = Root.L0


@final
class StateKey(_ArtifactKey):
    """A file of the base: under `state/`."""

    __slots__ = ()
    root: ClassVar[Root] = Root.STATE


@final
@dataclass(frozen=True, slots=True)
class QuarantineKey(_Sealed):
    """A copy of what could not be folded: `quarantine/{domain}/{position:020d}-{attempt}.json`."""

    root: ClassVar[Root] = Root.QUARANTINE
    domain: Domain
    position: int
    attempt: str

    def __post_init__(self) -> None:
        """Refuse what is not a position or an attempt."""
        _check_member(Domain, "domain", self.domain)
        _check_number("position", self.position, 1)
        _check(ATTEMPT, "attempt", self.attempt)

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return f"quarantine/{self.domain.value}/{self.position:020d}-{self.attempt}.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not one of these."""
        match = _parts(rf"quarantine/{_DOMAIN_PART}/{_NUMBER_PART}-{_ATTEMPT_PART}\.json", path, "quarantined segment")
        return cls(Domain(match["domain"]), int(match["number"]), match["attempt"])


@final
@dataclass(frozen=True, slots=True)
class CursorKey(_Sealed):
    """Anti-entropy's place in a domain: `cursors/anti_entropy/{domain}.json`."""

    root: ClassVar[Root] = Root.CURSORS
    domain: Domain

    def __post_init__(self) -> None:
        """Refuse what is not a domain."""
        _check_member(Domain, "domain", self.domain)

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return f"cursors/anti_entropy/{self.domain.value}.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises InputError if it is not one of these."""
        return cls(Domain(_parts(rf"cursors/anti_entropy/{_DOMAIN_PART}\.json", path, "cursor")["domain"]))


@final
@dataclass(frozen=True, slots=True)
class SentinelKey(_Sealed):
    """What tells *absent* from *denied* under a root: `{root}/_root.json`; under `manifests/` the root manifest."""

    of: Root

    def __post_init__(self) -> None:
        """Refuse what is not a root."""
        _check_member(Root, "root", self.of)

    @property
    def root(self) -> Root:
        """The root that it stands for."""
        return self.of

    @property
    def path(self) -> str:
        """The object's name within its scope."""
        return RootManifestKey().path if self.of is Root.MANIFESTS else f"{self.of.value}/_root.json"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path, the root manifest's among them. Raises InputError if it is not one of these."""
        match = _parts(rf"{_ROOT_PART}/_root\.json|manifests/root\.manifest\.json", path, "sentinel")
        return cls(Root(match["root"] or Root.MANIFESTS.value))


Key: TypeAlias = (
    LedgerKey
    | LockKey
    | RootManifestKey
    | ManifestKey
    | DomainManifestKey
    | L0Key
    | StateKey
    | QuarantineKey
    | CursorKey
    | SentinelKey
)
