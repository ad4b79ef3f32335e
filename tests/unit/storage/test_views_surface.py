"""A view shows exactly the methods of its capability, and nothing that it shows leads to anything wider."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from arco.errors import UsageError
from arco.layout import Domain, Root
from arco.storage import capabilities, views
from arco.storage.absence import AbsenceReader
from arco.storage.access import Access
from arco.storage.memory import MemoryBucket
from arco.storage.sealed import Holdings, Sealed
from arco.storage.views import ListView
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.crawler import crawl
from tests.fakes.handed_out import Bench, bench, calls_of, public_names
from tests.fakes.recording_bucket import RecordingBucket

CLASSES = sorted(name for name in views.__all__ if name.endswith("View"))
VIEWS = sorted(bench().all_views())
WIDE = (RecordingBucket, MemoryBucket, WorkspaceStorage, Access, AbsenceReader)


def _capability(view: type) -> type:
    found: type = getattr(capabilities, view.__name__.removesuffix("View") + "Store")
    return found


def _wide(made: Bench, view: object) -> Callable[[object], bool]:
    """Tell what must not be reachable from `view`: all that holds a bucket, and every other view."""
    others = {id(other) for other in made.all_views().values() if other is not view}
    return lambda value: isinstance(value, WIDE) or id(value) in others


def test_every_capability_has_its_view() -> None:
    """There is one view for each capability, and one capability for each view."""
    assert {name.removesuffix("View") for name in CLASSES} == {
        name.removesuffix("Store") for name in capabilities.__all__
    }


def test_every_view_is_handed_to_somebody() -> None:
    """The tests below meet an instance of each view."""
    assert {type(view).__name__ for view in bench().all_views().values()} == set(CLASSES)


@pytest.mark.parametrize("name", VIEWS)
def test_public_names_are_those_of_the_protocol(name: str) -> None:
    """A view has the methods of its capability and not one more."""
    view = bench().all_views()[name]

    assert public_names(view) == public_names(_capability(type(view)))


@pytest.mark.parametrize("name", CLASSES)
def test_methods_are_called_as_the_protocol_says(name: str) -> None:
    """Each method has the parameters of its capability, by the same names, in the same order, of the same types."""
    view: Any = getattr(views, name)
    protocol: Any = _capability(view)
    methods = public_names(protocol)

    assert methods
    assert all(inspect.iscoroutinefunction(getattr(view, method)) for method in methods)
    assert {method: inspect.signature(getattr(view, method)) for method in methods} == {
        method: inspect.signature(getattr(protocol, method)) for method in methods
    }


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_wider_is_reachable(name: str) -> None:
    """No route from a view leads to a bucket, to the workspace's storage or to another view."""
    made = bench()
    view = made.all_views()[name]

    assert not crawl(view, _wide(made, view))


@pytest.mark.parametrize("name", VIEWS)
async def test_nothing_wider_is_reachable_from_a_call(name: str) -> None:
    """Nor from a call that has not begun: only its frame, which is out of scope, knows the view."""
    made = bench()
    view = made.all_views()[name]
    for call in calls_of(view):
        coroutine = call.start()
        found = crawl(coroutine, _wide(made, view))
        coroutine.close()

        assert not found, call


@pytest.mark.parametrize("name", VIEWS)
async def test_nothing_wider_is_reachable_from_an_answer(name: str) -> None:
    """Nor from an answer, or from a refusal: only its traceback's frames, which are out of scope, know the view."""
    made = bench()
    view = made.all_views()[name]
    answers: dict[tuple[str, type], object] = {}
    for call in calls_of(view):
        try:
            answer = await call.start()
        except UsageError as error:
            answer = error
        answers[call.method, type(answer)] = answer

    assert len(answers) > len(public_names(view)), "each method has answered and refused"
    for answer in answers.values():
        assert not crawl(answer, _wide(made, view)), answer


def test_crawler_would_find_the_bucket_of_a_storage() -> None:
    """The same question, asked of what does hold a bucket, is answered with the way to it."""
    made = bench()

    assert crawl(made.storage, _wide(made, made.storage))


