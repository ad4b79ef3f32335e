"""What stands in `manifests/` is what the golden files say, and nothing else is read as a manifest (R90, R124)."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from arco.documents import Json
from arco.errors import CorruptionError, InputError
from arco.layout import Domain, ManifestKey
from arco.manifests import ArtifactFile, ArtifactSet, Manifest, Tail, compute_manifest_hash
from tests.fakes.chain_bench import DOMAIN, segment_hash
from tests.tree import ROOT

GOLDEN = ROOT / "tests/unit/manifests/golden"
DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def _file(rows: int) -> ArtifactFile:
    return ArtifactFile(4096 + rows, DIGEST, 3_735_928_559, rows, ("", "zürich/€"))


def _genesis() -> Manifest:
    return Manifest(
        domain=DOMAIN,
        manifest_id=1,
        attempt="0" * 26,
        commit_ulid="01KSR49A000000000000000000",
        fencing_token=1,
        ledger_token=0,
        applied_position=0,
        applied_sha256="0" * 64,
        parquet_position=0,
        snapshot_version=0,
        fold_version=1,
        key_horizon=200_000,
        event_count=0,
        parent_hash=None,
        published_at="2026-05-28T20:26:40Z",
        base=None,
        l0=(),
        tail=Tail({}),
        totals={},
        watermarks={},
    )


def _small() -> Manifest:
    tags: list[Json] = ["a", {}]
    row: dict[str, Json] = {
        "position": 1,
        "index": 0,
        "name": "Größe \U0001f4a7",
        "nullable": True,
        "comment": None,
        "tags": tags,
    }
    return replace(
        _genesis(),
        manifest_id=2,
        attempt="1" * 26,
        commit_ulid="01KSR49A000000000000000001",
        ledger_token=1,
        applied_position=1,
        applied_sha256=segment_hash(1),
        snapshot_version=1,
        event_count=1,
        parent_hash=compute_manifest_hash(_genesis().render()),
        tail=Tail({"tables": (row,), "commits": ()}),
        totals={"tables": 1},
    )


def _grown() -> Manifest:
    base = ArtifactSet(900, "b" * 26, 1, 400, {"tables": _file(100_000), "commits": _file(7)})
    sets = (
        ArtifactSet(990, "c" * 26, 401, 410, {"tables": _file(3)}),
        ArtifactSet(999, "d" * 26, 411, 420, {"columns": _file(0), "tables": _file(1)}),
    )
    return replace(
        _small(),
        domain=Domain.LINEAGE,
        manifest_id=1001,
        fencing_token=77,
        ledger_token=76,
        applied_position=422,
        applied_sha256=segment_hash(422),
        parquet_position=420,
        snapshot_version=1000,
        event_count=2**53 - 1,
        parent_hash=compute_manifest_hash(b""),
        base=base,
        l0=sets,
        tail=Tail({"tables": ({"position": 421, "index": 3}, {"position": 422, "index": 0})}),
        totals={"tables": 100_003, "columns": 0},
        watermarks={"catalog": 17, "é": 1},
    )


DOCUMENTS = {"genesis": _genesis, "small": _small, "grown": _grown}


def _pretty(data: bytes) -> list[str]:
    return json.dumps(json.loads(data), indent=1, ensure_ascii=False).splitlines()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_the_golden_one(name: str) -> None:
    """A manifest renders to the very bytes of its golden file; a format that changes says so in `format`."""
    data, path = DOCUMENTS[name]().render(), GOLDEN / f"{name}.json"
    golden = path.read_bytes() if path.exists() else b"{}"

    assert data == golden, "\n".join(
        [
            f"{path.name} differs; if the new format is wanted, write these bytes there: {data.decode()}",
            *difflib.unified_diff(_pretty(golden), _pretty(data), "golden", "rendered", lineterm="", n=1),
        ]
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_golden_document_is_read_as_it_was_meant(name: str) -> None:
    """The bytes of a golden file are read as the manifest that they were rendered from."""
    manifest = DOCUMENTS[name]()

    assert Manifest.parse((GOLDEN / f"{name}.json").read_bytes(), manifest.key) == manifest


def test_every_golden_file_has_its_manifest() -> None:
    """No golden file is there that no test reads."""
    assert {path.stem for path in GOLDEN.iterdir()} == set(DOCUMENTS)


def test_document_names_every_field_and_its_format() -> None:
    """The document has the manifest's fields, by their names, and its format."""
    document = json.loads(_grown().render())

    assert set(document) == {field.name for field in fields(Manifest)} | {"format"}


