"""The plan document: its envelope is checked, its entries are typed, and nothing is judged yet.

Facts about the format: Terraform 1.11, format 1.2. A minor version adds; another major version is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from arco.errors import EmptyInputError, InputError
from arco.policy.terraform.plan._json import HOW, Json, Node

__all__ = ["Change", "Document", "Identity", "Stored", "read_document"]

_FORMAT_MAJOR = "1"


@dataclass(frozen=True, slots=True)
class Identity:
    """What names one instance: Terraform's address and its parts. `index` is None without count and for_each."""

    address: str
    type: str
    name: str
    module: str
    index: str | int | None
    data: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of `resource_changes` or `resource_drift`. `deposed` is the key of a deposed object, or empty."""

    identity: Identity
    deposed: str
    actions: tuple[str, ...]
    before: Json
    after: Json
    unknown: Json
    path: str


@dataclass(frozen=True, slots=True)
class Stored:
    """One instance of `prior_state`, with its values."""

    identity: Identity
    values: Json


@dataclass(frozen=True, slots=True)
class Document:
    """A plan that is complete, without errors and of a known format."""

    source: str
    changes: tuple[Change, ...]
    drift: tuple[Change, ...]
    prior: tuple[Stored, ...]
    variables: dict[str, Json]
    configuration: Node


def read_document(top: Node) -> Document:
    """Type a parsed plan. Raises InputError for what is no complete plan, EmptyInputError for a plan of nothing."""
    _check_kind(top)
    _check_state(top)
    prior = tuple(_stored(top.get("prior_state")))
    if top.get("resource_changes").value is None:
        _refuse_missing_changes(top, prior)
    return Document(
        source=top.source,
        changes=tuple(_change(item) for item in top.get("resource_changes").items()),
        drift=tuple(_change(item) for item in top.get("resource_drift").items()),
        prior=prior,
        variables={
            name: node.object()["value"]
            for name, node in top.get("variables").members().items()
            if "value" in node.object()
        },
        configuration=top.get("configuration"),
    )


def _check_kind(top: Node) -> None:
    keys = top.object().keys()
    kind = ""
    if "@level" in keys or "@message" in keys:
        kind = "the log of `terraform plan -json`, not the plan"
    elif "lineage" in keys:
        kind = "a state file, not a plan"
    elif "values" in keys and "resource_changes" not in keys:
        kind = "the JSON of a state, not of a plan"
    elif "format_version" not in keys:
        kind = "not the JSON of a plan: there is no format_version"
    if kind:
        message = f"{kind}; {HOW}, PLAN being the file of `terraform plan -out=PLAN`"
        raise InputError(message, source=top.source)
    version = top.get("format_version").text()
    if version.partition(".")[0] != _FORMAT_MAJOR:
        message = (
            f"a plan format that this version does not know; it reads {_FORMAT_MAJOR}.x format_version={version!r}"
        )
        raise InputError(message, source=top.source)


def _check_state(top: Node) -> None:
    refusal = ""
    if top.get("errored").flag(default=False):
        refusal = (
            "the plan failed (errored is true) and lacks what was not reached; mend the configuration and plan again"
        )
    elif not top.get("complete").flag(default=True):
        refusal = (
            "the plan is not complete (-target, or deferred changes), so it shows only a part; plan without -target"
        )
    elif top.get("deferred_changes").items():
        refusal = "the plan defers changes and does not show them; apply what it waits for, and plan again"
    if refusal:
        raise InputError(refusal, source=top.source)


def _refuse_missing_changes(top: Node, prior: tuple[Stored, ...]) -> None:
    keys = top.object().keys()
    if any(not stored.identity.data for stored in prior) or not keys & {"planned_values", "configuration"}:
        message = f"holds no resource_changes (a refresh-only plan, or not a plan); plan normally, and {HOW}"
        raise InputError(message, source=top.source)
    message = "a plan without any resource: nothing to decide"
    raise EmptyInputError(message, source=top.source)


def _change(node: Node) -> Change:
    change = node.get("change")
    actions = tuple(action.text() for action in change.get("actions").items())
    return Change(
        identity=_identity(node, node.get("module_address").text("")),
        deposed=node.get("deposed").text(""),
        actions=actions,
        before=change.get("before").value,
        after=change.get("after").value,
        unknown=change.get("after_unknown").value,
        path=node.path,
    )


def _identity(node: Node, module: str) -> Identity:
    index = node.get("index").value
    if isinstance(index, bool) or not (index is None or isinstance(index, str | int)):
        node.get("index").refuse("a string or a whole number")
    mode = node.get("mode").text()
    if mode not in {"managed", "data"}:
        node.get("mode").refuse("managed or data")
    return Identity(
        address=node.get("address").text(),
        type=node.get("type").text(),
        name=node.get("name").text(),
        module=module,
        index=index,
        data=mode == "data",
    )


def _stored(state: Node) -> Iterator[Stored]:
    if state.value is None or state.get("values").value is None:
        return
    yield from _stored_of_module(state.get("values").get("root_module"))


def _stored_of_module(module: Node) -> Iterator[Stored]:
    if module.value is None:
        return
    address = module.get("address").text("")
    for node in module.get("resources").items():
        yield Stored(_identity(node, address), node.get("values").value)
    for child in module.get("child_modules").items():
        yield from _stored_of_module(child)
