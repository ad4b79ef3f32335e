"""What Google's client sent and was answered, as facts that two servers can share: numbers and times are renamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import google.cloud.storage as google_storage  # type: ignore[import-untyped]
from google.auth.transport.requests import AuthorizedSession

from tests.differential.steps import STEPS
from tests.fakes.google_credentials import FixedCredentials

__all__ = ["facts_of"]

# How a connection is kept, and what a server calls itself.
_TRANSPORT: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "server", "content-length"})
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]+ GMT"
)
_OPAQUE: Final = frozenset({"etag", "nextPageToken"})


@dataclass(slots=True)
class _Recorder:
    """Keeps every answer of a session."""

    endpoint: str
    bucket: str
    answers: list[Any] = field(default_factory=list[Any])

    def facts(self) -> Iterator[tuple[str, str]]:
        """Give the facts of all answers since the last time."""
        answers, self.answers = self.answers, []
        for number, answer in enumerate(answers, 1):
            yield f"{number} status", str(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _TRANSPORT:
                    yield f"{number} header {name.lower()}", self._plain(name.lower(), value)
            if answer.headers.get("Content-Type", "").startswith("application/json") and answer.content:
                yield from ((f"{number} body {path}", value) for path, value in self._flat("", answer.json()))

    def _flat(self, path: str, value: object) -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            for name in sorted(value):
                inside = "a list" if name == "acl" else value[name]
                yield from self._flat(f"{path}.{name}".lstrip("."), inside)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                yield from self._flat(f"{path}[{number}]", one)
        else:
            yield path, self._plain(path.rpartition(".")[2], str(value))

    def _plain(self, name: str, value: str) -> str:
        text = _TIME.sub("TIME", value.replace(self.endpoint, "ENDPOINT").replace(self.bucket, "BUCKET"))
        if name in _OPAQUE and text:
            return "OPAQUE"
        if name == "id":
            text = re.sub(r"/[0-9]+$", "/GENERATION", text)
        if name in {"generation", "x-goog-generation"} and text.isdecimal():
            return "GENERATION"
        return re.sub(
            r"upload_id=[^&]+|[0-9a-f]{32,}", "UPLOAD", re.sub(r"generation=[0-9]+", "generation=GENERATION", text)
        )


def facts_of(endpoint: str, bucket: str, token: str) -> dict[str, str]:
    """Do all steps on an empty bucket, and give what was seen: `step: number of the answer, fact`."""
    session = AuthorizedSession(FixedCredentials(token))  # type: ignore[no-untyped-call]
    session.trust_env = False
    recorder = _Recorder(endpoint, bucket)
    session.hooks["response"].append(lambda answer, **_: recorder.answers.append(answer))
    client = google_storage.Client(
        project="none",
        credentials=FixedCredentials(token),
        _http=session,
        client_options={"api_endpoint": endpoint},
    )
    # Without this, a thread of the client describes the bucket, for traces that nobody takes.
    setattr(client, "_bucket_metadata_cache", None)  # noqa: B010 - the only switch beside a variable
    found: dict[str, str] = {}
    try:
        for name, step in STEPS.items():
            found[f"{name}: result"] = str(step(client.bucket(bucket)))
            found.update({f"{name}: {fact}": value for fact, value in recorder.facts()})
    finally:
        session.close()  # type: ignore[no-untyped-call]
    return found
