"""A domain without a manifest is not an empty one."""

from arco.manifests import Newest, Uninitialised


def use(found: Newest | Uninitialised, newest: Newest) -> None:
    """One use stands here."""
    newest.manifest.totals  # noqa: B018
