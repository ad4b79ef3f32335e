"""Google's client, as much of it as is used, with the types that it does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol, TypeAlias, cast

import google.cloud.storage as google_storage  # type: ignore[import-untyped]
import requests
from google.auth.credentials import Credentials

__all__ = ["Client", "ClientBucket", "Timeout", "make_client"]

Timeout: TypeAlias = tuple[float, float]
"""Seconds to connect, and seconds without a byte."""


class _Blob(Protocol):
    crc32c: str
    name: str

    def reload(self, *, retry: None, timeout: Timeout) -> None: ...

    def delete(self, *, if_generation_match: int, retry: None, timeout: Timeout) -> None: ...

    def download_to_file(
        self,
        file_obj: BinaryIO,
        *,
        start: int | None,
        end: int | None,
        raw_download: bool,
        checksum: None,
        retry: None,
        timeout: Timeout,
    ) -> None: ...

    def upload_from_string(
        self,
        data: bytes,
        *,
        content_type: str,
        if_generation_match: int,
        checksum: None,
        retry: None,
        timeout: Timeout,
    ) -> None: ...


class _Listing(Protocol):
    next_page_token: str | None
    pages: Iterator[Iterable[_Blob]]


class ClientBucket(Protocol):
    """A bucket of the client, which is a name."""

    def blob(self, blob_name: str) -> _Blob:
        """Name an object."""
        ...

    def list_blobs(
        self,
        *,
        prefix: str | None,
        start_offset: str | None,
        max_results: int,
        page_token: str | None,
        fields: str,
        retry: None,
        timeout: Timeout,
    ) -> _Listing:
        """Begin a listing, which asks when its page is taken."""
        ...


class Client(Protocol):
    """The client."""

    def bucket(self, bucket_name: str) -> ClientBucket:
        """Name a bucket."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


def make_client(endpoint: str, credentials: Credentials, session: requests.Session) -> Client:
    """Make a client that asks nothing of the environment: no project, no credential, no other endpoint."""
    made = google_storage.Client(
        project=None, credentials=credentials, _http=session, client_options={"api_endpoint": endpoint}
    )
    # A thread of the client would describe the bucket for traces that nobody takes, with a right that no role has here.
    setattr(made, "_bucket_metadata_cache", None)  # noqa: B010 - the only switch beside a variable of the environment
    return cast("Client", made)
