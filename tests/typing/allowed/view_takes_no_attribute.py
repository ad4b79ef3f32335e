"""Nothing can be hung on a view."""

from arco.storage.views import LockView


def use(view: LockView, held: list[LockView]) -> None:
    """One use stands here."""
    held[0] = view
