"""Typed keys: each spells one path, and nothing that could leave its folder gets into one."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from enum import Enum

import pytest

from arco.errors import InputError
from arco.layout import (
    CursorKey,
    Domain,
    DomainManifestKey,
    Key,
    L0Key,
    LedgerKey,
    LockKey,
    ManifestKey,
    QuarantineKey,
    Root,
    RootManifestKey,
    Scope,
    SentinelKey,
    StateKey,
)
from arco.storage.bucket import NAME_BYTES_MAX
from tests.fakes.keys import GOLDEN, KINDS, Golden

ATTEMPT = "01h7zzzzzzzzzzzzzzzzzzzzzz"
NUMBER_MAX = 10**20 - 1
LONGEST = Scope("t" * 63, "w" * 63)


class Liar(str):
    """Text that is harmless to look at, and becomes another path when it is put into one."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        """Leave the folder."""
        return "../../locks/catalog"

    def __str__(self) -> str:
        """Leave the folder."""
        return "../../locks/catalog"


class Number(int):
    """A number that is spelled as a path."""

    def __format__(self, spec: str) -> str:
        """Leave the folder."""
        return "../../locks/catalog"


class Other(Enum):
    """Looks like a domain, and like a root."""

    CATALOG = "catalog"
    STATE = "state"


class Rude:
    """A stranger that cannot even be shown."""

    def __repr__(self) -> str:
        """Fail."""
        raise AssertionError


# Every way to give an attempt, a table, a number or a name to something.
TEXTS: dict[str, Callable[[str], object]] = {
    "l0 attempt": lambda text: L0Key(Domain.CATALOG, 1, text, "tables"),
    "state attempt": lambda text: StateKey(Domain.CATALOG, 1, text, "tables"),
    "quarantine attempt": lambda text: QuarantineKey(Domain.CATALOG, 1, text),
    "l0 table": lambda text: L0Key(Domain.CATALOG, 1, ATTEMPT, text),
    "state table": lambda text: StateKey(Domain.CATALOG, 1, ATTEMPT, text),
    "tenant": lambda text: Scope(text, "prod"),
    "workspace": lambda text: Scope("acme", text),
}
NUMBERS: dict[str, tuple[int, Callable[[int], object]]] = {
    "ledger": (1, lambda number: LedgerKey(Domain.CATALOG, number)),
    "manifest": (1, lambda number: ManifestKey(Domain.CATALOG, number)),
    "quarantine": (1, lambda number: QuarantineKey(Domain.CATALOG, number, ATTEMPT)),
    "l0": (0, lambda number: L0Key(Domain.CATALOG, number, ATTEMPT, "tables")),
    "state": (0, lambda number: StateKey(Domain.CATALOG, number, ATTEMPT, "tables")),
}
DOMAINS: list[Callable[[Domain], object]] = [
    lambda domain: LedgerKey(domain, 1),
    LockKey,
    lambda domain: ManifestKey(domain, 1),
    DomainManifestKey,
    lambda domain: L0Key(domain, 1, ATTEMPT, "tables"),
    lambda domain: StateKey(domain, 1, ATTEMPT, "tables"),
    lambda domain: QuarantineKey(domain, 1, ATTEMPT),
    CursorKey,
]
FORBIDDEN = [
    *"/\\%.:*?\"'<>|{}$~ \t\r\n\0\x1b\x7f\u0085\u2028",
    "..",
    "%2f",
    "A",
    "é",
    "ß",
    "\u0661",
    "\uff11",
    "\ud800",
]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.path)
def test_key_spells_exactly_its_path(golden: Golden) -> None:
    """Each key of the golden table has the path that people wrote there."""
    assert golden.key.path == golden.path


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.path)
def test_path_reads_back_as_its_key(golden: Golden) -> None:
    """A kind's `parse` gives the key that spelled the path."""
    assert type(golden.key).parse(golden.path) == golden.key


def test_golden_table_has_every_kind_root_and_domain() -> None:
    """No kind of key, no root and no domain is left out of the table."""
    keys = [golden.key for golden in GOLDEN]

    assert {type(key) for key in keys} == set(KINDS)
    assert {key.of for key in keys if isinstance(key, SentinelKey)} == set(Root)
    assert {getattr(key, "domain", Domain.CATALOG) for key in keys} == set(Domain)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.path)
