"""No two names share a file, no file leaves its folder, and every file system takes the path, whatever the name."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

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
from arco.storage.folder._paths import ENCODED, OBJECTS, decoded, encoded_file, plain_file
from arco.storage.names import check_name

PART_BYTES_MAX = 255

_HOSTILE = ["", ".", "..", "/", "%", "%2f", "+", "@1", "con", "NUL", "\\", "\u0000", "\u00e9", "e\u0301", "K", "\u212a"]
_LEGAL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1, max_size=300),
    st.lists(st.sampled_from([*_HOSTILE, "a", "b", "tenant=acme", "workspace=prod"]), min_size=1, max_size=9).map(
        "/".join
    ),
    st.lists(st.sampled_from([*_HOSTILE, "a" * 199, "ab"]), min_size=1, max_size=5).map("".join),
    st.text("\u00e9/a", min_size=500, max_size=512),
).filter(lambda name: name not in {"", ".", ".."} and len(name.encode()) <= 1024)
_VERSIONS = st.integers(1, 2**63 - 1)

_SCOPES = st.builds(Scope, *[st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)] * 2)
_DOMAINS = st.sampled_from(Domain)
_NUMBERS = st.integers(1, 10**20 - 1)
_ATTEMPTS = st.from_regex(r"[0-9a-z]{16,32}", fullmatch=True)
_TABLES = st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True)
_CREATED_ONCE: st.SearchStrategy[Key] = st.one_of(
    st.builds(LedgerKey, _DOMAINS, _NUMBERS),
    st.builds(ManifestKey, _DOMAINS, _NUMBERS),
    st.builds(RootManifestKey),
    st.builds(L0Key, _DOMAINS, _NUMBERS, _ATTEMPTS, _TABLES),
    st.builds(StateKey, _DOMAINS, _NUMBERS, _ATTEMPTS, _TABLES),
    st.builds(QuarantineKey, _DOMAINS, _NUMBERS, _ATTEMPTS),
    st.builds(SentinelKey, st.sampled_from(Root)),
)
_OVERWRITTEN: st.SearchStrategy[Key] = st.one_of(
    st.builds(LockKey, _DOMAINS), st.builds(DomainManifestKey, _DOMAINS), st.builds(CursorKey, _DOMAINS)
)


@given(_LEGAL, _VERSIONS)
@example("a", 1)
@example("a" * 200, 1)
@example("\u00e9" * 512, 2**63 - 1)
def test_encoding_can_be_undone(name: str, version: int) -> None:
    """The path tells name and version: so it is another for every other name or version."""
    file = encoded_file(check_name(name), version)

    assert decoded(file) == name.encode()
    assert file.rpartition("/@")[2] == str(version)


@given(st.lists(st.tuples(_LEGAL, st.integers(1, 3)), min_size=2, max_size=20))
def test_no_file_stands_where_another_name_needs_a_directory(written: list[tuple[str, int]]) -> None:
    """A name that is the beginning of another's keeps out of its way, where case does not count either."""
    files = {encoded_file(check_name(name), version) for name, version in written}
    directories = {file[:end] for file in files for end, letter in enumerate(file) if letter == "/"}

    assert len({file.casefold() for file in files}) == len(set(written))
    assert not files & directories


@given(_LEGAL, _VERSIONS)
def test_every_file_system_takes_the_path(name: str, version: int) -> None:
    """Each component is short, plain ASCII in small letters, no dot or two, and no word that is reserved."""
    file = encoded_file(check_name(name), version)
    root, *parts, last = file.split("/")

    assert root == ENCODED
    assert parts
    assert last.startswith("@")
    assert all(part.startswith("+") and len(part) <= PART_BYTES_MAX for part in parts)
    assert set("".join(parts)) <= set("+%abcdefghijklmnopqrstuvwxyz0123456789-_=")


@given(_SCOPES, _CREATED_ONCE)
def test_what_is_created_once_keeps_its_path(scope: Scope, key: Key) -> None:
    """A stranger finds an object of the layout by its name, in components that every file system takes."""
    name = f"{scope.prefix}{key.path}"

    assert plain_file(name) == f"{OBJECTS}/{name}"
    assert all(0 < len(part) <= PART_BYTES_MAX and part == part.casefold() for part in name.split("/"))


@given(_SCOPES, _OVERWRITTEN)
def test_what_is_overwritten_has_no_path_of_its_own(scope: Scope, key: Key) -> None:
    """Locks, hints and cursors have one file for each version."""
    assert plain_file(f"{scope.prefix}{key.path}") is None


@given(st.one_of(_LEGAL, st.builds(lambda scope, name: scope.prefix + name, _SCOPES, _LEGAL)))
@example("tenant=a/workspace=b/ledger/catalog/../catalog/00000000000000000001.json")
@example("tenant=../workspace=b/manifests/root.manifest.json")
@example("tenant=a/workspace=b/manifests/root.manifest.json\u0000")
@example("TENANT=a/workspace=b/manifests/root.manifest.json")
@example("tenant=a/workspace=b//manifests/root.manifest.json")
def test_nothing_else_has_a_path_below_objects(name: str) -> None:
    """Only what the layout spells is trusted to be a path; every other name is encoded."""
    file = plain_file(name)

    assert file is None or (file == f"{OBJECTS}/{name}" and not {"", ".", ".."} & set(file.split("/")))


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_what_could_be_a_directory_is_no_name(name: str) -> None:
    """The names that mean a directory never come as far as an encoding."""
    with pytest.raises(InputError):
        check_name(name)
