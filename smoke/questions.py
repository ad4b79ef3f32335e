"""Which questions are asked of whom: for each principal, root and operation one request at least, and never fewer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, final

from arco.policy.matrix import Holder, Matrix, Workspace
from arco.policy.matrix.layout import BUCKET, OTHER_BUCKETS
from smoke.names import Folder, inside, near_misses, near_misses_of
from smoke.plain import CREATING, READING, Request

__all__ = ["Question", "letters_of", "needed", "questions_of"]

OBJECT_LETTERS: Final = "cruod"
BUCKET_LETTERS: Final = "rula"

_KEPT: Final = "kept"
_CHANGING: Final = ("patch", "update")
_EVERY: Final = (
    *(("c", route) for route in CREATING),
    *(("r", route) for route in READING),
    *(("u", route) for route in _CHANGING),
    *(("o", route) for route in ("insert", "compose", "rewrite")),
    ("d", "delete"),
)
_ONE_EACH: Final = (("c", "insert"), ("r", "download"), ("u", "patch"), ("o", "insert"), ("d", "delete"))
_DAMAGE: Final = (("c", "insert"), ("r", "download"), ("d", "delete"))
_ON_BUCKET: Final = (("r", "describe bucket"), ("u", "update bucket"), ("a", "read policy"), ("a", "write policy"))


@final
@dataclass(frozen=True, slots=True)
class Question:
    """May `holder` do what `request` asks? Without a letter the matrix has none, so that nobody may."""

    holder: Holder
    column: str
    letter: str
    request: Request

    def __str__(self) -> str:
        """Name the instance: who, what, where."""
        request = self.request
        how = f"{request.route}{' over what stands there' if request.over else ''}"
        source = f" from gs://{'/'.join(request.source)}" if request.source[1] else ""
        return f"{self.holder.principal} {how} gs://{request.bucket}/{request.name}{source}"


def letters_of(column: str) -> str:
    """Give the letters that are asked of a column."""
    return BUCKET_LETTERS if column == BUCKET else OBJECT_LETTERS


def questions_of(matrix: Matrix, holder: Holder, others: Iterable[Workspace], elsewhere: str) -> Iterator[Question]:
    """Ask about everything of one holder: its own bucket, those of `others`, and one that nobody here owns.

    In the order of the letters: what is created is then read, changed, replaced; what is deleted is not asked again.
    """
    asked = [*_own(matrix, holder), *_foreign(matrix, holder, others, elsewhere), *_bucket(matrix, holder)]
    order = "cruodla"
    yield from sorted(asked, key=lambda question: order.find(question.letter))


def needed(questions: Iterable[Question]) -> dict[str, list[str]]:
    """Give what must stand, by bucket, before the questions are asked."""
    found: set[tuple[str, str]] = set()
    for question in questions:
        request = question.request
        if question.letter and question.letter in "ruod" and request.name:
            found.add((request.bucket, request.name))
        if request.source[1]:
            found.add(request.source)
    return {
        bucket: sorted(name for owner, name in found if owner == bucket) for bucket in sorted({b for b, _ in found})
    }


def _own(matrix: Matrix, holder: Holder) -> Iterator[Question]:
    workspace = holder.workspace
    for root in matrix.layout.roots:
        usual, odd = inside(workspace, root)
        yield from _about(matrix, holder, usual, workspace.bucket, _EVERY)
        yield from _about(matrix, holder, odd, workspace.bucket, _DAMAGE)
        # Whoever holds nothing in a root is asked in it; nothing of what it holds ends here.
        for folder in near_misses_of(workspace, root) if matrix.rows[holder.role][root.column] else ():
            yield from _about(matrix, holder, folder, workspace.bucket, _DAMAGE)
    for number, folder in enumerate(near_misses(workspace)):
        # Creating is asked of each, the other letters in turn.
        asked = (_ONE_EACH[0], _ONE_EACH[1 + number % (len(_ONE_EACH) - 1)])
        yield from _about(matrix, holder, folder, workspace.bucket, asked)


def _foreign(matrix: Matrix, holder: Holder, others: Iterable[Workspace], elsewhere: str) -> Iterator[Question]:
    own = holder.workspace
    for other in others:
        for root in matrix.layout.roots:
            theirs = Folder(OTHER_BUCKETS, inside(other, root)[0].start)
            # Whoever reads here could carry it there.
            carried = (("c", "copy"),) if root is matrix.layout.roots[0] else ()
            yield from _about(matrix, holder, theirs, other.bucket, (*_DAMAGE, *carried))
        yield from _about(matrix, holder, Folder(OTHER_BUCKETS, f"{own.scope}ledger/"), other.bucket, _ONE_EACH)
        yield from _without_letter(holder, other.bucket)
    for start in (f"{own.scope}ledger/", f"{own.scope}state/"):
        yield from _about(matrix, holder, Folder(OTHER_BUCKETS, start), elsewhere, _ONE_EACH)
    yield from _without_letter(holder, elsewhere)


def _without_letter(holder: Holder, bucket: str) -> Iterator[Question]:
    routes = (*(route for _, route in _ON_BUCKET), "list")
    yield from (Question(holder, OTHER_BUCKETS, "", Request(route, bucket)) for route in routes)


def _bucket(matrix: Matrix, holder: Holder) -> Iterator[Question]:
    bucket = holder.workspace.bucket
    yield from (Question(holder, BUCKET, letter, Request(route, bucket)) for letter, route in _ON_BUCKET)
    prefixes = (holder.workspace.prefix(root) for root in matrix.layout.roots)
    for prefix in ("", holder.workspace.scope, *prefixes, f"{holder.workspace.scope}ledger", "nothing begins so"):
        yield Question(holder, BUCKET, "l", Request("list", bucket, prefix))


def _about(
    matrix: Matrix, holder: Holder, folder: Folder, bucket: str, asked: tuple[tuple[str, str], ...]
) -> Iterator[Question]:
    role = holder.role
    gone = f"gone.{role}" if folder.column.endswith("/") else "gone"
    for letter, route in asked:
        # What one account creates or deletes, no other is asked about; what is read and replaced stays.
        stem = {"c": f"new.{role}.{route}", "d": gone}.get(letter, _KEPT)
        source = _source(matrix, holder, folder) if route in {"compose", "copy", "rewrite"} else ("", "")
        request = Request(route, bucket, folder.name(stem), letter == "o", source)
        yield Question(holder, folder.column, letter, request)


def _source(matrix: Matrix, holder: Holder, folder: Folder) -> tuple[str, str]:
    """Give what the holder may read, so that a refusal is about what is written; if it may read nothing, itself."""
    workspace = holder.workspace
    readable = (root for root in matrix.layout.roots if "r" in matrix.rows[holder.role][root.column])
    root = next(readable, None)
    return workspace.bucket, (folder if root is None else inside(workspace, root)[0]).name(_KEPT)
