"""Names of resources as the `google` provider reads them; what it may read otherwise is not a name here."""

from __future__ import annotations

import re

from arco.policy.values import Text, Value

__all__ = ["account_name", "bucket_name", "folder_name", "is_enforced", "project_name"]

_BUCKET = re.compile(r"(?:b/)?([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])")
_PROJECT = re.compile(r"(?:projects/)?((?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9]+)")
_ACCOUNT = re.compile(r"projects/[^/]+/serviceAccounts/([^/@\s]+@[^/@\s]+)")
_ENFORCED = re.compile(r"(enforced)")
_FOLDER = re.compile(r"(?!b/)(?!.*managedFolders/).+/")


def bucket_name(value: Value) -> str | None:
    """Give the bucket that `NAME` or `b/NAME` names, or None: the provider takes its name out of longer texts."""
    return _match(_BUCKET, value)


def project_name(value: Value) -> str | None:
    """Give the project's id or number, or None for a text that is neither."""
    return _match(_PROJECT, value)


def folder_name(value: Value) -> str | None:
    """Give a managed folder's name, which ends in a slash, or None for a text that may name more than a folder."""
    return value.value if isinstance(value, Text) and value.known and _FOLDER.fullmatch(value.value) else None


def account_name(value: Value) -> str | None:
    """Give the e-mail address of the service account that a `service_account_id` names, or None for another text."""
    email = _match(_ACCOUNT, value)
    return None if email is None else email.lower()


def is_enforced(value: Value) -> bool:
    """Whether a setting (`public_access_prevention`) is known to be `enforced`."""
    return _match(_ENFORCED, value) is not None


def _match(pattern: re.Pattern[str], value: Value) -> str | None:
    match = pattern.fullmatch(value.value) if isinstance(value, Text) and value.known else None
    return match[1] if match is not None else None
