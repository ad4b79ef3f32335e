"""Shorthand of the contract's checks: what must be there is narrowed, and a surprise shows what was answered."""

from __future__ import annotations

from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written

__all__ = ["create", "described", "found", "pages", "refused", "written"]


def written(answer: Written | Refused | Absent) -> Version:
    """Give the version of a write that must have taken place."""
    assert isinstance(answer, Written), answer
    return answer.version


def refused(answer: Written | Refused | Absent, *, truth: Version | Absent) -> None:
    """Hold that a write was refused, and that what the bucket says stands there, if it says so, does."""
    assert isinstance(answer, Refused), answer
    assert answer.current in {None, truth}, f"{answer} although {truth} stands there"


async def create(bucket: Bucket, name: str, data: bytes = b"content") -> Version:
    """Create an object, which must be absent."""
    return written(await bucket.put(name, data, ABSENT))


async def found(bucket: Bucket, name: str) -> Stored:
    """Read an object, which must be there."""
    answer = await bucket.get(name)
    assert isinstance(answer, Stored), answer
    return answer


async def described(bucket: Bucket, name: str) -> ObjectMeta:
    """Describe an object, which must be there."""
    answer = await bucket.head(name)
    assert isinstance(answer, ObjectMeta), answer
    return answer


async def pages(bucket: Bucket, prefix: str, limit: int, start_after: str = "") -> list[Page]:
    """Walk a listing to its end; a cursor that does not move fails."""
    walked = [await bucket.list_page(prefix, start_after, limit)]
    while (cursor := walked[-1].next_after) is not None:
        assert cursor.encode() > start_after.encode(), f"the cursor did not move on: {cursor!r}"
        start_after = cursor
        walked.append(await bucket.list_page(prefix, start_after, limit))
    return walked
