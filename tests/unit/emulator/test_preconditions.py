"""All four preconditions on every operation that takes them: what holds lets it through, what fails changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed

from arco.emulator.desk import Undocumented
from tests.fakes.emulated import ALICE, BOB, BUCKET, Answer, Emulated, rights, running_emulated

_ALL = [f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")]
_B = f"/storage/v1/b/{BUCKET}"
_MULTIPART = b'--x\r\n\r\n{"name": "there"}\r\n--x\r\n\r\nnew\r\n--x--'

_ROUTES: dict[str, tuple[str, str, bytes | dict[str, object] | None]] = {
    "get": ("GET", f"{_B}/o/there?", None),
    "get media": ("GET", f"{_B}/o/there?alt=media&", None),
    "download": ("GET", f"/download{_B}/o/there?alt=media&", None),
    "patch": ("PATCH", f"{_B}/o/there?", {"metadata": {"changed": "yes"}}),
    "update": ("PUT", f"{_B}/o/there?", {"metadata": {"changed": "yes"}}),
    "delete": ("DELETE", f"{_B}/o/there?", None),
    "media": ("POST", f"/upload{_B}/o?uploadType=media&name=there&", b"new"),
    "multipart": ("POST", f"/upload{_B}/o?uploadType=multipart&", _MULTIPART),
    "resumable": ("POST", f"/upload{_B}/o?uploadType=resumable&name=there&", {}),
    "compose": ("POST", f"{_B}/o/there/compose?", {"sourceObjects": [{"name": "source"}]}),
    "copy": ("POST", f"{_B}/o/source/copyTo/b/{BUCKET}/o/there?", None),
    "rewrite": ("POST", f"{_B}/o/source/rewriteTo/b/{BUCKET}/o/there?", None),
}
_WRITES = ("media", "multipart", "resumable", "compose", "copy", "rewrite")
# The object has generation {g} and metageneration 2; without one, both are none.
_THERE = {
    "ifGenerationMatch={g}": 200,
    "ifGenerationMatch=999999": 412,
    "ifGenerationMatch=0": 412,
    "ifGenerationNotMatch={g}": 304,
    "ifGenerationNotMatch=999999": 200,
    "ifGenerationNotMatch=0": 200,
    "ifMetagenerationMatch=2": 200,
    "ifMetagenerationMatch=1": 412,
    "ifMetagenerationNotMatch=2": 304,
    "ifMetagenerationNotMatch=1": 200,
    "ifGenerationMatch={g}&ifMetagenerationMatch=1": 412,
    "ifGenerationMatch=999999&ifMetagenerationMatch=2": 412,
    "ifGenerationMatch={g}&ifMetagenerationNotMatch=2": 304,
    "ifGenerationMatch={g}&ifMetagenerationMatch=2": 200,
}
_MISSING = {
    "ifGenerationMatch=0": 200,
    "ifGenerationMatch=1": 412,
    "ifGenerationNotMatch=0": 304,
    "ifGenerationNotMatch=1": 200,
    "ifMetagenerationMatch=1": 412,
    "ifMetagenerationNotMatch=1": 200,
}


def _ask(emulated: Emulated, route: str, query: str, who: str = ALICE) -> Answer:
    method, target, body = _ROUTES[route]
    headers = {"Content-Type": "multipart/related; boundary=x"} if route == "multipart" else {}
    return emulated.send(method, target + query, body, headers, who=who)


def _asks(route: str, text: str) -> bool:
    """Whether the route has the parameters: a compose has no negative ones."""
    return route != "compose" or "Not" not in text


@contextmanager
def _standing(*, there: bool = True, undocumented: Undocumented | None = None) -> Iterator[tuple[Emulated, int]]:
    grants = (*rights(ALICE, *_ALL), *rights(BOB, "storage.objects.create", "storage.objects.get"))
    with running_emulated(*grants, undocumented=undocumented) as emulated:
        emulated.put("source", b"source")
        generation = emulated.put("there", b"old") if there else 0
        if there:
            emulated.send("PATCH", f"{_B}/o/there", {"metadata": {"first": "yes"}})
        yield emulated, generation


def _refused(answer: Answer, status: int) -> None:
    """Hold that the refusal is spelled as Google spells it: 412 with a document, 304 with none."""
    assert answer.status == status, answer
    if status == 304:
        assert answer.body == b""
        return
    error = answer.json()["error"]
    assert error["code"] == 412
    assert error["message"] == "At least one of the pre-conditions you specified did not hold."
    assert error["errors"] == [{"domain": "global", "reason": "conditionNotMet", "message": error["message"]}]


@pytest.mark.parametrize("route", _ROUTES)
def test_precondition_on_what_is_there(route: str) -> None:
    """Each holds or fails by the live generation and metageneration, and what fails changes nothing."""
    for text, status in _THERE.items():
        if not _asks(route, text):
            continue
        with _standing() as (emulated, generation):
            before = emulated.run(emulated.emulator.desk.stores[BUCKET].find("there"))
            answer = _ask(emulated, route, text.format(g=generation))
            after = emulated.run(emulated.emulator.desk.stores[BUCKET].find("there"))

        if status == 200:
            assert answer.status in {200, 204}, (text, answer)
            assert (before == after) is (route in {"get", "get media", "download", "resumable"}), text
        else:
            _refused(answer, status)
            assert before == after, text


@pytest.mark.parametrize("route", _WRITES)
def test_precondition_on_what_is_not_there(route: str) -> None:
    """Generation 0 is nothing there; a metageneration that must match is that of something."""
    for text, status in _MISSING.items():
        if not _asks(route, text):
            continue
        with _standing(there=False) as (emulated, _):
            answer = _ask(emulated, route, text)
            made = emulated.names() == ["source", "there"]

        if status == 200:
            assert answer.status == 200, (text, answer)
            assert made is (route != "resumable"), text
        else:
            _refused(answer, status)
            assert not made, text


@pytest.mark.parametrize("route", ["get", "get media", "download", "patch", "update", "delete"])
def test_nothing_there_comes_before_preconditions(route: str) -> None:
    """What needs an object is answered 404 without one, whatever the preconditions."""
    with _standing(there=False) as (emulated, _):
        answers = [_ask(emulated, route, text) for text in _MISSING]

    assert {answer.status for answer in answers} == {404}
    assert {answer.reason for answer in answers} == {"notFound"}


@pytest.mark.parametrize("route", ["copy", "rewrite"])
@pytest.mark.parametrize(("text", "status"), _THERE.items(), ids=str)
def test_precondition_on_the_source(route: str, text: str, status: int) -> None:
    """Those of the source are asked of the source, and only of it."""
    with _standing() as (emulated, generation):
        target = f"{_B}/o/there/{'copyTo' if route == 'copy' else 'rewriteTo'}/b/{BUCKET}/o/new?"
        answer = emulated.send("POST", target + text.format(g=generation).replace("if", "ifSource"))
        made = "new" in emulated.names()

    assert made is (status == 200)
    if status == 200:
        assert answer.status == 200
    else:
        _refused(answer, status)


@pytest.mark.parametrize("route", ["copy", "rewrite"])
def test_older_source_is_missing(route: str) -> None:
    """A generation of the source that is not live does not exist: older ones are not kept."""
    with _standing() as (emulated, generation):
        target = f"{_B}/o/there/{'copyTo' if route == 'copy' else 'rewriteTo'}/b/{BUCKET}/o/new?sourceGeneration="
        older = emulated.send("POST", f"{target}{generation + 7}")
        live = emulated.send("POST", f"{target}{generation}")

    assert (older.status, live.status) == (404, 200)


def test_preconditions_of_composed_sources() -> None:
    """Each source of a compose may name its generation (404 if it is gone), or require one (412)."""

    def compose(emulated: Emulated, second: dict[str, Any]) -> Answer:
        body = {"sourceObjects": [{"name": "source"}, {"name": "there", **second}]}
        return emulated.send("POST", f"{_B}/o/new/compose", body)

    with _standing() as (emulated, generation):
        wrong = compose(emulated, {"generation": str(generation + 1)})
        stale = compose(emulated, {"objectPreconditions": {"ifGenerationMatch": str(generation + 1)}})
        before = emulated.names()
        right = compose(
            emulated, {"generation": generation, "objectPreconditions": {"ifGenerationMatch": str(generation)}}
        )
        content = emulated.content("new")

    assert (wrong.status, stale.status, right.status) == (404, 412, 200)
    assert before == ["source", "there"]
    assert content == b"sourceold"


@pytest.mark.parametrize("text", ["-1", "one", "1.0", "+1", "", "9" * 20, "٣", "0x1"])
def test_precondition_that_is_no_number_is_refused(text: str) -> None:
    """What is no whole number does not hold by accident."""
    with _standing() as (emulated, _):
        spelled = "".join(f"%{byte:02X}" for byte in text.encode())
        answer = emulated.send("DELETE", f"{_B}/o/there?ifGenerationMatch={spelled}")
        left = emulated.names()

    assert answer.status == 400
    assert "there" in left


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_another_generation_does_not_exist(method: str) -> None:
    """A request for a generation that is not live is answered 404, as without versioning; the live one is found."""
    with _standing() as (emulated, generation):
        other = emulated.send(method, f"{_B}/o/there?generation={generation + 1}", {} if method[0] == "P" else None)
        live = emulated.send(method, f"{_B}/o/there?generation={generation}", {} if method[0] == "P" else None)

    assert other.status == 404
    assert live.status in {200, 204}


_CLIENT: dict[str, Callable[[Any, int], object]] = {
    "upload": lambda bucket, generation: bucket.blob("there").upload_from_string(
        b"new", if_generation_match=generation, retry=None
    ),
    "resumable": lambda bucket, generation: bucket.blob("there").create_resumable_upload_session(
        if_generation_match=generation
    ),
    "reload": lambda bucket, generation: bucket.blob("there").reload(if_generation_match=generation, retry=None),
    "download": lambda bucket, generation: bucket.blob("there").download_as_bytes(
        if_generation_match=generation, retry=None
    ),
    "patch": lambda bucket, generation: bucket.blob("there").patch(if_generation_match=generation, retry=None),
    "update": lambda bucket, generation: bucket.blob("there").update(if_generation_match=generation, retry=None),
    "delete": lambda bucket, generation: bucket.blob("there").delete(if_generation_match=generation, retry=None),
    "compose": lambda bucket, generation: bucket.blob("there").compose(
        [bucket.blob("source")], if_generation_match=generation, retry=None
    ),
    "copy": lambda bucket, generation: bucket.copy_blob(
        bucket.blob("source"), bucket, "there", if_generation_match=generation, retry=None
    ),
    "rewrite": lambda bucket, generation: bucket.blob("there").rewrite(
        bucket.blob("source"), if_generation_match=generation, retry=None
    ),
}


@pytest.mark.parametrize("call", _CLIENT)
def test_client_understands_the_refusal(call: str) -> None:
    """The real client raises PreconditionFailed at a stale generation, and nothing at the live one."""
    with _standing() as (emulated, generation):
        with pytest.raises(PreconditionFailed):
            _CLIENT[call](emulated.bucket(), generation + 1)
        content = emulated.content("there")
        _CLIENT[call](emulated.bucket(), generation)

    assert content == b"old"


def test_client_is_told_what_is_missing() -> None:
    """The real client raises NotFound where nothing is."""
    with _standing(there=False) as (emulated, _):
        for call in ("reload", "download", "patch", "delete"):
            with pytest.raises(NotFound):
                _CLIENT[call](emulated.bucket(), 0)


@pytest.mark.parametrize("route", _WRITES)
@pytest.mark.parametrize("status", [403, 412])
def test_create_of_what_exists_by_who_may_not_delete(route: str, status: int) -> None:
    """The switch settles what Google does not document: a create-only by one who may not delete."""
    undocumented = Undocumented(create_of_existing=412 if status == 412 else 403)
    with _standing(undocumented=undocumented) as (emulated, generation):
        create = _ask(emulated, route, "ifGenerationMatch=0", BOB)
        swap = _ask(emulated, route, f"ifGenerationMatch={generation}", BOB)
        stale = _ask(emulated, route, "ifGenerationMatch=7777", BOB)
        plain = _ask(emulated, route, "", BOB)
        content = emulated.content("there")

    assert create.status == status
    assert (swap.status, stale.status, plain.status) == (403, 403, 403)
    assert content == b"old"


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("route", ["get", "get media", "copy", "compose"])
def test_read_of_what_is_missing_by_who_may_not_list(route: str, status: int) -> None:
    """The other switch: a read of a missing name, with the right to read it and without the right to list."""
    undocumented = Undocumented(read_of_missing=404 if status == 404 else 403)
    with running_emulated(
        *rights(ALICE, *_ALL), *rights(BOB, "storage.objects.create", "storage.objects.get"), undocumented=undocumented
    ) as emulated:
        lister = _ask(emulated, route, "")
        other = _ask(emulated, route, "", BOB)

    assert lister.status == 404
    assert other.status == status