def test_path_lies_under_the_root_of_its_key(golden: Golden) -> None:
    """A key says under which root it is, and its path agrees."""
    assert golden.path.partition("/")[0] == golden.key.root.value


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.path)
def test_no_other_kind_reads_the_path(golden: Golden) -> None:
    """A path means one kind; only the root manifest is two things, itself and the sentinel of its root."""
    readers: set[type[Key]] = set()
    for kind in KINDS:
        try:
            kind.parse(golden.path)
        except InputError:
            continue
        readers.add(kind)

    alias = {RootManifestKey, SentinelKey} if golden.path == RootManifestKey().path else set()
    assert readers == alias | {type(golden.key)}


def test_keys_of_different_kinds_are_never_equal() -> None:
    """Not even with the same fields, or the same path: all keys of the table are different members of one set."""
    assert len({golden.key for golden in GOLDEN}) == len(GOLDEN)
    assert len({DomainManifestKey(Domain.CATALOG), LockKey(Domain.CATALOG), CursorKey(Domain.CATALOG)}) == 3


@pytest.mark.parametrize("key", [*(golden.key for golden in GOLDEN), LONGEST], ids=repr)
def test_key_cannot_be_changed(key: Key | Scope) -> None:
    """Fields are frozen, and there is no dictionary for others."""
    for field in dataclasses.fields(key):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(key, field.name, "..")
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize("key", [*(golden.key for golden in GOLDEN), LONGEST], ids=repr)
def test_copies_are_equal(key: Key | Scope) -> None:
    """Copy and pickle give an equal key, with the same hash."""
    copies = {copy.copy(key), copy.deepcopy(key), pickle.loads(pickle.dumps(key))}  # noqa: S301 our own bytes

    assert copies == {key}


def test_replacing_a_field_is_checked() -> None:
    """`dataclasses.replace` is no way around the construction."""
    with pytest.raises(InputError):
        dataclasses.replace(StateKey(Domain.CATALOG, 1, ATTEMPT, "tables"), table="../tables")


@pytest.mark.parametrize("kind", [*KINDS, Scope], ids=lambda kind: kind.__name__)
def test_kind_has_no_subclass(kind: type) -> None:
    """A subclass could spell any path, so there is none at run time either."""
    with pytest.raises(TypeError, match=f"{kind.__name__} has no subclasses"):
        type("Evil", (kind,), {"path": "../../locks/catalog.lock.json"})


@pytest.mark.parametrize("bad", FORBIDDEN, ids=ascii)
@pytest.mark.parametrize("what", TEXTS)
def test_forbidden_character_is_refused_wherever_it_stands(what: str, bad: str) -> None:
    """First, last or in between: none gets in, and the error names the part."""
    for text in (bad + ATTEMPT, ATTEMPT[:8] + bad + ATTEMPT[8:], ATTEMPT + bad):
        with pytest.raises(InputError) as caught:
            TEXTS[what](text)
        assert caught.value.source == what.rpartition(" ")[2]


@pytest.mark.parametrize(
    "text", ["", ".", "..", "../..", "a/b", "-", "_", "a" * 64, "a" * 1_000_000], ids=lambda t: t[:9]
)
@pytest.mark.parametrize("what", TEXTS)
def test_part_that_is_none_is_refused(what: str, text: str) -> None:
    """Empty parts, dots, separators, and what is too long."""
    with pytest.raises(InputError):
        TEXTS[what](text)


@pytest.mark.parametrize("text", ["a" * 15, "a" * 33, "a" * 16 + "_", "a" * 16 + "-"])
def test_attempt_of_another_form_is_refused(text: str) -> None:
    """16 to 32 characters, digits and lower-case letters only: `-` ends the number before it."""
    with pytest.raises(InputError):
        QuarantineKey(Domain.CATALOG, 1, text)


