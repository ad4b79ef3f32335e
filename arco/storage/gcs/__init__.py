"""A bucket of Google Cloud Storage, over the JSON API and Google's own client.

What is taken from where:

| value | source |
|---|---|
| version of a read | header `X-Goog-Generation` of the very answer that carries the bytes |
| version of a write | `generation` in the answer to the upload; a delete repeats the one that it was given |
| `updated` | header `Last-Modified` of a read; field `updated` of any other answer, cut to the second |
| `server_time` | header `Date` |
| checksum of a read | header `X-Goog-Hash`, compared with the bytes; a range cannot be checked |
| checksum of a write | `crc32c` is sent with the bytes, for the service to compare; its answer is compared too |

Invariants:

* Every write carries `ifGenerationMatch`: 0 for a name that must be absent. A version that is not a generation, 0 among
  them, is refused before anything is sent.
* A write is sent once. Only 401 may send it again, with a refreshed credential: that answer says that it was not done.
* Errors follow the status alone. The fate of a write is unknown without a sound answer, unless no connection was made.
* A call sends one request, and nothing is sent beside calls: the client would describe the bucket, which no role may.
* Nothing is asked of the environment: neither a project, nor a credential, nor another endpoint.

A bucket that does not exist answers 404 with the reason `notFound`, as does an object that does not: no code tells them
apart. So a read in a bucket that does not exist finds nothing; a create or a listing there raises InputError.

Not documented, and to be settled with a live project: 403 or 412 for a create of an existing name without the right to
delete, and 403 or 404 for a missing name without the right to list (this package passes each on; `settle.py` and
`absence.py` are right under both); 404 or 412 for a conditional delete of a missing name (absent or refused here);
whether `Last-Modified` is `updated` cut to the second; whether a listing may start at 1,024 bytes or at a control
character.
"""

from __future__ import annotations

from arco.storage.gcs._bucket import GOOGLE, GcsBucket, Limits

__all__ = ["GOOGLE", "GcsBucket", "Limits"]
