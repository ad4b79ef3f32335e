"""The name of the API's method that a request calls, for logs and for faults. It decides nothing."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["UNMODELLED", "operation_of"]

UNMODELLED: Final = "unmodelled"

_B: Final = r"/storage/v1/b/[^/]+"
_METHODS: Final = tuple(
    (methods.split(), re.compile(path), name)
    for methods, path, name in (
        ("POST PUT DELETE", rf"/upload{_B}/o", "storage.objects.insert"),
        ("GET", rf"{_B}/o", "storage.objects.list"),
        ("GET", rf"(/download)?{_B}/o/[^/]+", "storage.objects.get"),
        ("PATCH", rf"{_B}/o/[^/]+", "storage.objects.patch"),
        ("PUT", rf"{_B}/o/[^/]+", "storage.objects.update"),
        ("DELETE", rf"{_B}/o/[^/]+", "storage.objects.delete"),
        ("POST", rf"{_B}/o/[^/]+/compose", "storage.objects.compose"),
        ("POST", rf"{_B}/o/[^/]+/copyTo/b/[^/]+/o/[^/]+", "storage.objects.copy"),
        ("POST", rf"{_B}/o/[^/]+/rewriteTo/b/[^/]+/o/[^/]+", "storage.objects.rewrite"),
        ("GET", _B, "storage.buckets.get"),
        ("PATCH", _B, "storage.buckets.patch"),
        ("GET", rf"{_B}/iam", "storage.buckets.getIamPolicy"),
        ("PUT", rf"{_B}/iam", "storage.buckets.setIamPolicy"),
        ("GET", rf"{_B}/iam/testPermissions", "storage.buckets.testIamPermissions"),
        ("POST", r"/v1/projects/[^/]+/serviceAccounts/[^/:]+:generateAccessToken", "iam.generateAccessToken"),
    )
)


def operation_of(method: str, path: str) -> str:
    """Name the method of a request whose path is still encoded; `UNMODELLED` for what there is none."""
    for methods, pattern, name in _METHODS:
        if method in methods and pattern.fullmatch(path):
            return name
    return UNMODELLED
