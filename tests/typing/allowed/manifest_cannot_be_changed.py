"""A manifest that was read does not change."""

from arco.manifests import Manifest


def use(manifest: Manifest) -> None:
    """One use stands here."""
    manifest.applied_position  # noqa: B018