@pytest.mark.parametrize("text", ["0a", "_a", "a-b"])
def test_table_of_another_form_is_refused(text: str) -> None:
    """A letter first, and no `-`."""
    with pytest.raises(InputError):
        StateKey(Domain.CATALOG, 1, ATTEMPT, text)


@pytest.mark.parametrize(
    "text", [Liar(ATTEMPT), ATTEMPT.encode(), bytearray(b"a" * 16), 1, True, None, [ATTEMPT], Rude()], ids=type
)
@pytest.mark.parametrize("what", TEXTS)
def test_what_is_not_a_plain_string_is_refused(what: str, text: str) -> None:
    """Nor is a subclass of str: it could be spelled as anything when the path is."""
    with pytest.raises(InputError):
        TEXTS[what](text)


@pytest.mark.parametrize(
    "number", [True, Number(7), 7.0, "7", b"7", None, -1, NUMBER_MAX + 1, 10**5000, -(10**5000), Rude()], ids=type
)
@pytest.mark.parametrize("what", NUMBERS)
def test_what_is_not_a_plain_number_is_refused(what: str, number: int) -> None:
    """Booleans, subclasses of int, other types, and more than 20 digits (of 5,000, Python cannot even print them)."""
    with pytest.raises(InputError):
        NUMBERS[what][1](number)


@pytest.mark.parametrize("what", NUMBERS)
def test_numbers_begin_where_the_protocol_says(what: str) -> None:
    """Positions and manifests count from 1; artifacts may be written before the first manifest."""
    least, build = NUMBERS[what]

    assert build(least) != build(NUMBER_MAX)
    with pytest.raises(InputError):
        build(least - 1)


@pytest.mark.parametrize("domain", ["catalog", Other.CATALOG, Root.STATE, Domain, None, 1, Rude()], ids=type)
@pytest.mark.parametrize("build", DOMAINS)
def test_what_is_not_a_domain_is_refused(build: Callable[[Domain], object], domain: Domain) -> None:
    """Neither its value, nor a member of another enumeration with the same value."""
    with pytest.raises(InputError):
        build(domain)


@pytest.mark.parametrize("root", ["state", Other.STATE, Domain.CATALOG, Root, None, Rude()], ids=type)
def test_what_is_not_a_root_has_no_sentinel(root: Root) -> None:
    """Neither its value, nor a member of another enumeration with the same value."""
    with pytest.raises(InputError):
        SentinelKey(root)


@pytest.mark.parametrize(
    "path", [b"locks/catalog.lock.json", None, 7, Liar("locks/catalog.lock.json"), Rude()], ids=type
)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_not_a_plain_string_is_no_path(kind: type[Key], path: str) -> None:
    """`parse` reads text, and nothing that only looks like it."""
    with pytest.raises(InputError):
        kind.parse(path)


def test_error_of_a_huge_value_is_short() -> None:
    """A refused value does not fill the log."""
    with pytest.raises(InputError) as scope:
        Scope("A" * 1_000_000, "prod")
    with pytest.raises(InputError) as path:
        LockKey.parse("A" * 1_000_000)

    assert len(str(scope.value)) < 500
    assert len(str(path.value)) < 500


@pytest.mark.parametrize("name", ["a", "0", "a-b", "a_b", "a" * 63, "acme-2"])
def test_scope_takes_every_name_of_its_pattern(name: str) -> None:
    """A tenant's and a workspace's name become parts of the prefix as they are."""
    assert Scope(name, name).prefix == f"tenant={name}/workspace={name}/"


def test_longest_names_fit() -> None:
    """The longest path of the longest scope is a legal object name."""
    longest: list[Key] = [
        LedgerKey(Domain.EXECUTIONS, NUMBER_MAX),
        ManifestKey(Domain.EXECUTIONS, NUMBER_MAX),
        QuarantineKey(Domain.EXECUTIONS, NUMBER_MAX, "z" * 32),
        StateKey(Domain.EXECUTIONS, NUMBER_MAX, "z" * 32, "z" * 63),
        CursorKey(Domain.EXECUTIONS),
    ]

    assert max(len((LONGEST.prefix + key.path).encode()) for key in longest) <= NAME_BYTES_MAX