GROWN: dict[str, Any] = json.loads(_grown().render())
KEY = _grown().key


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the path to each field that the format names: all but the names of tables, counts, and what rows hold."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if not path or path[-1] not in {"files", "rows", "totals", "watermarks"}:
                yield (*path, name)
            if path[:2] != ("tail", "rows"):
                yield from _places(inner, (*path, name))
    elif isinstance(value, list) and value and path[:2] != ("tail", "rows"):
        yield from _places(value[0], (*path, 0))


PLACES = sorted(_places(GROWN), key=str)


def _changed(path: tuple[str | int, ...], value: object) -> bytes:
    """Render the grown manifest with another value at a place; `...` takes the field away."""
    document: Any = copy.deepcopy(GROWN)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return json.dumps(document).encode()


def _said(data: bytes) -> str:
    with pytest.raises(CorruptionError) as caught:
        Manifest.parse(data, KEY)
    assert caught.value.name == KEY.path
    return str(caught.value)


def test_places_are_found() -> None:
    """The tests below spoil every field: of the manifest, of a set, of a file and of its range."""
    assert len(PLACES) > 40
    assert {("base", "files", "tables", "key_range", "to"), ("l0", 0, "n"), ("tail", "rows")} <= set(PLACES)


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_field_that_is_missing_is_corruption(path: tuple[str | int, ...]) -> None:
    """No field is optional."""
    assert f"a field is missing field={path[-1]} " in _said(_changed(path, ...))


NULLABLE = {("base",), ("parent_hash",)}


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_field_that_is_null_is_corruption(path: tuple[str | int, ...]) -> None:
    """Null is no value, save for the base, and for the parent that succession asks for."""
    if path in NULLABLE:
        assert getattr(Manifest.parse(_changed(path, None), KEY), str(path[0])) is None
    else:
        assert f"field={path[-1]} " in _said(_changed(path, None))


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("value", [True, -1, 1.5, "\n", [1], {}], ids=repr)
def test_field_of_another_type_is_corruption(path: tuple[str | int, ...], value: object) -> None:
    """A value of another type, or out of bounds, is refused; the refusal names the field."""
    standing: Any = GROWN
    for step in path:
        standing = standing[step]
    if type(standing) is type(value) and (value == {} or path[-1] in {"from", "to"}):
        return
    said = _said(_changed(path, value))

    assert f"field={path[-1]}" in said or (value == 1.5 and "not a whole number value=1.5" in said)


@pytest.mark.parametrize("path", [(), ("base",), ("l0", 0), ("base", "files", "tables"), ("tail",)], ids=str)
def test_field_that_nobody_knows_is_corruption(path: tuple[str | int, ...]) -> None:
    """A further field says that somebody knows more of this document than we do."""
    assert "unknown fields fields=surprise " in _said(_changed((*path, "surprise"), 1))


def test_range_with_a_further_field_is_corruption() -> None:
    """The range of keys has two ends."""
    assert "unknown fields fields=via " in _said(_changed(("base", "files", "tables", "key_range", "via"), "x"))


OUT_OF_BOUNDS: dict[str, tuple[tuple[str | int, ...], object]] = {
    "format": (("format",), 2),
    "domain": (("domain",), "catalog"),
    "manifest_id": (("manifest_id",), 1000),
    "attempt": (("attempt",), "short"),
    "commit_ulid": (("commit_ulid",), "7" + 25 * "0"),
    "commit_ulid with a letter that is none": (("commit_ulid",), "0" + 25 * "U"),
    "fencing_token": (("fencing_token",), 0),
    "fold_version": (("fold_version",), 0),
    "key_horizon": (("key_horizon",), 0),
    "applied_sha256": (("applied_sha256",), DIGEST.upper()),
    "parent_hash without its name": (("parent_hash",), DIGEST),
    "parent_hash of another kind": (("parent_hash",), f"md5:{DIGEST}"),
    "published_at": (("published_at",), "2026-05-28 20:26:40"),
    "from_position": (("base", "from_position"), 0),
    "to_position": (("base", "to_position"), 0),
    "byte_size": (("base", "files", "tables", "byte_size"), 0),
    "crc32c": (("base", "files", "tables", "crc32c"), 2**32),
    "sha256": (("base", "files", "tables", "sha256"), DIGEST[:-1]),
    "event_count": (("event_count",), 2**53),
}


