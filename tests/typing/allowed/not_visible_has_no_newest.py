"""Whoever was not told that it is visible has nothing to go on from."""

from arco.manifests import Published, Visible


def use(answer: Published, visible: Visible) -> None:
    """One use stands here."""
    visible.newest.manifest  # noqa: B018
