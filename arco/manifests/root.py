"""The root manifest: static, and the sentinel of `manifests/`. It says which domains there are, and where they are."""

from __future__ import annotations

from typing import Final

from arco.documents import Json, parse_document, render_document
from arco.errors import CorruptionError, InputError
from arco.layout import Domain, DomainManifestKey, ManifestKey, RootManifestKey
from arco.manifests.manifest import FORMAT

__all__ = ["ROOT_MANIFEST", "check_root"]


def _root() -> dict[str, Json]:
    domains: dict[str, Json] = {
        domain.value: {
            "chain": ManifestKey(domain, 1).path.rpartition("/")[0] + "/",
            "hint": DomainManifestKey(domain).path,
        }
        for domain in Domain
    }
    return {"format": FORMAT, "domains": domains}


ROOT_MANIFEST: Final = render_document(_root())
"""The same bytes in every workspace: whoever creates it, it is right."""


def check_root(data: bytes) -> None:
    """Refuse what is not the root manifest of this format: CorruptionError."""
    name = RootManifestKey().path
    if data == ROOT_MANIFEST:
        return
    try:
        parse_document(data, name).exactly("format", FORMAT)
    except InputError as error:
        message = f"not a root manifest: {error.message}"
        raise CorruptionError(message, name=name) from error
    message = "the root manifest names other domains or folders than this version knows"
    raise CorruptionError(message, name=name)
