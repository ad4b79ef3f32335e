"""Over drawn manifests: what is rendered is read again as it was, in the one canonical form."""

from __future__ import annotations

import json
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from arco.documents import WHOLE_MAX, Json
from arco.layout import Domain
from arco.manifests import ArtifactFile, ArtifactSet, Manifest, Tail

WHOLE = st.integers(0, WHOLE_MAX)
FROM_ONE = st.integers(1, WHOLE_MAX)
ATTEMPT = st.text(string.digits + string.ascii_lowercase, min_size=16, max_size=32)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TABLE = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
COUNTS = st.dictionaries(TEXT, WHOLE, max_size=3)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-WHOLE_MAX, WHOLE_MAX) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FILES = st.builds(ArtifactFile, FROM_ONE, HEX, st.integers(0, 2**32 - 1), WHOLE, st.tuples(TEXT, TEXT))
SETS = st.builds(ArtifactSet, WHOLE, ATTEMPT, FROM_ONE, FROM_ONE, st.dictionaries(TABLE, FILES, min_size=1, max_size=3))
ROWS = st.lists(st.dictionaries(TEXT, VALUES, max_size=3), max_size=2).map(tuple)
MANIFESTS = st.builds(
    Manifest,
    domain=st.sampled_from(Domain),
    manifest_id=FROM_ONE,
    attempt=ATTEMPT,
    commit_ulid=st.from_regex(r"[0-6][0-9A-HJKMNP-TV-Z]{25}", fullmatch=True),
    fencing_token=FROM_ONE,
    ledger_token=WHOLE,
    applied_position=WHOLE,
    applied_sha256=HEX,
    parquet_position=WHOLE,
    snapshot_version=WHOLE,
    fold_version=FROM_ONE,
    key_horizon=FROM_ONE,
    event_count=WHOLE,
    parent_hash=st.none() | HEX.map("sha256:{}".format),
    published_at=st.just("2026-05-28T20:26:40Z"),
    base=st.none() | SETS,
    l0=st.lists(SETS, max_size=2).map(tuple),
    tail=st.builds(Tail, st.dictionaries(TABLE, ROWS)),
    totals=COUNTS,
    watermarks=COUNTS,
)


@settings(max_examples=50)
@given(MANIFESTS)
def test_manifest_is_read_as_it_was_rendered(manifest: Manifest) -> None:
    """Nothing is lost or altered between a manifest and its bytes."""
    data = manifest.render()

    assert Manifest.parse(data, manifest.key) == manifest
    assert Manifest.parse(data, manifest.key).render() == data


@settings(max_examples=50)
@given(MANIFESTS)
def test_bytes_do_not_depend_on_the_order_of_names(manifest: Manifest) -> None:
    """Equal manifests have equal bytes, however their mappings were built: the form is canonical."""
    document = json.loads(manifest.render())
    turned = json.dumps(dict(reversed(document.items())), indent=2).encode()

    assert Manifest.parse(turned, manifest.key).render() == manifest.render()
