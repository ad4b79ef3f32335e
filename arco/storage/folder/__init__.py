"""A bucket in a folder: the embedded default, for one machine and any number of its processes.

`bucket.py` says what it promises, `files.py` what it asks of the disk, and ADR 0005 why it is made this way.
"""

from __future__ import annotations

from arco.storage.folder.bucket import FolderBucket, open_folder
from arco.storage.folder.files import Files, SystemFiles

__all__ = ["Files", "FolderBucket", "SystemFiles", "open_folder"]
