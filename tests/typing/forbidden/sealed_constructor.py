"""A view cannot be made around a bucket."""

from arco.storage.bucket import Bucket
from arco.storage.views import ReadView
from arco.storage.workspace import WorkspaceStorage


def use(bucket: Bucket, storage: WorkspaceStorage) -> None:
    """One use stands here."""
    ReadView(bucket)  # E: arg-type,call-arg reportCallIssue
