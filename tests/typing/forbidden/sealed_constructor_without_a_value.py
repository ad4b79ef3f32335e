"""A view cannot be made out of nothing."""

from arco.storage.views import ListView
from arco.storage.workspace import WorkspaceStorage


def use(storage: WorkspaceStorage) -> None:
    """One use stands here."""
    ListView()  # E: call-arg reportCallIssue
