"""Nothing can be hung on a view."""

from arco.storage.views import LockView


def use(view: LockView, held: list[LockView]) -> None:
    """One use stands here."""
    view.bucket = 1  # E: attr-defined reportAttributeAccessIssue
