"""What the google provider computes from configuration alone: a small table, and `google_iam_policy`.

Invariant: an entry says only what the provider always computes at plan; everything else stays Unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._policy_data import policy_data
from arco.policy.values import Literal, Text, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


__all__ = ["Provider", "computed_attributes", "normalised"]


@dataclass(frozen=True, slots=True)
class Provider:
    """The settings of a provider configuration that computed attributes depend on."""

    SETTINGS: ClassVar[tuple[str, ...]] = ("project", "universe_domain")
    project: Value
    universe_domain: Value

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Value]) -> Provider:
        """Make the settings of the configuration `name`; what it does not set comes from its environment."""
        unset = Unknown(f"provider {name!r} sets no project: it comes from the environment of Terraform")
        project = settings.get("project")
        return cls(unset if project is None else project, settings.get("universe_domain"))

    @classmethod
    def unset(cls, name: str) -> Provider:
        """Make the settings of a configuration that is nowhere written."""
        return cls.of(name, {})


class _Instance(Protocol):
    """A resource instance, as the table sees it."""

    address: str

    def written(self, name: str) -> Value:
        """Give an attribute as written, or None."""

    def blocks(self, name: str) -> Value:
        """Give nested blocks."""

    @property
    def provider(self) -> Provider:
        """The provider configuration in use."""
        ...


def _attribute(instance: _Instance, name: str) -> Text:
    value = instance.written(name)
    if value is None:
        return Text((Unknown(f"computed by the provider: {instance.address}.{name}"),))
    try:
        return kinds.text_of(value)
    except kinds.Mismatch:
        return Text((Unknown(f"{instance.address}.{name} is not a string"),))


def _project(instance: _Instance) -> Text:
    written = instance.written("project")
    try:
        return kinds.text_of(instance.provider.project if written is None else written)
    except kinds.Mismatch:
        return Text((Unknown(f"the project of {instance.address} is not a string"),))


def _fixed(text: str) -> Text:
    return Text((Literal(text),))


def _email(instance: _Instance) -> Value:
    project = _project(instance)
    if instance.provider.universe_domain is not None:
        return Unknown("the e-mails of service accounts outside googleapis.com are not computed in static mode")
    if any(isinstance(piece, Literal) and ":" in piece.text for piece in project.pieces):
        return Unknown(f"a domain-scoped project spells e-mails differently project={project.display()}")
    account = _attribute(instance, "account_id")
    return kinds.joined([account, _fixed("@"), project, _fixed(".iam.gserviceaccount.com")])


def _of_email(*before: Text | Callable[[_Instance], Text]) -> Callable[[_Instance], Value]:
    """Make an attribute that ends in the account's e-mail."""

    def compute(instance: _Instance) -> Value:
        email = _email(instance)
        if not isinstance(email, Text):
            return email
        return kinds.joined([*(part if isinstance(part, Text) else part(instance) for part in before), email])

    return compute


def _path(*parts: str | Callable[[_Instance], Text]) -> Callable[[_Instance], Value]:
    """Make an attribute from fixed text and attributes."""

    def compute(instance: _Instance) -> Value:
        return kinds.joined(_fixed(part) if isinstance(part, str) else part(instance) for part in parts)

    return compute


def _named(name: str) -> Callable[[_Instance], Text]:
    return lambda instance: _attribute(instance, name)


def _policy_data(instance: _Instance) -> Value:
    return policy_data(instance.blocks("binding"), instance.blocks("audit_config"))


_ACCOUNT = _of_email(_fixed("projects/"), _project, _fixed("/serviceAccounts/"))
_PROJECT_ROLE = _path("projects/", _project, "/roles/", _named("role_id"))
_ORGANIZATION_ROLE = _path("organizations/", _named("org_id"), "/roles/", _named("role_id"))
_RESOURCES: Mapping[str, Mapping[str, Callable[[_Instance], Value]]] = {
    "google_organization_iam_custom_role": {"id": _ORGANIZATION_ROLE, "name": _ORGANIZATION_ROLE},
    "google_project_iam_custom_role": {"id": _PROJECT_ROLE, "name": _PROJECT_ROLE},
    "google_service_account": {
        "email": _email,
        "id": _ACCOUNT,
        "member": _of_email(_fixed("serviceAccount:")),
        "name": _ACCOUNT,
    },
    "google_storage_bucket": {
        "id": _path(_named("name")),
        "self_link": _path("https://www.googleapis.com/storage/v1/b/", _named("name")),
        "url": _path("gs://", _named("name")),
    },
}
_DATA: Mapping[str, Mapping[str, Callable[[_Instance], Value]]] = {"google_iam_policy": {"policy_data": _policy_data}}


def computed_attributes(kind: str, *, data: bool) -> Mapping[str, Callable[[_Instance], Value]]:
    """Give the attributes of a type that the table computes."""
    return (_DATA if data else _RESOURCES).get(kind, {})


def normalised(kind: str, name: str, value: Value) -> Value:
    """Rewrite a written attribute as the provider does before it plans: a bucket's location is in capitals."""
    if kind != "google_storage_bucket" or name != "location" or not isinstance(value, Text):
        return value
    pieces = (p if isinstance(p, Unknown) else Literal(p.text.upper(), p.origin) for p in value.pieces)
    return Text(tuple(pieces))
