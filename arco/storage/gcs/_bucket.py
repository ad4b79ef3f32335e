"""The bucket itself: what is asked of the client."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar, final

from google.auth.credentials import Credentials

from arco.errors import InputError, UnavailableError
from arco.runtime import Clock, Randomness
from arco.storage.backoff import Backoff
from arco.storage.bucket import ABSENT, Absent, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.checksums import crc32c
from arco.storage.gcs import _answers as answers
from arco.storage.gcs import _judgement as judgement
from arco.storage.gcs._failures import Finding, read_finding, write_finding
from arco.storage.gcs._wire import Exchange, OverdueError, TroubleError, Wire
from arco.storage.names import PAGE_NAMES_MAX, check_name, check_page, check_range

__all__ = ["GOOGLE", "GcsBucket", "Limits"]

GOOGLE: Final = "https://storage.googleapis.com"

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, and how long. A request has `request_seconds`, the wait for a free connection included."""

    connections: int = 32
    connect_seconds: float = 5.0
    request_seconds: float = 30.0
    read_tries: int = 3
    pause_seconds_max: float = 5.0


@final
class GcsBucket:
    """Objects of the bucket `name`, read and written as `credentials` allow. One handle serves all tasks and threads.

    Reads are tried `read_tries` times while the service is unavailable, with pauses; writes once. A wish for a longer
    pause than `pause_seconds_max` is passed on at once. Whoever opened it closes it.
    """

    def __init__(
        self,
        name: str,
        credentials: Credentials,
        *,
        clock: Clock,
        randomness: Randomness,
        endpoint: str = GOOGLE,
        limits: Limits | None = None,
    ) -> None:
        """Send nothing yet: a bucket that does not exist shows at the first create."""
        self._name = name
        self._clock = clock
        self._randomness = randomness
        self._limits = limits or Limits()
        self._wire = Wire(
            endpoint,
            credentials,
            connections=self._limits.connections,
            connect_seconds=self._limits.connect_seconds,
            deadline_seconds=self._limits.request_seconds,
        )
        self._bucket = self._wire.client.bucket(name)

    def close(self) -> None:
        """Drop what waits for a connection, and let what runs end."""
        self._wire.close()

    async def get(self, name: str) -> Stored | Absent:
        """Read an object and its version in one call. Raises CorruptionError if its checksum does not match."""
        check_name(name)
        answer = await self._read(
            "get", name, lambda: self._download(name, None, None), lambda data, sent: judgement.stored(name, data, sent)
        )
        return ABSENT if isinstance(answer, Finding) else answer

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read bytes [start, end), clamped to the object. No checksum covers them."""
        check_name(name)
        check_range(start, end)
        # HTTP has no empty range: one byte tells whether the object is there.
        last = max(start, end - 1)
        answer = await self._read(
            "get_range",
            name,
            lambda: self._download(name, start, last),
            lambda data, sent: judgement.part(name, data, sent, start, last + 1),
            expected=frozenset({Finding.MISSING, Finding.BEYOND}),
        )
        if isinstance(answer, Finding):
            return b"" if answer is Finding.BEYOND else ABSENT
        return answer[: end - start]

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe an object."""
        check_name(name)
        answer = await self._read(
            "head",
            name,
            lambda: self._bucket.blob(name).reload(retry=None, timeout=self._wire.timeout),
            lambda _, sent: judgement.described(name, sent),
        )
        return ABSENT if isinstance(answer, Finding) else answer

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write if the object's version is `if_version`, or if it is absent."""
        check_name(name)
        generation = 0 if if_version is ABSENT else _number(if_version)
        if generation is None:
            return Refused()
        answer = await self._write("put", name, lambda: self._upload(name, data, generation))
        if answer is Finding.MISSING:
            raise self._no_bucket()
        return Refused() if isinstance(answer, Finding) else judgement.written(name, answer, data)

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete if the version is `if_version`, which the answer repeats; an absent object is `ABSENT`."""
        check_name(name)
        generation = _number(if_version)
        if generation is None:
            return Refused()
        answer = await self._write(
            "delete",
            name,
            lambda: self._bucket.blob(name).delete(
                if_generation_match=generation, retry=None, timeout=self._wire.timeout
            ),
        )
        if isinstance(answer, Finding):
            return ABSENT if answer is Finding.MISSING else Refused()
        return Written(if_version, None, judgement.server_seconds(answer))

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List at most `limit` names that begin with `prefix` and stand behind `start_after` in byte order."""
        check_page(prefix, start_after, limit)
        # The service's start is inclusive: one more, since the first may be `start_after` itself.
        wanted = min(limit + bool(start_after), PAGE_NAMES_MAX)
        token: str | None = None
        while True:
            names, token = await self._names(prefix, start_after, wanted, token)
            kept = tuple(name for name in names if not start_after or name != start_after)[:limit]
            # The service may give a page of nothing, and a token for more.
            if kept or token is None:
                more = token is not None or len(kept) == limit
                return Page(kept, kept[-1] if kept and more else None)

    async def _names(
        self, prefix: str, start_after: str, wanted: int, token: str | None
    ) -> tuple[list[str], str | None]:
        def ask() -> tuple[list[str], str | None]:
            listing = self._bucket.list_blobs(
                prefix=prefix or None,
                start_offset=start_after or None,
                max_results=wanted,
                page_token=token,
                fields="items(name),nextPageToken",
                retry=None,
                timeout=self._wire.timeout,
            )
            names = [str(blob.name) for blob in next(listing.pages, ())]
            return names, listing.next_page_token or None

        answer = await self._read("list_page", prefix, ask, lambda found, _: found)
        if isinstance(answer, Finding):
            raise self._no_bucket()
        return answer

    def _download(self, name: str, start: int | None, last: int | None) -> bytes:
        sink = io.BytesIO()
        # Raw: the bytes as they are stored, which is what the checksum covers. The client's retries would read the rest
        # of an interrupted answer at its generation, and find 404 after an overwrite, which is not absence.
        self._bucket.blob(name).download_to_file(
            sink, start=start, end=last, raw_download=True, checksum=None, retry=None, timeout=self._wire.timeout
        )
        return sink.getvalue()

    def _upload(self, name: str, data: bytes, generation: int) -> None:
        blob = self._bucket.blob(name)
        # Set by hand: the client's own check of a long upload deletes what it finds to be damaged, whosever it is.
        blob.crc32c = answers.encoded_checksum(crc32c(data))
        blob.upload_from_string(
            data,
            content_type="application/octet-stream",
            if_generation_match=generation,
            checksum=None,
            retry=None,
            timeout=self._wire.timeout,
        )

    async def _read(
        self,
        operation: str,
        name: str,
        call: Callable[[], T],
        judge: Callable[[T, Exchange], U],
        *,
        expected: frozenset[Finding] = frozenset({Finding.MISSING}),
    ) -> U | Finding:
        """Read and judge the answer, again while the service is unavailable; a finding is not judged."""

        async def once() -> U | Finding:
            try:
                data, exchange = await self._wire.ask(call)
            except (OverdueError, TroubleError) as error:
                found = read_finding(error, operation, name, expected)
                if isinstance(found, Finding):
                    return found
                raise found from error
            return judge(data, exchange)

        backoff = Backoff(self._randomness)
        for _ in range(self._limits.read_tries - 1):
            try:
                return await once()
            except UnavailableError as error:
                pause = backoff.next_seconds(error.retry_after_seconds)
                if pause > self._limits.pause_seconds_max:
                    raise
            await self._clock.sleep(pause)
        return await once()

    async def _write(self, operation: str, name: str, call: Callable[[], object]) -> Exchange | Finding:
        """Write, once."""
        try:
            _, exchange = await self._wire.ask(call)
        except (OverdueError, TroubleError) as error:
            found = write_finding(error, operation, name, frozenset({Finding.MISSING, Finding.REFUSED}))
            if isinstance(found, Finding):
                return found
            raise found from error
        return exchange

    def _no_bucket(self) -> InputError:
        return InputError("there is no such bucket status=404", source=self._name)


def _number(version: Version) -> int | None:
    generation = answers.generation(version)
    return None if generation is None else int(generation)