@pytest.mark.parametrize("case", OUT_OF_BOUNDS)
def test_value_out_of_bounds_is_corruption(case: str) -> None:
    """Each bound of the format holds, and the refusal names the field."""
    path, value = OUT_OF_BOUNDS[case]
    said = _said(_changed(path, value))

    assert f"field={path[-1]} " in said or "not a whole number value=9007199254740992" in said


@pytest.mark.parametrize("table", ["", "../x", "a/b", "Tables", "x" * 64, "a\n", "é"])
def test_table_that_no_key_can_hold_is_corruption(table: str) -> None:
    """The name of a table becomes a part of a path: what no key can hold is no manifest."""
    files = {table: GROWN["base"]["files"]["tables"]}

    assert "table must match" in _said(_changed(("base", "files"), files))
    assert "table must match" in _said(_changed(("l0", 0, "files"), files))
    assert "a table matches" in _said(_changed(("tail", "rows"), {table: []}))


def test_set_without_a_file_is_corruption() -> None:
    """A set that names nothing would cover positions whose rows are nowhere."""
    assert "a set names no file" in _said(_changed(("l0", 0, "files"), {}))


def test_manifest_under_another_name_is_corruption() -> None:
    """A manifest is read as that of its key: of this domain, under this id."""
    data = _grown().render()
    with pytest.raises(CorruptionError, match="must be 'catalog' field=domain"):
        Manifest.parse(data, ManifestKey(Domain.CATALOG, 1001))
    with pytest.raises(CorruptionError, match="must be 1002 field=manifest_id"):
        Manifest.parse(data, ManifestKey(Domain.LINEAGE, 1002))


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "no UTF-8": b'{"format":"\xff"}',
    "two documents": _grown().render() * 2,
    "half a document": _grown().render()[:-1],
    "a name twice": _grown().render().replace(b'"format":1', b'"format":1,"format":1'),
    "not a number": _grown().render().replace(b'"fold_version":1', b'"fold_version":NaN'),
    "infinity": _grown().render().replace(b'"fold_version":1', b'"fold_version":Infinity'),
    "a fraction": _grown().render().replace(b'"fold_version":1', b'"fold_version":1.0'),
    "an exponent": _grown().render().replace(b'"fold_version":1', b'"fold_version":1e0'),
    "a number of many digits": _grown().render().replace(b'"fold_version":1', b'"fold_version":' + b"9" * 5000),
    "half a surrogate": _grown().render().replace(b'"index":3', rb'"index":3,"name":"\ud800"'),
    "deep": b'{"tail":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "deep list": b'{"tail":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_document_is_corruption(case: str) -> None:
    """Whatever stands there, it is a manifest or corruption: nothing crashes a reader, and nothing is guessed."""
    assert "not a manifest: not a JSON" in _said(BROKEN[case])


UNWRITABLE: dict[str, dict[str, Any]] = {
    "a fraction": {"event_count": 1.5},
    "no number": {"tail": Tail({"tables": [{"position": float("nan")}]})},  # type: ignore[dict-item]
    "too large a number": {"event_count": 2**53},
    "half a surrogate": {"tail": Tail({"tables": [{"position": 1, "name": "\ud800"}]})},
    "a set": {"totals": {"tables": {1}}},
    "a time": {"published_at": "now"},
    "a token that is none": {"fencing_token": 0},
    "a table": {"tail": Tail({"../x": []})},
}


@pytest.mark.parametrize("case", UNWRITABLE)
def test_what_could_not_be_read_again_is_not_rendered(case: str) -> None:
    """A manifest whose bytes nobody could read is refused before they exist."""
    with pytest.raises(InputError):
        replace(_small(), **UNWRITABLE[case]).render()


def test_what_was_read_cannot_be_changed() -> None:
    """What is published next is checked against what was read, and nobody may lower that by accident."""
    read = Manifest.parse((GOLDEN / "grown.json").read_bytes(), DOCUMENTS["grown"]().key)
    mappings: list[Any] = [read.totals, read.watermarks, read.tail.rows, *read.tail.rows["tables"]]
    mappings += [one.files for one in (read.base, *read.l0) if one is not None]
    mappings.append(read.tail.rows["tables"])

    for mapping in mappings:
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["tables"] = 0
