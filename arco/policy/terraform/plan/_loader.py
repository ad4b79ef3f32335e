"""From a plan to a `Deployment`: every object that will exist after apply, and every one that stays although unplanned.

Invariants:

* `resource_changes` alone says what will exist; `planned_values` hides unknowns and is never read.
* What Terraform lets go of without destroying it still grants: forgotten, abandoned and deposed objects count.
* An action, a shape or an entry that is not understood refuses the plan or becomes a Gap; nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from arco.errors import EmptyInputError, InputError
from arco.policy.deployment import Deployment, Gap, Instance
from arco.policy.terraform.plan._configuration import Module, Scope
from arco.policy.terraform.plan._document import Change, Document, Identity, read_document
from arco.policy.terraform.plan._facts import FACTS
from arco.policy.terraform.plan._json import Json, Node, decode, parse_object, read_text
from arco.policy.terraform.plan._references import Resolver, block_of
from arco.policy.terraform.plan._values import merge, value_of
from arco.policy.values import Text, Unknown, Value

__all__ = ["load_plan", "load_plan_bytes", "load_plan_text"]

_STAYS = frozenset({("no-op",), ("create",), ("update",), ("delete", "create"), ("create", "delete"), ("read",)})
_KEEPS_OLD = frozenset({("forget",), ("create", "forget"), ("forget", "create")})
_ENDS = frozenset({("delete",)})
_DESTROYS = frozenset({("delete",), ("delete", "create"), ("create", "delete")})

# Attributes that every change of a policy or bucket by somebody else touches, without changing what is granted here.
_CHURN = frozenset({"etag", "updated"})
_ACCESS = re.compile(
    r"google_(storage_(?!bucket_object)|service_account|iam_|.*_iam_|project_default_service_accounts|tags_|privileged"
    # What deploys may make any of these: its drift is drift of whatever it deploys.
    r"|config_deployment|deployment_manager_deployment)"
)


def load_plan(path: str | Path) -> Deployment:
    """Load the JSON that `terraform show -json PLAN` prints.

    Raises InputError if the file is not a complete plan without errors, and EmptyInputError if nothing would exist.
    """
    path = Path(path)
    return load_plan_text(read_text(path), str(path))


def load_plan_bytes(data: bytes, source: str) -> Deployment:
    """Load a plan's JSON as bytes; `source` names it in errors. Raises as `load_plan`."""
    return load_plan_text(decode(data, source), source)


def load_plan_text(text: str, source: str) -> Deployment:
    """Load a plan's JSON text; `source` names it in errors. Raises as `load_plan`."""
    try:
        return _deployment(read_document(Node(parse_object(text, source), "", source)))
    except RecursionError:
        message = "nested too deeply for a plan; write it with `terraform show -json PLAN > plan.json`"
        raise InputError(message, source=source) from None


def _deployment(document: Document) -> Deployment:
    planned: dict[str, Instance] = {}
    kept: list[Instance] = []
    for change in document.changes:
        _sort(change, document.source, planned, kept)
    touched = {change.identity.address for change in document.changes}
    gaps = (*_drift(document), *_missing(document, touched))
    for stored in document.prior:
        if stored.identity.data and stored.identity.address not in touched:
            planned[stored.identity.address] = _instance(stored.identity, stored.values, None)
    if not planned and not kept and not gaps:
        message = "a plan that leaves no resource behind: nothing to decide"
        raise EmptyInputError(message, source=document.source)
    configuration = document.configuration
    root = Scope(
        "", Module.read(configuration.get("root_module") if configuration.value is not None else configuration)
    )
    raw = [_with_project(instance, root, document) for instance in planned.values()]
    resolver = Resolver(root, raw)
    settled = [_with_facts(replace(instance, values=resolver.resolve(instance))) for instance in raw]
    return Deployment(
        source=document.source,
        instances=(*settled, *kept),
        variables={name: value_of(value) for name, value in document.variables.items()},
        gaps=gaps,
        assumptions=tuple(sorted(resolver.assumptions)),
    )


