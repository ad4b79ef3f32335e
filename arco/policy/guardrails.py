"""Guardrails of an input: deny policies and principal access boundaries. They take access away and never prove absence.

A rule that certainly takes nothing from anybody whom the input grants something is only named as an assumption. Any
other is not settled: what is left of the grant is not decided here, so that neither a matrix nor an explanation could
be true of it.
Source: "Deny policies", "Principal access boundary policies".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from arco.policy.deployment import Instance
from arco.policy.model import Grant, Unsettled
from arco.policy.values import SetOf, Text, Unknown, Value

__all__ = ["GUARDRAIL_TYPE", "guardrails"]

GUARDRAIL_TYPE = re.compile(
    r"google_iam_(deny_policy|principal_access_boundary_policy|access_boundary_policy"
    r"|(projects|folders|organizations)_policy_binding)"
)
_DENY_TYPE = "google_iam_deny_policy"
_REMEDY = "deny nobody whom this input grants something, or keep the deny policy in a root module that is not gated"
# How deny policies spell principals, and what they are in an allow policy.
_SUBJECTS = (
    (re.compile(r"principal://iam\.googleapis\.com/projects/[^/]+/serviceAccounts/([^/]+@[^/]+)"), "serviceAccount:"),
    (re.compile(r"principal://goog/subject/([^/]+@[^/]+)"), "user:"),
    (re.compile(r"(principal://iam\.googleapis\.com/.+/subject/.+)"), ""),
)


def guardrails(instances: Iterable[Instance], grants: Iterable[Grant]) -> tuple[list[Unsettled], tuple[str, ...]]:
    """Give what guardrails leave open about `grants`, and the assumption that names the others."""
    rails = [instance for instance in instances if GUARDRAIL_TYPE.fullmatch(instance.type)]
    holders: dict[str, set[str]] = {}
    for grant in grants if rails else ():
        holders.setdefault(grant.member, set()).update(grant.permissions)
    unsettled, harmless = [], []
    for instance in rails:
        reasons = list(_bites(instance, holders)) if instance.type == _DENY_TYPE else []
        unsettled += [Unsettled(instance.address, "rules", reason, instance.origin, _REMEDY) for reason in reasons[:1]]
        if not reasons:
            harmless.append(instance.address)
    named = ", ".join(sorted(harmless))
    return unsettled, ((f"guardrails are not counted as proof of anything: {named}",) if named else ())


def _bites(instance: Instance, holders: dict[str, set[str]]) -> Iterator[str]:
    """Yield why a deny policy may take something from a holder of a grant."""
    rules = _items(instance.values.get("rules"))
    if not rules:
        yield "which rules the deny policy has is not known"
    for rule in rules or ():
        blocks = _items(rule.get("deny_rule")) if isinstance(rule, Mapping) else None
        denied = blocks[0] if blocks and len(blocks) == 1 else None
        if not isinstance(denied, Mapping):
            yield "a rule of the deny policy is not known"
            continue
        principals, permissions = _texts(denied.get("denied_principals")), _texts(denied.get("denied_permissions"))
        if principals is None or permissions is None:
            yield "whom a deny rule hits, and what it takes, is not known"
            continue
        yield from _taken(principals, permissions, holders)


def _taken(principals: list[str], permissions: list[str], holders: dict[str, set[str]]) -> Iterator[str]:
    """Yield what is taken. Exceptions and conditions only take less, so that they are not needed to see none."""
    for member, held in sorted(holders.items()):
        lost = sorted(name for name in held if any(_covers(denied, _spelled(name)) for denied in permissions))
        if lost and any(_is(principal, member) for principal in principals):
            yield f"the deny policy takes {lost[0]} from {member}, and what is left of the grant is not decided here"


def _is(principal: str, member: str) -> bool:
    """Whether a denied principal may be `member`: a single one is compared, a set may hold anybody."""
    for pattern, kind in _SUBJECTS:
        match = pattern.fullmatch(principal)
        if match is not None and not member.startswith(("group:", "domain:", "principalSet:", "all", "project")):
            name = f"{kind}{match[1].lower()}" if kind else match[1]
            return name == member
    return True


def _spelled(permission: str) -> str:
    """Spell a permission as deny policies do: `storage.googleapis.com/objects.get`."""
    if "googleapis.com/" in permission:
        return permission
    service, _, rest = permission.partition(".")
    host = "cloudresourcemanager" if service == "resourcemanager" else service
    return f"{host}.googleapis.com/{rest}"


def _covers(denied: str, permission: str) -> bool:
    """Whether a denied permission, or a group of them (`storage.googleapis.com/objects.*`), takes `permission`."""
    return permission.startswith(denied.partition("*")[0]) if "*" in denied else denied == permission


def _items(value: Value) -> tuple[Value, ...] | None:
    return value.items if isinstance(value, SetOf) else value if isinstance(value, tuple) else None


def _texts(value: Value) -> list[str] | None:
    items = () if value is None else _items(value)
    if items is None or any(isinstance(item, Unknown) for item in items):
        return None
    texts = [item.value for item in items if isinstance(item, Text) and item.known]
    return texts if len(texts) == len(items) else None
