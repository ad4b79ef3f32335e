"""What the Google provider and API compute, and which references may stand for it.

Two different things live here, and they are not equally sure:

* **Facts** give an attribute that is unknown in a plan from attributes of the same resource that are known: an
  account's e-mail, a role's name, a bucket's id. They hold whatever the configuration looks like (universe
  googleapis.com, project ids without a domain and not numbers; else the attribute stays unknown).
* **Uses** say which resource's fact an attribute may take *through a reference*. An attribute is unknown only if its
  expression reads something unknown, and the uses name all unknown attributes of that resource which IAM would accept
  there. What a plan cannot show is text or a function around the reference; see `_references.py`.

IAM refuses a service account's e-mail behind any prefix but `serviceAccount:` ("is of type serviceAccount"), so a
member that reads an account's e-mail is that account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arco.policy.values import Text, Value

__all__ = ["FACTS", "USES", "Use", "Values"]

_ACCOUNT = "google_service_account"
_PROJECT_ROLE = "google_project_iam_custom_role"
_ORGANIZATION_ROLE = "google_organization_iam_custom_role"

_PROJECT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
_ACCOUNT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
_ROLE_ID = re.compile(r"[A-Za-z0-9_.]{3,64}")
_ORGANIZATION_ID = re.compile(r"[0-9]+")
_BUCKET = re.compile(r"[a-z0-9][-_.a-z0-9]{1,220}[a-z0-9]")

Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Use:
    """What one attribute may take: `sources` maps a resource type to the attributes that mean the same there."""

    sources: Mapping[str, frozenset[str]]
    value: Callable[[str, Values], str | None]


def _known_text(value: Value, form: re.Pattern[str]) -> str | None:
    """Give the string if it is known and has `form`."""
    if not isinstance(value, Text) or not value.known:
        return None
    return value.value if form.fullmatch(value.value) else None


def _email(values: Values) -> str | None:
    account = _known_text(values.get("account_id"), _ACCOUNT_ID)
    project = _known_text(values.get("project"), _PROJECT_ID)
    return f"{account}@{project}.iam.gserviceaccount.com" if account and project else None


def _member(values: Values) -> str | None:
    email = _email(values)
    return email and f"serviceAccount:{email}"


def _account_name(values: Values) -> str | None:
    email = _email(values)
    return email and f"projects/{email.partition('@')[2].partition('.')[0]}/serviceAccounts/{email}"


def _project_role(values: Values) -> str | None:
    role = _known_text(values.get("role_id"), _ROLE_ID)
    project = _known_text(values.get("project"), _PROJECT_ID)
    return f"projects/{project}/roles/{role}" if role and project else None


def _organization_role(values: Values) -> str | None:
    role = _known_text(values.get("role_id"), _ROLE_ID)
    organization = _known_text(values.get("org_id"), _ORGANIZATION_ID)
    return f"organizations/{organization}/roles/{role}" if role and organization else None


def _bucket(values: Values) -> str | None:
    return _known_text(values.get("name"), _BUCKET)


def _project(values: Values) -> str | None:
    return _known_text(values.get("project_id"), _PROJECT_ID)


FACTS: Mapping[tuple[str, str], Callable[[Values], str | None]] = {
    (_ACCOUNT, "email"): _email,
    (_ACCOUNT, "member"): _member,
    (_ACCOUNT, "name"): _account_name,
    (_ACCOUNT, "id"): _account_name,
    (_PROJECT_ROLE, "name"): _project_role,
    (_PROJECT_ROLE, "id"): _project_role,
    (_ORGANIZATION_ROLE, "name"): _organization_role,
    (_ORGANIZATION_ROLE, "id"): _organization_role,
    ("google_storage_bucket", "id"): _bucket,
}


def _role(kind: str, values: Values) -> str | None:
    return _project_role(values) if kind == _PROJECT_ROLE else _organization_role(values)


_NAME = frozenset({"id", "name"})
_AS_EMAIL = Use({_ACCOUNT: frozenset({"email"})}, lambda _, values: _email(values))
_AS_MEMBER = Use({_ACCOUNT: frozenset({"email", "member"})}, lambda _, values: _member(values))

USES: Mapping[str, Use] = {
    "bucket": Use({"google_storage_bucket": frozenset({"id"})}, lambda _, values: _bucket(values)),
    "member": _AS_MEMBER,
    "members": _AS_MEMBER,
    "project": Use({"google_project": frozenset({"id", "number"})}, lambda _, values: _project(values)),
    "role": Use({_PROJECT_ROLE: _NAME, _ORGANIZATION_ROLE: _NAME}, _role),
    "service_account": _AS_EMAIL,
    "service_account_email": _AS_EMAIL,
    "service_account_id": Use({_ACCOUNT: _NAME | {"email"}}, lambda _, values: _account_name(values)),
}
"""By attribute name, which means the same in every google_* resource that has it."""
