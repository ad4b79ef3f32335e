"""I6: what must hold of each manifest by itself, and along the chain. Asked before a publish, and of what is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from arco.errors import InputError
from arco.manifests.artifacts import ArtifactSet
from arco.manifests.manifest import NO_SEGMENT_SHA256, Manifest

__all__ = ["ARTIFACT_AGE_MAX", "Flaw", "validate_genesis", "validate_succession"]

ARTIFACT_AGE_MAX: Final = 100_000
"""An artifact is first named by a manifest at most this far above its `n`: beyond it, gc may have deleted it."""

# Never down (I6). Fields that only tell what happened are not among them.
_MONOTONE = (
    "fencing_token",
    "ledger_token",
    "applied_position",
    "parquet_position",
    "snapshot_version",
    "fold_version",
    "event_count",
)
# A publish that applies no position changes none of these: a flush or a merge shows the same state in other files.
_UNAPPLIED = ("applied_sha256", "ledger_token", "snapshot_version", "event_count")


@final
@dataclass(frozen=True, slots=True)
class Flaw:
    """A rule that is broken, and the field that breaks it."""

    field: str
    message: str

    def __str__(self) -> str:
        """Say what is wrong, and where."""
        return f"{self.message} field={self.field}"


def validate_succession(previous: Manifest, previous_hash: str, following: Manifest) -> tuple[Flaw, ...]:
    """Tell every way in which `following` is no successor of `previous`, whose stored bytes hash to `previous_hash`."""
    return (*_alone(following), *_along(previous, previous_hash, following), *_artifacts(previous, following))


def validate_genesis(manifest: Manifest) -> tuple[Flaw, ...]:
    """Tell every way in which `manifest` is no first manifest: it has applied nothing, and names nothing."""
    return (*_alone(manifest), *_first(manifest))


def _first(manifest: Manifest) -> Iterator[Flaw]:
    if manifest.manifest_id != 1:
        yield Flaw("manifest_id", f"the first manifest's id is 1, not {manifest.manifest_id}")
    if manifest.parent_hash is not None:
        yield Flaw("parent_hash", "the first manifest has no parent")
    for field in ("applied_position", "event_count", "ledger_token", "snapshot_version"):
        if getattr(manifest, field) != 0:
            yield Flaw(field, f"nothing is applied at genesis value={getattr(manifest, field)}")


def _alone(manifest: Manifest) -> Iterator[Flaw]:
    if manifest.ledger_token > manifest.fencing_token:
        yield Flaw("ledger_token", "a segment's token is above the publisher's")
    if (manifest.applied_position == 0) != (manifest.applied_sha256 == NO_SEGMENT_SHA256):
        yield Flaw("applied_sha256", "64 zeros stand for no segment, and for nothing else")
    yield from _twice(manifest)
    yield from _tiling(manifest)


def _twice(manifest: Manifest) -> Iterator[Flaw]:
    """One file stands for the rows of one range."""
    seen: set[tuple[str, int, str]] = set()
    for field, one in _sets(manifest):
        name = (field, one.n, one.attempt)
        if name in seen:
            yield Flaw(field, f"names one set twice, that of {one.n}-{one.attempt}")
        seen.add(name)


def _tiling(manifest: Manifest) -> Iterator[Flaw]:
    """Base, sets and tail tile the positions (0, `applied_position`]."""
    covered = 0
    for field, one in _sets(manifest):
        if one.from_position != covered + 1 or one.to_position < one.from_position:
            yield Flaw(field, f"leaves a gap or an overlap behind position {covered}")
            return
        covered = one.to_position
    if covered != manifest.parquet_position:
        yield Flaw("parquet_position", f"the files end at position {covered}, not at {manifest.parquet_position}")
    if manifest.parquet_position > manifest.applied_position:
        yield Flaw("parquet_position", f"the files go beyond the applied position {manifest.applied_position}")
    try:
        outside = [at for at in manifest.tail.positions() if not covered < at <= manifest.applied_position]
    except InputError as error:
        yield Flaw("tail", error.message)
        return
    if outside:
        yield Flaw("tail", f"a row's position {outside[0]} is not in ({covered}, {manifest.applied_position}]")


def _along(previous: Manifest, previous_hash: str, following: Manifest) -> Iterator[Flaw]:
    if following.domain is not previous.domain:
        yield Flaw("domain", f"the chain is that of {previous.domain.value}")
    if following.manifest_id != previous.manifest_id + 1:
        yield Flaw("manifest_id", f"{following.manifest_id} does not follow {previous.manifest_id}")
    if not following.commit_ulid > previous.commit_ulid:
        yield Flaw("commit_ulid", f"{following.commit_ulid} is not above {previous.commit_ulid}")
    if following.parent_hash != previous_hash:
        yield Flaw("parent_hash", f"the previous manifest's bytes hash to {previous_hash}")
    for field in _MONOTONE:
        yield from _not_down(field, getattr(previous, field), getattr(following, field))
    for name, mark in previous.watermarks.items():
        yield from _not_down("watermarks", mark, following.watermarks.get(name, -1))
    if following.key_horizon != previous.key_horizon:
        yield Flaw("key_horizon", f"fixed at genesis: {previous.key_horizon}")
    if following.snapshot_version > previous.snapshot_version + 1:
        yield Flaw("snapshot_version", f"goes up by one at most, from {previous.snapshot_version}")
    if following.applied_position == previous.applied_position:
        for field in _UNAPPLIED:
            if getattr(following, field) != getattr(previous, field):
                yield Flaw(field, "changes although no position was applied")


def _not_down(field: str, before: int, after: int) -> Iterator[Flaw]:
    if after < before:
        yield Flaw(field, f"goes down from {before} to {after}")


def _artifacts(previous: Manifest, following: Manifest) -> Iterator[Flaw]:
    """Files that the predecessor does not name are new: written by somebody who knew a manifest before this one."""
    known = {(field, one.n, one.attempt, table) for field, one in _sets(previous) for table in one.files}
    for field, one in _sets(following):
        if all((field, one.n, one.attempt, table) in known for table in one.files):
            continue
        if not one.n < following.manifest_id <= one.n + ARTIFACT_AGE_MAX:
            yield Flaw(field, f"a set of {one.n} is not to be named first by {following.manifest_id}")


def _sets(manifest: Manifest) -> Iterator[tuple[str, ArtifactSet]]:
    if manifest.base is not None:
        yield "base", manifest.base
    for delta in manifest.l0:
        yield "l0", delta
