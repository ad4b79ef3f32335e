"""Becoming a service account: the one method of the IAM Credentials API that impersonated credentials use.

Source: "Method: serviceAccounts.generateAccessToken". Whoever may, is named by the plan's policies of accounts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from arco.emulator.asked import Asked, decoded
from arco.emulator.desk import Desk
from arco.emulator.enforcement import ANONYMOUS, Check
from arco.emulator.identity import TOKEN_SECONDS, TokenTable
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled

__all__ = ["PATH", "serve"]

PATH: Final = re.compile(r"/v1/projects/(?P<project>[^/]+)/serviceAccounts/(?P<email>[^/:]+):(?P<verb>[A-Za-z]+)")

_PERMISSION: Final = "iam.serviceAccounts.getAccessToken"
# Scopes under which a token can do all that its account may; a narrower one is not modelled.
_FULL: Final = frozenset(
    f"https://www.googleapis.com/auth/{name}" for name in ("cloud-platform", "devstorage.full_control")
)
_LIFETIME: Final = re.compile(r"(?P<seconds>[0-9]{1,6})s")


def serve(desk: Desk, tokens: TokenTable, caller: str, asked: Asked) -> Reply:
    """Issue a token for the account that the path names, to a caller who may have it."""
    match = PATH.fullmatch(asked.path)
    if match is None or asked.method != "POST" or match["verb"] != "generateAccessToken":
        refuse_unmodelled(f"{asked.method} {asked.path}")
    asked.only()
    if decoded(match["project"]) != "-":
        raise Failure(400, "the project of a service account is written as '-'")
    email = decoded(match["email"]).lower()
    lifetime_seconds = _lifetime(asked.document())
    if not desk.may(caller, Check(_PERMISSION, "", account=email)):
        raise _denied(caller, email)
    issued = tokens.issue(f"serviceAccount:{email}", lifetime_seconds)
    ends = datetime.fromtimestamp(issued.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Reply(200, {"accessToken": issued.token, "expireTime": ends})


def _lifetime(document: dict[str, JsonValue]) -> float:
    """Read how long the token is wanted, and refuse what would make it another token."""
    unknown = sorted(set(document) - {"delegates", "scope", "lifetime"})
    if unknown:
        refuse_unmodelled(f"the field {unknown[0]!r} of generateAccessToken")
    if document.get("delegates"):
        refuse_unmodelled("a chain of delegates")
    scopes = document.get("scope")
    if not isinstance(scopes, list) or not scopes:
        raise Failure(400, "scope is required")
    if not any(isinstance(scope, str) and scope in _FULL for scope in scopes):
        refuse_unmodelled(f"a token that is narrowed to the scopes {scopes}")
    match = _LIFETIME.fullmatch(str(document.get("lifetime") or f"{int(TOKEN_SECONDS)}s"))
    seconds = int(match["seconds"]) if match is not None else 0
    if not 0 < seconds <= TOKEN_SECONDS:
        raise Failure(400, f"a lifetime is from 1s to {int(TOKEN_SECONDS)}s")
    return float(seconds)


def _denied(caller: str, email: str) -> Failure:
    who = "Anonymous caller" if caller == ANONYMOUS else caller.partition(":")[2]
    message = (
        f"{who} does not have {_PERMISSION} access to the service account. "
        f"Permission '{_PERMISSION}' denied on resource 'projects/-/serviceAccounts/{email}' (or it may not exist)."
    )
    return Failure(401, message) if caller == ANONYMOUS else Failure(403, message)
