"""I6: each rule along the chain by itself, with the one flaw that tells of it (R85, R86, R117, R125)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from arco.errors import UsageError
from arco.layout import Domain
from arco.manifests import (
    ArtifactFile,
    ArtifactSet,
    Manifest,
    Tail,
    compute_manifest_hash,
    validate_genesis,
    validate_succession,
)
from tests.fakes.chain_bench import DOMAIN, ChainBench, artifact_file, segment_hash

FILE = artifact_file(b"PAR1 PAR1")
OTHER_HASH = compute_manifest_hash(b"other")


def _set(n: int, letter: str, positions: tuple[int, int]) -> ArtifactSet:
    files: dict[str, ArtifactFile] = {"tables": FILE}
    return ArtifactSet(n, letter * 26, *positions, files)


def _rows(*positions: int) -> Tail:
    return Tail({"tables": [{"position": at, "index": 0} for at in positions]})


BASE, DELTA = _set(3, "b", (1, 4)), _set(5, "d", (5, 6))
PREVIOUS = Manifest(
    domain=DOMAIN,
    manifest_id=7,
    attempt="a" * 26,
    commit_ulid="01KSR49AAAAAAAAAAAAAAAAAAA",
    fencing_token=5,
    ledger_token=4,
    applied_position=10,
    applied_sha256=segment_hash(10),
    parquet_position=6,
    snapshot_version=8,
    fold_version=2,
    key_horizon=200_000,
    event_count=30,
    parent_hash=OTHER_HASH,
    published_at="2026-05-28T20:26:40Z",
    base=BASE,
    l0=(DELTA,),
    tail=_rows(7, 9, 10),
    totals={"tables": 3},
    watermarks={"lineage": 6},
)
HASH = compute_manifest_hash(PREVIOUS.render())
FOLLOWING = replace(
    PREVIOUS,
    manifest_id=8,
    attempt="c" * 26,
    commit_ulid="01KSR49AAAAAAAAAAAAAAAAAAB",
    applied_position=11,
    applied_sha256=segment_hash(11),
    event_count=31,
    parent_hash=HASH,
    tail=_rows(7, 9, 10, 11),
)
# The same state in other files: nothing was applied.
FLUSH = replace(
    FOLLOWING,
    applied_position=10,
    applied_sha256=PREVIOUS.applied_sha256,
    event_count=30,
    parquet_position=10,
    l0=(DELTA, _set(7, "e", (7, 10))),
    tail=Tail({}),
)


def _flaws(following: Manifest) -> list[str]:
    return [str(flaw) for flaw in validate_succession(PREVIOUS, HASH, following)]


@pytest.mark.parametrize("following", [FOLLOWING, FLUSH], ids=["applies", "flushes"])
def test_successor_is_accepted(following: Manifest) -> None:
    """The manifests that the rows below spoil have no flaw themselves, and neither has what stays as it was."""
    assert _flaws(following) == []


REGRESSIONS: dict[str, tuple[dict[str, Any], str]] = {
    "manifest_id repeated": ({"manifest_id": 7}, "7 does not follow 7 field=manifest_id"),
    "manifest_id skipped": ({"manifest_id": 9}, "9 does not follow 7 field=manifest_id"),
    "domain": ({"domain": Domain.LINEAGE}, "the chain is that of catalog field=domain"),
    "commit_ulid equal": (
        {"commit_ulid": PREVIOUS.commit_ulid},
        f"{PREVIOUS.commit_ulid} is not above {PREVIOUS.commit_ulid} field=commit_ulid",
    ),
    "commit_ulid lower": (
        {"commit_ulid": "01KSR48ZZZZZZZZZZZZZZZZZZZ"},
        f"01KSR48ZZZZZZZZZZZZZZZZZZZ is not above {PREVIOUS.commit_ulid} field=commit_ulid",
    ),
    "fencing_token": ({"fencing_token": 4}, "goes down from 5 to 4 field=fencing_token"),
    "ledger_token": ({"ledger_token": 3}, "goes down from 4 to 3 field=ledger_token"),
    "ledger_token above the publisher's": (
        {"ledger_token": 6},
        "a segment's token is above the publisher's field=ledger_token",
    ),
    "applied_position": (
        {"applied_position": 9, "applied_sha256": segment_hash(9), "tail": _rows(7, 9)},
        "goes down from 10 to 9 field=applied_position",
    ),
    "parquet_position": (
        {"parquet_position": 5, "l0": (_set(5, "f", (5, 5)),), "tail": _rows(6, 7, 9, 10, 11)},
        "goes down from 6 to 5 field=parquet_position",
    ),
    "snapshot_version": ({"snapshot_version": 7}, "goes down from 8 to 7 field=snapshot_version"),
    "snapshot_version skipped": ({"snapshot_version": 10}, "goes up by one at most, from 8 field=snapshot_version"),
    "fold_version": ({"fold_version": 1}, "goes down from 2 to 1 field=fold_version"),
    "event_count": ({"event_count": 29}, "goes down from 30 to 29 field=event_count"),
    "watermark": ({"watermarks": {"lineage": 5}}, "goes down from 6 to 5 field=watermarks"),
    "watermark missing": ({"watermarks": {}}, "goes down from 6 to -1 field=watermarks"),
    "key_horizon shorter": ({"key_horizon": 199_999}, "fixed at genesis: 200000 field=key_horizon"),
    "key_horizon longer": ({"key_horizon": 200_001}, "fixed at genesis: 200000 field=key_horizon"),
    "parent_hash": ({"parent_hash": OTHER_HASH}, f"the previous manifest's bytes hash to {HASH} field=parent_hash"),
    "parent_hash absent": ({"parent_hash": None}, f"the previous manifest's bytes hash to {HASH} field=parent_hash"),
}


@pytest.mark.parametrize("case", REGRESSIONS)
def test_pointer_regression_rejected(case: str) -> None:
    """Each field of I6 that goes back, repeats or breaks is a flaw by itself, which names the field."""
    changes, flaw = REGRESSIONS[case]

    assert _flaws(replace(FOLLOWING, **changes)) == [flaw]


@pytest.mark.parametrize("field", ["fencing_token", "ledger_token", "snapshot_version", "fold_version", "event_count"])
def test_field_that_stays_is_no_regression(field: str) -> None:
    """What may never go down may stay."""
    assert _flaws(replace(FOLLOWING, **{field: getattr(PREVIOUS, field)})) == []


UNAPPLIED: dict[str, Any] = {
    "applied_sha256": segment_hash(11),
    "ledger_token": 5,
    "snapshot_version": 9,
    "event_count": 31,
}


@pytest.mark.parametrize("field", UNAPPLIED)
def test_state_does_not_change_without_a_position(field: str) -> None:
    """A publish that applies no position shows the same state in other files: it changes none of these fields."""
    following = replace(FLUSH, **{field: UNAPPLIED[field]})

    assert _flaws(following) == [f"changes although no position was applied field={field}"]


TWIN = _set(7, "e", (7, 8))
TILINGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "gap before the base": (
        {"base": _set(3, "f", (2, 4))},
        ["leaves a gap or an overlap behind position 0 field=base"],
    ),
    "gap between sets": (
        {"l0": (_set(5, "f", (6, 6)),)},
        ["leaves a gap or an overlap behind position 4 field=l0"],
    ),
    "overlap of sets": (
        {"l0": (_set(5, "f", (4, 6)),)},
        ["leaves a gap or an overlap behind position 4 field=l0"],
    ),
    "set that ends before it begins": (
        {"l0": (_set(5, "f", (5, 4)),)},
        ["leaves a gap or an overlap behind position 4 field=l0"],
    ),
    "sets out of order": (
        {"l0": (_set(5, "f", (6, 6)), _set(5, "e", (5, 5)))},
        ["leaves a gap or an overlap behind position 4 field=l0"],
    ),
    "set named twice": (
        {"l0": (DELTA, TWIN, replace(TWIN, from_position=9, to_position=9)), "parquet_position": 9, "tail": _rows(11)},
        [f"names one set twice, that of {TWIN.n}-{TWIN.attempt} field=l0"],
    ),
    "files end before the mark": ({"l0": ()}, ["the files end at position 4, not at 6 field=parquet_position"]),
    "files end beyond the mark": (
        {"l0": (DELTA, _set(7, "e", (7, 8))), "tail": _rows(9, 10, 11)},
        ["the files end at position 8, not at 6 field=parquet_position"],
    ),
    "files end beyond what is applied": (
        {"l0": (DELTA, _set(7, "e", (7, 12))), "parquet_position": 12, "tail": Tail({})},
        ["the files go beyond the applied position 11 field=parquet_position"],
    ),
    "row that the files hold": ({"tail": _rows(6, 7, 11)}, ["a row's position 6 is not in (6, 11] field=tail"]),
    "row that is not applied": ({"tail": _rows(7, 12)}, ["a row's position 12 is not in (6, 11] field=tail"]),
    "row without a position": (
        {"tail": Tail({"tables": [{"position": 7, "index": 0}, {"index": 0}]})},
        ["a field is missing field=position field=tail"],
    ),
    "row without an index": (
        {"tail": Tail({"tables": [{"position": 7}]})},
        ["a field is missing field=index field=tail"],
    ),
    "row whose position is a text": (
        {"tail": Tail({"tables": [{"position": "7", "index": 0}]})},
        [f"must be a whole number from 1 to {2**53 - 1} field=position field=tail"],
    ),
    "hash of no segment": (
        {"applied_sha256": "0" * 64},
        ["64 zeros stand for no segment, and for nothing else field=applied_sha256"],
    ),
}


@pytest.mark.parametrize("case", TILINGS)
def test_base_sets_and_tail_tile_the_positions(case: str) -> None:
    """A gap, an overlap, an end elsewhere and a row from elsewhere are each a flaw of the manifest by itself."""
    changes, flaws = TILINGS[case]

    assert _flaws(replace(FOLLOWING, **changes)) == flaws


@pytest.mark.parametrize(
    ("n", "flawed"), [(7, False), (8, True), (9, True), (0, False)], ids=["known", "own", "later", "oldest"]
)
def test_set_is_written_by_who_knew_an_earlier_manifest(n: int, flawed: bool) -> None:  # noqa: FBT001 pytest passes it
    """A set that is named first names a manifest before its own."""
    following = replace(FLUSH, l0=(DELTA, _set(n, "e", (7, 10))))

    assert _flaws(following) == ([f"a set of {n} is not to be named first by 8 field=l0"] if flawed else [])


@pytest.mark.parametrize(("n", "flawed"), [(8, False), (7, True)])
def test_set_that_is_too_old_is_not_named_any_more(n: int, flawed: bool) -> None:  # noqa: FBT001 pytest passes it
    """An artifact is first named by a manifest at most 100,000 above its `n`: beyond, gc may have deleted it."""
    previous = replace(PREVIOUS, manifest_id=100_007)
    following = replace(FLUSH, manifest_id=100_008, l0=(DELTA, _set(n, "e", (7, 10))))
    flaws = [str(flaw) for flaw in validate_succession(previous, HASH, following)]

    assert flaws == ([f"a set of {n} is not to be named first by 100008 field=l0"] if flawed else [])


def test_old_set_that_is_named_may_stay() -> None:
    """What the predecessor names is not named first: the base may be as old as it is."""
    previous = replace(PREVIOUS, manifest_id=500_000)
    following = replace(FOLLOWING, manifest_id=500_001)

    assert validate_succession(previous, HASH, following) == ()


def test_attempt_of_a_delta_that_is_named_as_a_base_is_named_first() -> None:
    """A file is known by its name: the attempt of a named set makes no other object known, in age or in anything."""
    previous = replace(PREVIOUS, manifest_id=500_000)
    following = replace(FOLLOWING, manifest_id=500_001, base=_set(5, "d", (1, 6)), l0=())
    flaws = [str(flaw) for flaw in validate_succession(previous, HASH, following)]

    assert flaws == ["a set of 5 is not to be named first by 500001 field=base"]


ALTERED: dict[str, dict[str, Any]] = {
    "wider": {
        "l0": (replace(DELTA, to_position=7),),
        "parquet_position": 7,
        "tail": _rows(9, 10, 11),
    },
    "later": {
        "l0": (_set(6, "f", (5, 6)), replace(DELTA, from_position=7, to_position=8)),
        "parquet_position": 8,
        "tail": _rows(9, 10, 11),
    },
    "with another table": {"l0": (replace(DELTA, files={"tables": FILE, "columns": FILE}),)},
    "with fewer tables": {"base": replace(BASE, files={"columns": FILE})},
    "with another record": {"l0": (replace(DELTA, files={"tables": replace(FILE, rows=2)}),)},
}


@pytest.mark.parametrize("case", ALTERED)
def test_set_that_is_named_stays_what_it_was(case: str) -> None:
    """A set that goes on under its name for other positions or files would let rows vanish: no file tells of it."""
    flaws = _flaws(replace(FOLLOWING, **ALTERED[case]))
    field, one = ("base", BASE) if "base" in ALTERED[case] else ("l0", DELTA)

    assert flaws == [f"the set {one.n}-{one.attempt} is not what it was field={field}"]


GENESIS = replace(
    PREVIOUS,
    manifest_id=1,
    ledger_token=0,
    applied_position=0,
    applied_sha256="0" * 64,
    parquet_position=0,
    snapshot_version=0,
    event_count=0,
    parent_hash=None,
    base=None,
    l0=(),
    tail=Tail({}),
)
FIRSTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "manifest_id": ({"manifest_id": 2}, ["the first manifest's id is 1, not 2 field=manifest_id"]),
    "parent_hash": ({"parent_hash": HASH}, ["the first manifest has no parent field=parent_hash"]),
    "applied_position": (
        {"applied_position": 1, "applied_sha256": segment_hash(1)},
        ["nothing is applied at genesis value=1 field=applied_position"],
    ),
    "event_count": ({"event_count": 1}, ["nothing is applied at genesis value=1 field=event_count"]),
    "ledger_token": ({"ledger_token": 1}, ["nothing is applied at genesis value=1 field=ledger_token"]),
    "snapshot_version": ({"snapshot_version": 1}, ["nothing is applied at genesis value=1 field=snapshot_version"]),
    "applied_sha256": (
        {"applied_sha256": segment_hash(1)},
        ["64 zeros stand for no segment, and for nothing else field=applied_sha256"],
    ),
    "tail": ({"tail": _rows(1)}, ["a row's position 1 is not in (0, 0] field=tail"]),
    "l0": (
        {"l0": (_set(0, "d", (1, 1)),), "parquet_position": 1},
        ["the files go beyond the applied position 0 field=parquet_position"],
    ),
}


def test_genesis_is_accepted() -> None:
    """The first manifest that the rows below spoil has no flaw."""
    assert validate_genesis(GENESIS) == ()


@pytest.mark.parametrize("case", FIRSTS)
def test_genesis_has_applied_nothing(case: str) -> None:
    """A first manifest that has a parent, or has applied or names anything, is none."""
    changes, flaws = FIRSTS[case]

    assert [str(flaw) for flaw in validate_genesis(replace(GENESIS, **changes))] == flaws


def test_every_flaw_is_told() -> None:
    """Whoever pages somebody tells all that is wrong, not the first of it."""
    flaws = _flaws(replace(FOLLOWING, fencing_token=4, event_count=29, ledger_token=3))

    assert len(flaws) == 3


@pytest.mark.parametrize("case", ["commit_ulid equal", "ledger_token", "watermark", "parent_hash absent"])
async def test_publisher_asks_for_succession(case: str) -> None:
    """Publish refuses what is no successor by the same flaws."""
    maker = ChainBench().compactor()
    newest = await maker.grow(2)
    newest = await maker.publish(newest, watermarks={"lineage": 6})
    field = case.partition(" ")[0].replace("watermark", "watermarks")
    wrong = {
        "commit_ulid": newest.manifest.commit_ulid,
        "ledger_token": 0,
        "watermarks": {"lineage": 5},
        "parent_hash": None,
    }[field]
    with pytest.raises(UsageError, match=f"the manifest is no successor: .*field={field}$"):
        await maker.publish(newest, **{field: wrong})
