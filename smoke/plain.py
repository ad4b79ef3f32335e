"""Google's own client of one account, unmodified: every way to ask for what the matrix has a letter for.

Services have no method for what they may not do, so what must be refused is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import google.cloud.storage as google_storage  # type: ignore[import-untyped]
from google.api_core.iam import Policy
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession

from smoke.answers import Answer, answer_of

__all__ = ["CREATING", "READING", "Plain", "Request"]

_SECONDS: Final = 20.0
_BOGUS_ETAG: Final = "AAAAAAAAAAA="
_CONDITIONS_VERSION: Final = 3

CREATING: Final = ("insert", "resumable", "compose", "copy", "rewrite")
"""Every way in which the client makes an object, of a free name or over what stands there."""

READING: Final = ("describe", "download")


@final
@dataclass(frozen=True, slots=True)
class Request:
    """One request. `over` replaces what stands there; without it the name must be free. `source` is what is copied.

    For a bucket `name` is empty, and for a list the prefix.
    """

    route: str
    bucket: str
    name: str = ""
    over: bool = False
    source: tuple[str, str] = ("", "")


@final
class Plain:
    """The client of one account."""

    def __init__(self, endpoint: str, credentials: Credentials) -> None:
        """Send nothing yet."""
        self._session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
        self._session.trust_env = False
        self._client = google_storage.Client(
            project="none", credentials=credentials, _http=self._session, client_options={"api_endpoint": endpoint}
        )
        # Without this, a thread of the client describes the bucket, for traces that nobody takes.
        setattr(self._client, "_bucket_metadata_cache", None)  # noqa: B010 - the only switch beside a variable
        self.policies: Mapping[str, dict[str, Any]] = {}

    def close(self) -> None:
        """Close the connections."""
        self._session.close()  # type: ignore[no-untyped-call]

    def ask(self, request: Request) -> Answer:
        """Send one request, once, and judge the answer."""
        return answer_of(lambda: _ROUTES[request.route](self, request))

    def place(self, bucket: str, name: str) -> int:
        """Create an object, and give its generation. Raises what the client raises."""
        blob = self.bucket(bucket).blob(name)
        blob.upload_from_string(b"placed", if_generation_match=0, timeout=_SECONDS)
        return int(blob.generation)

    def read_policy(self, bucket: str) -> dict[str, Any]:
        """Read the policy of a bucket. Raises what the client raises."""
        policy = self.bucket(bucket).get_iam_policy(
            requested_policy_version=_CONDITIONS_VERSION, retry=None, timeout=_SECONDS
        )
        found: dict[str, Any] = policy.to_api_repr()
        return found

    def bucket(self, name: str) -> Any:  # noqa: ANN401 - Google's client has no types
        """Give the client's own bucket."""
        return self._client.bucket(name)

    def is_alive(self, bucket: str) -> Answer:
        """Ask what needs no permission but an account: a credential that is dead cannot answer."""
        return answer_of(
            lambda: self.bucket(bucket).test_iam_permissions(["storage.objects.list"], retry=None, timeout=_SECONDS)
        )

    def list_names(self, request: Request) -> list[str]:
        """List one page."""
        listing = self.bucket(request.bucket).list_blobs(
            prefix=request.name or None, max_results=10, retry=None, timeout=_SECONDS
        )
        return [blob.name for blob in next(listing.pages, ())]


def _once(request: Request) -> dict[str, Any]:
    return {"if_generation_match": None if request.over else 0, "retry": None, "timeout": _SECONDS}


def _insert(plain: Plain, request: Request) -> None:
    plain.bucket(request.bucket).blob(request.name).upload_from_string(b"from smoke", **_once(request))


def _resumable(plain: Plain, request: Request) -> None:
    """Start an upload: that is when it is decided. What is never sent is never made."""
    plain.bucket(request.bucket).blob(request.name).create_resumable_upload_session(size=10, **_once(request))


def _compose(plain: Plain, request: Request) -> None:
    bucket = plain.bucket(request.bucket)
    bucket.blob(request.name).compose([bucket.blob(request.source[1])], **_once(request))


def _copy(plain: Plain, request: Request) -> None:
    source = plain.bucket(request.source[0])
    destination = plain.bucket(request.bucket)
    source.copy_blob(source.blob(request.source[1]), destination, request.name, **_once(request))


def _rewrite(plain: Plain, request: Request) -> None:
    source = plain.bucket(request.source[0]).blob(request.source[1])
    plain.bucket(request.bucket).blob(request.name).rewrite(source, **_once(request))


def _describe(plain: Plain, request: Request) -> None:
    plain.bucket(request.bucket).blob(request.name).reload(retry=None, timeout=_SECONDS)


def _download(plain: Plain, request: Request) -> None:
    plain.bucket(request.bucket).blob(request.name).download_as_bytes(retry=None, timeout=_SECONDS)


def _patch(plain: Plain, request: Request) -> None:
    blob = plain.bucket(request.bucket).blob(request.name)
    blob.metadata = {"smoke": "patched"}
    blob.patch(retry=None, timeout=_SECONDS)


def _update(plain: Plain, request: Request) -> None:
    blob = plain.bucket(request.bucket).blob(request.name)
    blob.metadata = {"smoke": "updated"}
    blob.update(retry=None, timeout=_SECONDS)


def _delete(plain: Plain, request: Request) -> None:
    plain.bucket(request.bucket).blob(request.name).delete(retry=None, timeout=_SECONDS)


def _describe_bucket(plain: Plain, request: Request) -> None:
    plain.bucket(request.bucket).reload(retry=None, timeout=_SECONDS)


def _update_bucket(plain: Plain, request: Request) -> None:
    """Change nothing: it takes the same permission as any change."""
    plain.bucket(request.bucket).patch(retry=None, timeout=_SECONDS)


def _read_policy(plain: Plain, request: Request) -> None:
    plain.read_policy(request.bucket)


def _write_policy(plain: Plain, request: Request) -> None:
    """Write the policy back as an administrator read it; without that, one whose stale etag keeps it from harm."""
    stale = {"version": _CONDITIONS_VERSION, "etag": _BOGUS_ETAG, "bindings": []}
    policy = Policy.from_api_repr(dict(plain.policies.get(request.bucket, stale)))  # type: ignore[no-untyped-call]
    plain.bucket(request.bucket).set_iam_policy(policy, retry=None, timeout=_SECONDS)


_ROUTES: Final[Mapping[str, Callable[[Plain, Request], object]]] = {
    "insert": _insert,
    "resumable": _resumable,
    "compose": _compose,
    "copy": _copy,
    "rewrite": _rewrite,
    "describe": _describe,
    "download": _download,
    "patch": _patch,
    "update": _update,
    "delete": _delete,
    "list": Plain.list_names,
    "describe bucket": _describe_bucket,
    "update bucket": _update_bucket,
    "read policy": _read_policy,
    "write policy": _write_policy,
}
