"""Typed keys for any input: what reads back is what was spelled, and hostile paths mean nothing."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arco.errors import InputError
from arco.layout import Domain, Key, L0Key, Root, RootManifestKey, Scope, SentinelKey, StateKey
from arco.storage.bucket import NAME_BYTES_MAX
from tests.fakes.keys import KEYS, KINDS, SCOPES

# What somebody would smuggle into a path, among it what other programs take for a digit, a dot or a slash.
SMUGGLED = st.sampled_from(
    [
        *"/\\.%\n\r\0\t -_0aA",
        "..",
        "../",
        "/../",
        "//",
        "%2F",
        "%2e%2e",
        "\u0661",
        "\uff11",
        "\u2024",
        "\u2215",
        "\uff0f",
        "\ufeff",
    ]
)
# Names that begin like each other, so that a prefix without its final slash would reach the neighbour.
_NEAR = st.text("a-", max_size=2).map("a{}".format)
NEIGHBOURS = st.builds(Scope, _NEAR, _NEAR)
SCOPE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)


def _read(path: str) -> list[Key]:
    """Give what each kind makes of a path; the kinds that refuse it give nothing."""
    keys: list[Key] = []
    for kind in KINDS:
        with contextlib.suppress(InputError):
            keys.append(kind.parse(path))
    return keys


def _hostile(path: str) -> Iterator[str]:
    """Give what a path becomes when somebody tries."""
    yield from (path + end for end in ("\n", "\r\n", "/", "\0", " ", ".", ".json", "/..", "/_root.json"))
    yield from (start + path for start in ("/", "./", "../", " ", "\n", "\ufeff", "tenant=a/workspace=b/"))
    yield from (path.replace("/", other, 1) for other in ("//", "/./", "/../", "\\", "%2F", "%2f", "\u2215", ""))
    yield from (path.replace(".", other) for other in ("..", "%2E", "x", "\u2024", ""))
    yield from (path.upper(), path.title(), "", path.partition("/")[2], path.rpartition("/")[0])
    if number := re.search(r"[0-9]{20}", path):
        before, digits, after = path[: number.start()], number.group(), path[number.end() :]
        arabic = digits.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})
        longer = (f"0{digits}", f"{digits}0", digits[1:], f"+{digits[1:]}", f"-{digits[1:]}", f" {digits[1:]}")
        yield from (before + other + after for other in (arabic, *longer, f"{digits[:9]}_{digits[10:]}", "x" * 20))


@given(KEYS)
def test_path_reads_back_as_its_key(key: Key) -> None:
    """For every key of every kind."""
    assert type(key).parse(key.path) == key


@given(KEYS)
def test_path_means_one_kind(key: Key) -> None:
    """No path of one kind is read by another; only the root manifest is the sentinel of its root besides."""
    alias = {RootManifestKey, SentinelKey} if key.path == RootManifestKey().path else set()

    assert {type(read) for read in _read(key.path)} == alias | {type(key)}


@given(KEYS, KEYS)
def test_keys_are_equal_if_kind_and_path_are(one: Key, other: Key) -> None:
    """No two keys of a kind share an object, and equal ones have one hash."""
    assert (one == other) is (type(one) is type(other) and one.path == other.path)
    assert one != other or hash(one) == hash(other)


@given(KEYS)
def test_hostile_path_is_no_path(key: Key) -> None:
    """Other ends, starts, separators, dots, cases and digits: nobody reads any of it."""
    for path in _hostile(key.path):
        assert not _read(path), path


@given(KEYS, st.data())
def test_smuggled_text_is_spelled_or_refused(key: Key, data: st.DataObject) -> None:
    """Whatever is put in place of whatever: a key that reads it spells exactly that text, and so hides nothing."""
    start = data.draw(st.integers(0, len(key.path)))
    end = data.draw(st.integers(start, min(start + 3, len(key.path))))
    path = key.path[:start] + data.draw(SMUGGLED) + key.path[end:]

    assert all(read.path == path for read in _read(path))


@given(KEYS)
def test_path_of_another_root_is_not_read(key: Key) -> None:
    """A kind reads its own root only; a sentinel is of the root that its path begins with."""
    for root in set(Root) - {key.root}:
        path = f"{root.value}/{key.path.partition('/')[2]}"
        read = _read(path)

        assert all(other.path == path and other.root is root for other in read)
        assert {type(other) for other in read} <= {L0Key, StateKey, SentinelKey}
        assert isinstance(key, SentinelKey) or type(key) not in map(type, read)


@given(KEYS, st.sampled_from(["billing", "catalog_core", "Catalog", "catalog ", "", ".", "..", "*", "catalog|lineage"]))
def test_unknown_domain_is_not_read(key: Key, domain: str) -> None:
    """Only the four domains are domains, and `catalog_core` is known at the edge alone."""
    assume(not isinstance(key, RootManifestKey | SentinelKey))
    known = next(known.value for known in Domain if known.value in key.path)

    assert not _read(key.path.replace(known, domain, 1))


@given(st.text(max_size=80))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    """Reading raises nothing but InputError, and a key spells what it was read from."""
    assert all(read.path == text for read in _read(text))


@given(SCOPES, KEYS)
def test_every_object_name_is_legal(scope: Scope, key: Key) -> None:
    """A scope's prefix and any path are at most 1,024 bytes, of characters that need no escape, without `..`."""
    name = scope.prefix + key.path

    assert len(name.encode()) <= NAME_BYTES_MAX
    assert re.fullmatch(r"[a-z0-9_=.-]+(/[a-z0-9_=.-]+)+", name)
    assert ".." not in name


@given(NEIGHBOURS, NEIGHBOURS)
def test_no_scope_lies_within_another(one: Scope, other: Scope) -> None:
    """The prefix of one workspace never begins with another's: a grant on it covers nobody else."""
    assume(one != other)

    assert not one.prefix.startswith(other.prefix)


@given(st.text(max_size=70) | st.text("ab0-_/.=A\n", max_size=70))
def test_scope_refuses_everything_but_its_pattern(name: str) -> None:
    """A name is taken if and only if it matches, as a tenant and as a workspace."""
    if SCOPE_NAME.fullmatch(name):
        assert Scope(name, name).tenant == name
    else:
        with pytest.raises(InputError):
            Scope(name, "prod")
        with pytest.raises(InputError):
            Scope("acme", name)
