"""Manifests: the chain that a domain's history is, and the one function that adds to it."""

from arco.manifests._newest import Newest, Uninitialised
from arco.manifests.artifacts import ArtifactFile, ArtifactSet
from arco.manifests.chain import ChainReader
from arco.manifests.drafts import draft_genesis, draft_next, next_commit_ulid
from arco.manifests.hint import Hint, move_hint
from arco.manifests.manifest import Manifest, Tail, compute_manifest_hash
from arco.manifests.publish import NotVisible, Published, Publisher, Visible, publisher
from arco.manifests.root import ROOT_MANIFEST, check_root
from arco.manifests.succession import Flaw, validate_genesis, validate_succession

__all__ = [
    "ROOT_MANIFEST",
    "ArtifactFile",
    "ArtifactSet",
    "ChainReader",
    "Flaw",
    "Hint",
    "Manifest",
    "Newest",
    "NotVisible",
    "Published",
    "Publisher",
    "Tail",
    "Uninitialised",
    "Visible",
    "check_root",
    "compute_manifest_hash",
    "draft_genesis",
    "draft_next",
    "move_hint",
    "next_commit_ulid",
    "publisher",
    "validate_genesis",
    "validate_succession",
]
