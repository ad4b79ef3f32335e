"""Names of resources as the `google` provider reads them; what it may read otherwise is not a name here."""

from __future__ import annotations

import re

from arco.policy.values import Text, Value

__all__ = ["account_email", "bucket_name", "folder_name", "project_name"]

_BUCKET = re.compile(r"(?:b/)?([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])")
_PROJECT = re.compile(r"(?:projects/)?((?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9]+)")
_ACCOUNT = re.compile(r"(?:projects/[a-z0-9.:-]+/serviceAccounts/)?([a-z0-9.-]+@[a-z0-9.-]+)")
_FOLDER = re.compile(r"(?!b/)(?!.*managedFolders/).+/")


def account_email(value: Value) -> str | None:
    """Give a service account's e-mail, or None for what may name another: a number, say, is an account's unique id."""
    return _match(_ACCOUNT, value)


def bucket_name(value: Value) -> str | None:
    """Give the bucket that `NAME` or `b/NAME` names, or None: the provider takes its name out of longer texts."""
    return _match(_BUCKET, value)


def project_name(value: Value) -> str | None:
    """Give the project's id or number, or None for a text that is neither."""
    return _match(_PROJECT, value)


def folder_name(value: Value) -> str | None:
    """Give a managed folder's name, which ends in a slash, or None for a text that may name more than a folder."""
    return value.value if isinstance(value, Text) and value.known and _FOLDER.fullmatch(value.value) else None


def _match(pattern: re.Pattern[str], value: Value) -> str | None:
    match = pattern.fullmatch(value.value) if isinstance(value, Text) and value.known else None
    return match[1] if match is not None else None
