"""What the emulator does not model it refuses with 501, whoever asks: nothing is overlooked or let through."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.fakes.emulated import ALICE, BUCKET, Answer, Emulated, rights, running_emulated

_ALL = [f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")]
_B = f"/storage/v1/b/{BUCKET}"
_O = f"{_B}/o/there"
_UPLOAD = f"/upload{_B}/o?name=new&uploadType=media"
_COMPOSE = {"sourceObjects": [{"name": "there"}]}

_PATHS = [
    ("GET", "/"),
    ("GET", "/storage/v1/b"),
    ("POST", "/storage/v1/b?project=demo-project"),
    ("PUT", _B),
    ("DELETE", _B),
    ("GET", f"{_B}/acl"),
    ("POST", f"{_B}/acl"),
    ("GET", f"{_B}/defaultObjectAcl"),
    ("GET", f"{_B}/notificationConfigs"),
    ("POST", f"{_B}/notificationConfigs"),
    ("GET", f"{_B}/managedFolders"),
    ("POST", f"{_B}/managedFolders"),
    ("GET", f"{_B}/managedFolders/there/iam"),
    ("GET", f"{_B}/folders"),
    ("POST", f"{_B}/lockRetentionPolicy"),
    ("POST", f"{_B}/o/watch"),
    ("POST", f"{_B}/o/bulkRestore"),
    ("GET", f"{_B}/storageLayout"),
    ("GET", f"{_B}/anywhereCaches"),
    ("GET", f"{_O}/acl"),
    ("POST", f"{_O}/acl"),
    ("PUT", f"{_O}/acl/allUsers"),
    ("GET", f"{_O}/iam"),
    ("POST", f"{_O}/restore"),
    ("POST", f"{_O}/moveTo/o/new"),
    ("POST", f"{_B}/o"),
    ("POST", _O),
    ("HEAD", _O),
    ("OPTIONS", _O),
    ("GET", f"{_O}/compose"),
    ("PUT", f"{_O}/compose"),
    ("GET", f"{_O}/copyTo/b/{BUCKET}/o/new"),
    ("PUT", f"{_O}/rewriteTo/b/{BUCKET}/o/new"),
    ("DELETE", f"/download{_O}"),
    ("PATCH", f"/download{_O}"),
    ("PUT", f"/download{_O}?alt=media"),
    ("GET", f"/download{_O}"),
    ("GET", f"/upload{_B}/o"),
    ("PUT", f"/upload{_B}/o?uploadType=media&name=new"),
    ("POST", f"/resumable{_UPLOAD}"),
    ("POST", "/batch/storage/v1"),
    ("POST", "/batch"),
    ("GET", "/storage/v1/projects/demo-project/hmacKeys"),
    ("POST", "/storage/v1/projects/demo-project/hmacKeys"),
    ("GET", "/storage/v1/projects/demo-project/serviceAccount"),
    ("GET", f"/{BUCKET}/there"),
    ("PUT", f"/{BUCKET}/new"),
    ("DELETE", f"/{BUCKET}/there"),
    ("GET", f"/storage/v2/b/{BUCKET}/o/there"),
    ("GET", f"//storage/v1/b/{BUCKET}/o/there"),
    ("GET", f"/storage/v1/b/{BUCKET}/o/there/"),
    ("DELETE", f"/storage/v1/b/{BUCKET}/o/there/"),
    ("GET", f"/storage/v1/b/{BUCKET}/o/"),
    ("GET", f"/storage/v1/b/{BUCKET}//o/there"),
    ("GET", f"/storage/v1/b//{BUCKET}/o/there"),
    ("DELETE", f"/storage/v1/./b/{BUCKET}/o/there"),
    ("DELETE", f"/storage/v1/b/other/../{BUCKET}/o/there"),
    ("DELETE", f"/storage/v1/b/{BUCKET}/o/x/../there"),
    ("DELETE", f"/storage/v1/b/{BUCKET}/o/x//there"),
    ("DELETE", f"http://storage.googleapis.com/storage/v1/b/{BUCKET}/o/there"),
    ("DELETE", f"/storage/v1/b/{BUCKET}%2Fo/there"),
    ("DELETE", f"/storage%2Fv1/b/{BUCKET}/o/there"),
]

_PARAMETERS = [
    *(("GET", _O, name) for name in ("userProject", "softDeleted", "restoreToken", "key", "access_token", "alt=proto")),
    *(("GET", _O, name) for name in ("$alt=json", "callback", "upload_id", "uploadType=media", "generationMatch")),
    *(("GET", f"{_B}/o", name) for name in ("versions=true", "softDeleted=true", "matchGlob=**", "userProject")),
    *(("GET", f"{_B}/o", name) for name in ("includeFoldersAsPrefixes=true", "alt=media", "generation=1", "filter")),
    *(("DELETE", _O, name) for name in ("userProject", "projection=full", "alt=media", "name=other")),
    *(("PATCH", _O, name) for name in ("predefinedAcl=private", "overrideUnlockedRetention=true", "alt=media")),
    *(("PUT", _O, name) for name in ("predefinedAcl=private", "overrideUnlockedRetention=true", "userProject")),
    *(("POST", _UPLOAD, name) for name in ("predefinedAcl=publicRead", "kmsKeyName=x", "userProject", "upload_id=x")),
    *(("POST", f"{_O}/compose", name) for name in ("destinationPredefinedAcl=private", "kmsKeyName", "generation=1")),
    *(("POST", f"{_O}/compose", name) for name in ("ifGenerationNotMatch=1", "dropContextGroups=custom")),
    *(
        ("POST", f"{_O}/{how}/b/{BUCKET}/o/new", name)
        for how in ("copyTo", "rewriteTo")
        for name in ("destinationPredefinedAcl=private", "destinationKmsKeyName", "rewriteToken=x", "userProject")
    ),
    ("POST", f"{_O}/rewriteTo/b/{BUCKET}/o/new", "maxBytesRewrittenPerCall=1048576"),
]

_HEADERS = [
    *("x-goog-encryption-algorithm", "x-goog-encryption-key", "x-goog-encryption-key-sha256", "x-goog-user-project"),
    *("x-goog-copy-source", "x-goog-copy-source-encryption-key", "x-goog-if-generation-match", "x-goog-acl"),
    *("x-goog-meta-colour", "x-goog-storage-class", "x-goog-metadata-directive", "x-goog-resumable", "x-amz-acl"),
    *("x-goog-date", "x-goog-content-sha256", "x-goog-bypass-governance-retention", "x-goog-iam-authority-selector"),
    *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "content-md5"),
    *("x-http-method-override", "x-http-method", "x-method-override", "content-encoding"),
]

_FIELDS: list[tuple[str, object]] = [
    *(("acl", []), ("retention", {"mode": "Locked"}), ("temporaryHold", True), ("eventBasedHold", True)),
    *(("contexts", {"custom": {}}), ("kmsKeyName", "k"), ("owner", {}), ("storageClass", "COLDLINE")),
    *(("customerEncryption", {}), ("retentionExpirationTime", "2030-01-01T00:00:00Z"), ("nobody knows", 1)),
]


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    """Give an emulator in which Alice may do everything, and one object stands."""
    grants = rights(ALICE, *_ALL, "storage.buckets.get", "storage.buckets.update", "storage.buckets.delete")
    with running_emulated(*grants) as running:
        running.put("there", b"content")
        yield running


def _refused(emulated: Emulated, answer: Answer, *, head: bool = False) -> None:
    """Hold that nothing was done, and that the answer says it is the emulator that does not."""
    assert answer.status == 501, answer
    assert head or answer.reason == "notImplemented"
    assert head or "does not model" in answer.message
    assert emulated.names() == ["there"]
    assert emulated.content("there") == b"content"


@pytest.mark.parametrize(("method", "target"), _PATHS, ids=lambda text: text)
def test_path_or_method_is_refused(emulated: Emulated, method: str, target: str) -> None:
    """A path and a method that are no operation of the emulator are refused."""
    answer = emulated.send(method, target, b"" if method in {"POST", "PUT", "PATCH"} else None)

    _refused(emulated, answer, head=method == "HEAD")


@pytest.mark.parametrize(("method", "target", "parameter"), _PARAMETERS, ids=lambda text: text)
def test_parameter_is_refused(emulated: Emulated, method: str, target: str, parameter: str) -> None:
    """A parameter that an operation does not have is refused, with any value."""
    body = _COMPOSE if target.endswith("/compose") else b"" if method in {"POST", "PUT", "PATCH"} else None
    answer = emulated.send(method, f"{target}{'&' if '?' in target else '?'}{parameter}", body)

    _refused(emulated, answer)


@pytest.mark.parametrize("name", _HEADERS)
@pytest.mark.parametrize(
    ("method", "target"), [("GET", _O), ("GET", f"{_O}?alt=media"), ("DELETE", _O), ("POST", _UPLOAD)]
)
def test_header_is_refused(emulated: Emulated, method: str, target: str, name: str) -> None:
    """A header that would change what a request means is refused: a precondition in it would be overlooked."""
    answer = emulated.send(method, target, b"data" if method == "POST" else None, {name: "whatever"})

    _refused(emulated, answer)


@pytest.mark.parametrize(("field", "value"), _FIELDS, ids=str)
@pytest.mark.parametrize("route", ["patch", "update", "multipart", "resumable", "compose", "copyTo", "rewriteTo"])
def test_field_is_refused(emulated: Emulated, route: str, field: str, value: object) -> None:
    """A field of a description that the emulator does not keep is refused, on each route that takes a description."""
    document: dict[str, object] = {"contentType": "text/plain", field: value}
    if route in {"patch", "update"}:
        answer = emulated.send("PATCH" if route == "patch" else "PUT", _O, document)
    elif route == "multipart":
        body = b"--x\r\n\r\n" + json.dumps({"name": "new", **document}).encode() + b"\r\n--x\r\n\r\ndata\r\n--x--"
        kind = {"Content-Type": "multipart/related; boundary=x"}
        answer = emulated.send("POST", f"/upload{_B}/o?uploadType=multipart", body, kind)
    elif route == "resumable":
        answer = emulated.send("POST", f"/upload{_B}/o?uploadType=resumable&name=new", document)
    elif route == "compose":
        answer = emulated.send("POST", f"{_B}/o/new/compose", {**_COMPOSE, "destination": document})
    else:
        answer = emulated.send("POST", f"{_O}/{route}/b/{BUCKET}/o/new", document)

    _refused(emulated, answer)


@pytest.mark.parametrize(
    "body",
    [
        {**_COMPOSE, "deleteSourceObjects": True},
        {"sourceObjects": [{"name": "there", "bucket": "other"}]},
        {"sourceObjects": [{"name": "there", "objectPreconditions": {"ifMetagenerationMatch": 1}}]},
    ],
    ids=str,
)
def test_field_of_a_compose_is_refused(emulated: Emulated, body: dict[str, object]) -> None:
    """So is a field of the compose itself, or of one of its sources."""
    answer = emulated.send("POST", f"{_B}/o/new/compose", body)

    _refused(emulated, answer)


@pytest.mark.parametrize("twice", ["ifGenerationMatch=1&ifGenerationMatch=0", "alt=json&alt=media", "name=a&name=b"])
def test_parameter_given_twice_is_refused(emulated: Emulated, twice: str) -> None:
    """Of two values of one parameter, none is taken for the one that is meant."""
    answer = emulated.send("DELETE", f"{_O}?{twice}")

    _refused(emulated, answer)


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "bytes=-", "bytes=", "items=0-1", "bytes=a-b", "bytes=0-99999999999999999999"]
)
def test_range_of_another_form_is_refused(emulated: Emulated, asked: str) -> None:
    """Several ranges, and what is no range of bytes."""
    answer = emulated.send("GET", f"{_O}?alt=media", None, {"Range": asked})

    _refused(emulated, answer)


def test_download_of_packed_content_is_refused() -> None:
    """Google would unpack it for a client that does not ask otherwise."""
    with running_emulated(*rights(ALICE, *_ALL)) as running:
        running.send("POST", f"{_UPLOAD}&contentEncoding=gzip", b"\x1f\x8b")
        answer = running.send("GET", f"{_B}/o/new?alt=media")

    assert answer.status == 501


def test_who_is_not_known_is_told_nothing(emulated: Emulated) -> None:
    """A token that is not good is answered 401 before anything else is looked at."""
    answer = emulated.send("POST", "/batch", b"", {"Authorization": "Bearer forged", "x-goog-acl": "private"})

    assert answer.status == 401
    assert answer.reason == "authError"


def test_packed_body_is_not_unpacked(emulated: Emulated) -> None:
    """A checksum covers a body as it was sent, so it is refused by its header, before anybody unpacks it."""
    answer = emulated.send("POST", _UPLOAD, b"no gzip", {"Content-Encoding": "gzip"})

    _refused(emulated, answer)