def _sort(change: Change, source: str, planned: dict[str, Instance], kept: list[Instance]) -> None:
    """Put what will exist into `planned` and what stays although Terraform lets go of it into `kept`."""
    actions, identity = change.actions, change.identity
    if actions not in _STAYS | _KEEPS_OLD | _ENDS:
        message = f"an action that this version does not know address={identity.address} actions={'+'.join(actions)!r}"
        raise InputError(message, source=source)
    if change.deposed:
        kept.append(_instance(identity, _held(change.before, change, source), None, "deposed"))
        return
    if actions in _KEEPS_OLD:
        kept.append(_instance(identity, _held(change.before, change, source), None, "kept by forget"))
    elif actions in _DESTROYS and isinstance(change.before, dict) and change.before.get("deletion_policy") == "ABANDON":
        kept.append(_instance(identity, change.before, None, "kept by deletion_policy ABANDON"))
    if actions in _ENDS or actions == ("forget",):
        return
    if identity.address in planned:
        message = f"two entries for one address address={identity.address}"
        raise InputError(message, source=source)
    after = {} if actions == ("read",) and change.after is None else change.after
    instance = _instance(identity, _held(after, change, source), change.unknown)
    planned[identity.address] = replace(instance, actions=actions)


def _held(value: Json, change: Change, source: str) -> Json:
    if not isinstance(value, dict):
        message = (
            f"an entry without the object that its action leaves address={change.identity.address} path={change.path}"
        )
        raise InputError(message, source=source)
    return value


def _instance(identity: Identity, values: Json, unknown: Json, note: str = "") -> Instance:
    merged = merge(values, unknown, identity.address)
    if isinstance(merged, Unknown):
        merged = {name: Unknown(merged.reason) for name in values} if isinstance(values, dict) else {}
    return Instance(
        address=identity.address,
        type=identity.type,
        name=identity.name,
        module=identity.module,
        index=identity.index,
        values=merged if isinstance(merged, Mapping) else {},
        data=identity.data,
        note=note,
    )


def _drift(document: Document) -> Iterator[Gap]:
    """Give what changed outside of Terraform, where it could change access: the plan speaks of another world."""
    for change in document.drift:
        identity = change.identity
        if change.actions == ("no-op",) or not _ACCESS.match(identity.type):
            continue
        if not isinstance(change.before, dict) or not isinstance(change.after, dict):
            yield Gap(identity.address, identity.type, "changed outside of Terraform: it was deleted or replaced")
            continue
        before, after = change.before, change.after
        names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if not names or set(names) - _CHURN:
            what = ", ".join(names) or "unnamed attributes"
            yield Gap(identity.address, identity.type, f"changed outside of Terraform: {what}")


def _missing(document: Document, touched: set[str]) -> Iterator[Gap]:
    """Give managed objects that exist and of which the plan does not say what becomes of them."""
    for stored in document.prior:
        identity = stored.identity
        if not identity.data and identity.address not in touched:
            yield Gap(identity.address, identity.type, "it exists, and the plan does not say what becomes of it")


def _with_project(instance: Instance, root: Scope, document: Document) -> Instance:
    """Put the provider's project where a block sets none, if the configuration has it as a constant."""
    if not isinstance(instance.values.get("project"), Unknown):
        return instance
    scope = root.descend(instance.module)
    resource = scope.module.resources.get(block_of(instance)) if scope else None
    if resource is None or "project" in resource.expressions:
        return instance
    provider = document.configuration.get("provider_config").members().get(resource.provider)
    expression = provider.get("expressions").members().get("project") if provider else None
    constant = expression.object().get("constant_value") if expression else None
    if not isinstance(constant, str):
        return instance
    return replace(instance, values={**instance.values, "project": Text.of(constant)})


def _with_facts(instance: Instance) -> Instance:
    """Compute what the provider will compute from attributes that are known."""
    values: dict[str, Value] = dict(instance.values)
    for (kind, name), fact in FACTS.items():
        if kind == instance.type and isinstance(values.get(name), Unknown) and not instance.data:
            found = fact(instance.values)
            if found is not None:
                values[name] = Text.of(found)
    return replace(instance, values=values)
