"""Why a file cannot be read, in words that do not depend on the system."""

from __future__ import annotations

__all__ = ["why"]


def why(error: OSError) -> str:
    """Say in plain words why something could not be read."""
    match error:
        case FileNotFoundError():
            return "it does not exist"
        case IsADirectoryError():
            return "it is a directory"
        case NotADirectoryError():
            return "it is not a directory"
        case PermissionError():
            return "this user may not read it"
        case _:
            return (error.strerror or "the system gives no reason").lower()