@pytest.mark.parametrize("name", VIEWS)
def test_view_has_no_place_for_an_attribute(name: str) -> None:
    """A view has no dictionary and no slot, so nothing can be hung on it."""
    view = bench().all_views()[name]

    with pytest.raises(AttributeError):
        view.bucket = 1
    with pytest.raises(TypeError):
        vars(view)


@pytest.mark.parametrize("name", CLASSES)
def test_view_cannot_be_made(name: str) -> None:
    """A call of a view's class raises TypeError, whatever it is given."""
    kind = getattr(views, name)

    for arguments, named in (((), {}), ((bench().bucket,), {}), ((), {"sealed": bench().bucket})):
        with pytest.raises(TypeError, match=r"seal|__new__"):
            kind(*arguments, **named)


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps, lambda view: view.__reduce__()])
def test_view_cannot_be_duplicated(name: str, duplicate: Callable[[object], object]) -> None:
    """Copies and pickles of a view raise TypeError."""
    view = bench().all_views()[name]

    with pytest.raises(TypeError, match="is sealed"):
        duplicate(view)


@pytest.mark.parametrize("name", CLASSES)
def test_view_has_no_subclass(name: str) -> None:
    """A class below a view raises TypeError at its definition, also one that names the sealed base besides."""
    kind = getattr(views, name)

    for bases in ((kind,), (kind, Sealed)):
        with pytest.raises(TypeError, match="is sealed: it cannot be subclassed"):
            type("Wider", bases, {})


@pytest.mark.parametrize("name", CLASSES)
async def test_shell_fails_at_first_use(name: str) -> None:
    """A view by `object.__new__` stands for nothing: each of its methods raises UsageError."""
    shell = object.__new__(getattr(views, name))
    calls = calls_of(shell)

    assert calls
    for call in calls:
        with pytest.raises(UsageError, match="that its module made"):
            await call.start()


@pytest.mark.parametrize("name", VIEWS)
async def test_method_of_another_view_cannot_be_borrowed(name: str) -> None:
    """A view passed to another view's method is refused before any request: a reader cannot list this way either."""
    made = bench()
    view = made.all_views()[name]
    for other in made.all_views().values():
        for method in public_names(other) if type(other) is not type(view) else set():
            with pytest.raises(UsageError, match="that its module made"):
                await getattr(type(other), method)(view, *[None] * _parameters(type(other), method))

    assert not made.bucket.asked


def _parameters(kind: type, method: str) -> int:
    return len(inspect.signature(getattr(kind, method)).parameters) - 1


async def test_view_of_another_class_is_a_shell() -> None:
    """A view whose class was set to another's holds nothing any more, rather than what it held with other methods."""
    made = bench()
    view = made.views["api"]["catalog"]
    view.__class__ = ListView

    with pytest.raises(UsageError, match="that its module made"):
        await view.list_page(Root.LEDGER, Domain.CATALOG, "", 1)
    assert not made.bucket.asked


async def test_stranger_that_calls_itself_equal_is_refused() -> None:
    """An object that hashes as a view and equals everything is not taken for the view."""
    made = bench()
    lister = made.views["gc"]["names"]

    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash(lister)

    stranger: Any = Equal()
    with pytest.raises(UsageError, match="that its module made"):
        await ListView.list_page(stranger, Root.L0, Domain.CATALOG, "", 1)
    assert not made.bucket.asked


def test_other_holdings_of_a_class_know_nothing() -> None:
    """Whoever makes holdings of a view's class learns nothing of the views that its own module made."""
    lister = bench().views["gc"]["names"]
    own: Holdings[ListView, object] = Holdings(ListView)

    with pytest.raises(UsageError, match="that its module made"):
        own.of(lister)


def test_holdings_end_with_their_view() -> None:
    """A view that nobody holds is freed, and what it stood for is forgotten with it."""

    class Held:
        gone = False

        def __del__(self) -> None:
            Held.gone = True

    holdings: Holdings[ListView, Held] = Holdings(ListView)
    token = holdings.mint(Held())
    kept = not Held.gone
    del token

    assert kept
    assert Held.gone
