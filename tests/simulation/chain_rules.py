"""I1, I2, I5, I6 and I7 of a bucket's bytes, written down a second time: nothing here comes from `arco.manifests`."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import Any, Final

from tests.simulation.seat import DOMAIN, SCOPE, Found
from tests.simulation.violation import broken
from tests.simulation.world import Content

__all__ = ["attempt_of", "attempts", "check_change", "newest", "newest_token", "stands", "token_of"]

_LINK: Final = re.compile(re.escape(f"{SCOPE.prefix}manifests/{DOMAIN.value}/") + r"([0-9]{20})\.manifest\.json")
_NEVER_DOWN: Final = (
    "fencing_token",
    "ledger_token",
    "applied_position",
    "parquet_position",
    "snapshot_version",
    "fold_version",
    "event_count",
)
_NO_SEGMENT: Final = "0" * 64


@lru_cache(maxsize=100_000)
def _chain(content: Content) -> tuple[tuple[int, bytes], ...]:
    """Give the links of the chain, by id."""
    found = ((_LINK.fullmatch(one.name), one.data) for one in content)
    return tuple((int(match[1]), data) for match, data in found if match)


@lru_cache(maxsize=100_000)
def _parsed(data: bytes) -> Any:  # noqa: ANN401 a JSON object
    return json.loads(data)


def _hash(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def attempt_of(data: bytes) -> str | None:
    """Tell whose attempt a manifest is; None for the root manifest."""
    attempt: str | None = _parsed(data).get("attempt")
    return attempt


def token_of(data: bytes) -> int:
    """Tell under which token a manifest was written."""
    return int(_parsed(data)["fencing_token"])


def newest(content: Content) -> tuple[int, str] | None:
    """Give id and hash of the last link."""
    chain = _chain(content)
    return (chain[-1][0], _hash(chain[-1][1])) if chain else None


def newest_token(content: Content) -> int:
    """Give the token of the last link; 0 if there is none."""
    chain = _chain(content)
    return token_of(chain[-1][1]) if chain else 0


def attempts(content: Content) -> dict[str, int]:
    """Give the id at which each attempt stands."""
    return {str(attempt_of(data)): number for number, data in _chain(content)}


def stands(content: Content, found: Found) -> bool:
    """Whether what a reader found stands there."""
    return any(number == found.manifest_id and _hash(data) == found.manifest_hash for number, data in _chain(content))


def check_change(old: Content, new: Content) -> bool:
    """Raise Violation unless the chain only grew by a right link, if at all; whether it grew."""
    for one in old:
        if one.name.startswith(f"{SCOPE.prefix}manifests/") and one not in new:
            broken(f"I1: {one.name} was changed")
    before, after = _chain(old), _chain(new)
    if [number for number, _ in after] != list(range(1, len(after) + 1)):
        broken(f"I2: ids have a gap ids={[number for number, _ in after]}")
    if len(after) == len(before):
        return False
    parent = _parsed(before[-1][1]) if before else None
    link = _parsed(after[-1][1])
    _check_link(link, after[-1][0])
    if parent is None:
        if link["parent_hash"] is not None or link["applied_position"] or link["event_count"]:
            broken("I6: the first manifest has a parent or has applied something")
    else:
        _check_along(parent, _hash(before[-1][1]), link)
    _check_artifacts(parent, link, new)
    return True


def _check_link(link: Any, number: int) -> None:  # noqa: ANN401 a JSON object
    if link["manifest_id"] != number:
        broken(f"I6: {number} says that it is {link['manifest_id']}")
    if link["ledger_token"] > link["fencing_token"]:
        broken("I6: ledger_token above fencing_token")
    if (link["applied_position"] == 0) != (link["applied_sha256"] == _NO_SEGMENT):
        broken("I6: applied_sha256 does not fit applied_position")
    reached = 0
    for one in _sets(link):
        if one["from_position"] != reached + 1 or one["to_position"] < one["from_position"]:
            broken(f"I6: files leave a gap or an overlap behind {reached}")
        reached = one["to_position"]
    if reached != link["parquet_position"] or reached > link["applied_position"]:
        broken(f"I6: files reach {reached}, parquet_position is {link['parquet_position']}")
    for rows in link["tail"]["rows"].values():
        if any(not reached < row["position"] <= link["applied_position"] for row in rows):
            broken("I6: a row of the tail lies outside of it")


def _check_along(parent: Any, parent_hash: str, link: Any) -> None:  # noqa: ANN401 JSON objects
    if link["parent_hash"] != parent_hash:
        broken("I6: parent_hash is not that of the previous manifest's bytes")
    if link["commit_ulid"] <= parent["commit_ulid"]:
        broken("I6: commit_ulid does not go up")
    for field in _NEVER_DOWN:
        if link[field] < parent[field]:
            rule = "I7" if field == "fencing_token" else "I6"
            broken(f"{rule}: {field} goes down from {parent[field]} to {link[field]}")
    if link["snapshot_version"] > parent["snapshot_version"] + 1:
        broken("I6: snapshot_version goes up by more than one")


def _sets(link: Any) -> list[Any]:  # noqa: ANN401 a JSON object
    return [*([] if link["base"] is None else [link["base"]]), *link["l0"]]


def _named(link: Any) -> dict[str, Any]:  # noqa: ANN401 a JSON object
    roots = [("state", [] if link["base"] is None else [link["base"]]), ("l0", link["l0"])]
    return {
        f"{SCOPE.prefix}{root}/{DOMAIN.value}/{one['n']:020d}-{one['attempt']}/{table}.parquet": file
        for root, sets in roots
        for one in sets
        for table, file in one["files"].items()
    }


def _check_artifacts(parent: Any, link: Any, content: Content) -> None:  # noqa: ANN401 JSON objects
    known = {} if parent is None else _named(parent)
    standing = {one.name: one for one in content}
    for name, file in _named(link).items():
        if known.get(name) == file:
            continue
        found = standing.get(name)
        if found is None:
            broken(f"I5: an artifact is named that is missing name={name}")
        if len(found.data) != file["byte_size"] or found.crc32c != file["crc32c"]:
            broken(f"I5: an artifact is named that is another name={name}")
