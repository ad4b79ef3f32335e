"""What a start says: a screen for people, a document for programs, and the file that holds the credentials."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Final, final

from arco.emulator.assumptions import ASSUMPTIONS
from arco.emulator.replies import JsonValue
from arco.emulator.service import Emulator

__all__ = ["Start", "document", "screen", "write_tokens"]

_SHOWN: Final = 3
_CALLERS: Final = ("serviceAccount:", "user:", "allUsers", "allAuthenticatedUsers")


@final
@dataclass(frozen=True, slots=True)
class Start:
    """What was started, from which plan, with which files; `data` is None for memory, `audit` for none."""

    emulator: Emulator
    source: str
    tokens_path: str
    data: str | None
    audit: str | None


def document(start: Start) -> dict[str, JsonValue]:
    """Describe a start for programs. It holds no credential."""
    policy = start.emulator.policies.stated
    return {
        "endpoint": start.emulator.endpoint,
        "pid": os.getpid(),
        "source": start.source,
        "buckets": [*sorted(policy.grants.buckets)],
        "accounts": [*start.emulator.accounts()],
        "tokens_file": start.tokens_path,
        "data": start.data,
        "audit": start.audit,
        "grants_nothing": [*policy.refused, *policy.doubts],
        "assumptions": dict(ASSUMPTIONS),
    }


def screen(start: Start) -> str:
    """Describe a start for people: where everything is, and a program and a command that work."""
    emulator, policy = start.emulator, start.emulator.policies.stated
    buckets, accounts = sorted(policy.grants.buckets), emulator.accounts()
    outsiders = sorted({one.member for one in policy.grants.grants if not one.member.startswith(_CALLERS)})
    lines = [
        f"serving {len(buckets)} buckets on {emulator.endpoint}",
        "",
        f"  policy    {len(policy.grants.grants)} grants of {start.source}, on every request",
        f"  buckets   {_some(buckets)}",
        f"  accounts  {_some([account.partition(':')[2] for account in accounts])}",
        f"  tokens    {start.tokens_path}: one an account, renewed before it ends; `admin` for /_arco/",
        f"  objects   in {start.data}" if start.data else "  objects   in memory, until the end",
    ]
    if start.audit:
        lines.append(f"  audit     {start.audit}")
    if outsiders:
        lines.append(f"  nobody    can call as {_some(outsiders)}: who that is, no plan tells")
    lines += ["", *_recipes(start, buckets[0], accounts), "assumed where Google documents nothing (docs/emulator.md):"]
    lines += [f"  {number:<4} {text}" for number, text in ASSUMPTIONS]
    lines += ["", "Ctrl-C stops it; kill -HUP reads the plan again."]
    return "\n".join(lines)


def _recipes(start: Start, bucket: str, accounts: tuple[str, ...]) -> list[str]:
    if not accounts:
        return ["the plan grants nothing to any service account, so there is no token to call with", ""]
    direct = {one.member for one in start.emulator.policies.stated.grants.grants if one.scope.name == bucket}
    email = next((one for one in accounts if one in direct), accounts[0]).partition(":")[2]
    endpoint = start.emulator.endpoint
    get = f"import json; print(json.load(open({start.tokens_path!r}))['tokens'][0]['token'])"
    return [
        "in Python (pip install google-cloud-storage):",
        "",
        "  from google.cloud import storage",
        "  from arco.emulator.credentials import EmulatorCredentials",
        f"  credentials = EmulatorCredentials({start.tokens_path!r}, {email!r})",
        "  client = storage.Client(",
        f'      project="none", credentials=credentials, client_options={{"api_endpoint": {endpoint!r}}}',
        "  )",
        f'  print(client.bucket({bucket!r}).test_iam_permissions(["storage.objects.list"]))',
        "",
        "in a shell:",
        "",
        f'  TOKEN=$(python3 -c "{get}")',
        f'  curl -H "Authorization: Bearer $TOKEN" "{endpoint}/storage/v1/b/{bucket}/o"',
        "",
    ]


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "") if names else "none"


def write_tokens(path: str, emulator: Emulator) -> None:
    """Write fresh credentials where nobody else can read them, and only whole. Raises OSError."""
    issued = emulator.issue_tokens().values()
    tokens = [{"member": one.member, "token": one.token, "expires_at": one.expires_at} for one in issued]
    content = {"endpoint": emulator.endpoint, "admin": emulator.admin.token, "tokens": tokens}
    draft = f"{path}.{os.getpid()}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - the mode must hold from the first byte
        file.write(json.dumps(content, indent=2) + "\n")
    os.replace(draft, path)  # noqa: PTH105 - as one reads it elsewhere
