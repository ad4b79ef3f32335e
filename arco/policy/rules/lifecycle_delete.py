"""lifecycle-delete: a lifecycle rule of a bucket removes live objects under an immutable root.

**Why.** A lifecycle rule deletes without asking IAM: no grant, no condition and no row of a matrix stands between it
and an object. Rules that reach versions which are no longer live are harmless here, and so are other actions. Prefixes
confine a rule, suffixes do not.

Wrong, where `state/` is immutable:

```hcl
lifecycle_rule {
  action {
    type = "Delete"
  }
  condition {
    age = 30
  }
}
```

Right:

```hcl
lifecycle_rule {
  action {
    type = "Delete"
  }
  condition {
    age        = 30
    with_state = "ARCHIVED"
  }
}
```

**Fix.** Say `with_state = "ARCHIVED"`, or name the folders whose objects may vanish in `matches_prefix`, none of them
above or inside an immutable root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from arco.policy.case import Case
from arco.policy.deployment import Instance
from arco.policy.findings import Finding
from arco.policy.matrix import Layout, Workspace
from arco.policy.names import bucket_name
from arco.policy.rules.rule import ERROR, Rule
from arco.policy.values import Block, SetOf, Text, Unknown, Value

_HARMLESS = ("AbortIncompleteMultipartUpload", "SetStorageClass")
# Conditions that no live version meets, unless they are unset or zero.
_NONCURRENT = ("days_since_noncurrent_time", "num_newer_versions", "noncurrent_time_before")
_CONFINE = 'say with_state = "ARCHIVED", or name other folders in matches_prefix'


def _check(case: Case) -> Iterator[Finding]:
    if case.declared is None:
        return
    layout = case.declared.matrix.layout
    buckets: dict[str | None, list[Instance]] = {}
    for instance in case.deployment.instances:
        if instance.type == "google_storage_bucket" and not instance.data:
            buckets.setdefault(bucket_name(instance.values.get("name")), []).append(instance)
    for workspace in case.declared.workspaces:
        for instance in buckets.get(workspace.bucket, ()):
            yield from _of_bucket(instance, layout, workspace)


def _of_bucket(instance: Instance, layout: Layout, workspace: Workspace) -> Iterator[Finding]:
    for number, rule in enumerate(_items(instance.values.get("lifecycle_rule"))):
        hit = _reached(rule, layout, workspace)
        if hit:
            place = f"lifecycle_rule[{number}] of bucket {workspace.bucket}"
            claim = f"{place} removes live objects under {hit}, which is immutable ({workspace.label})"
            origin = rule.origin if isinstance(rule, Block) else instance.origin
            yield RULE.finding(claim, _CONFINE, origin, instance.address)


def _reached(rule: Value, layout: Layout, workspace: Workspace) -> str:
    """Name the first immutable root in which the rule may remove a live object; what is not known may."""
    action, condition = (_block(rule, name) for name in ("action", "condition"))
    kind = action.get("type") if action is not None else None
    if isinstance(kind, Text) and kind.known and kind.value in _HARMLESS:
        return ""
    if condition is not None and _spares_live(condition):
        return ""
    prefixes = _prefixes(condition)
    for root in layout.roots:
        inside = workspace.prefix(root)
        if root.immutable and any(inside.startswith(prefix) or prefix.startswith(inside) for prefix in prefixes):
            return root.column
    return ""


def _spares_live(condition: Mapping[str, Value]) -> bool:
    state = condition.get("with_state")
    if isinstance(state, Text) and state.known and state.value == "ARCHIVED":
        return True
    given = (condition.get(name) for name in _NONCURRENT)
    return any(
        (isinstance(item, int) and item > 0) or (isinstance(item, Text) and item.known and item.value != "")
        for item in given
    )


def _prefixes(condition: Mapping[str, Value] | None) -> list[str]:
    """Give what a matching name begins with; "" for every name, also where it is not known."""
    value = condition.get("matches_prefix") if condition is not None else None
    items = _items(value)
    texts = [item.value if isinstance(item, Text) and item.known else "" for item in items]
    return texts or [""]


def _block(rule: Value, name: str) -> Mapping[str, Value] | None:
    items = _items(rule.get(name)) if isinstance(rule, Mapping) else ()
    return items[0] if len(items) == 1 and isinstance(items[0], Mapping) else None


def _items(value: Value) -> tuple[Value, ...]:
    if isinstance(value, SetOf):
        return value.items
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, Mapping | Unknown) else ()


RULE = Rule(
    id="lifecycle-delete",
    severity=ERROR,
    needs_layout=True,
    summary="no lifecycle rule removes live objects under an immutable root",
    check=_check,
)
