"""policy-conflict: two resources write one policy, so that what is granted in the end depends on who writes last.

**Why.** `_iam_policy` replaces a whole policy and `_iam_binding` all members of one role under one condition; whatever
another resource wrote there is gone, until that one is applied again. Each plan is clean, and access flaps. And an
`_iam_member_remove` takes away what a later apply may give back: it is never counted as proof.

Wrong:

```hcl
resource "google_storage_bucket_iam_policy" "demo" {
  bucket      = "demo"
  policy_data = data.google_iam_policy.demo.policy_data
}

resource "google_storage_bucket_iam_member" "reader" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "group:readers@example.com"
}
```

Right:

```hcl
resource "google_storage_bucket_iam_policy" "demo" {
  bucket      = "demo"
  policy_data = data.google_iam_policy.demo.policy_data # which holds the readers
}
```

**Fix.** Write a policy in one way: one `_iam_policy`; or one `_iam_binding` for each role and condition; or members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from arco.policy.bindings import Binding, Reader, bindings_of
from arco.policy.case import Case
from arco.policy.deployment import Instance
from arco.policy.findings import Finding
from arco.policy.model import normal_member
from arco.policy.names import account_email, bucket_name, folder_name, project_name
from arco.policy.rules.rule import ERROR, Rule
from arco.policy.values import Text, Unknown, Value

_TYPE = re.compile(
    r"google_(?P<parent>storage_bucket|storage_managed_folder|project|folder|organization|service_account)"
    r"_iam_(?P<form>member|binding|policy)"
)


def _number(value: Value) -> str | None:
    return value.value.rpartition("/")[2] if isinstance(value, Text) and value.known else None


_NAMED_BY: Mapping[str, tuple[str, Callable[[Value], str | None]]] = {
    "storage_bucket": ("bucket", bucket_name),
    "storage_managed_folder": ("bucket", bucket_name),
    "project": ("project", project_name),
    "folder": ("folder", _number),
    "organization": ("org_id", _number),
    "service_account": ("service_account_id", account_email),
}
_REMOVES = re.compile(r"google_\w+_iam_member_remove")
_ONE_WAY = "write a policy in one way: one whole policy, or one binding for each role and condition, or members"


@dataclass(frozen=True, slots=True)
class _Writer:
    """A resource that writes a policy, and what it binds unless it writes the whole."""

    instance: Instance
    form: str
    binding: Binding | None

    @property
    def key(self) -> tuple[str, str, str] | None:
        """What a binding is authoritative for: role and condition. None where one of them is not known."""
        if self.binding is None or isinstance(self.binding.condition, Unknown):
            return None
        condition = self.binding.condition.value if self.binding.condition is not None else ""
        return self.binding.role.value, self.binding.title, condition

    @property
    def members(self) -> set[str]:
        """Who is bound, as IAM spells them."""
        return {normal_member(member.value) for member in self.binding.members} if self.binding else set()


def _check(case: Case) -> Iterator[Finding]:
    policies: dict[tuple[str, str], list[_Writer]] = {}
    for instance in case.deployment.instances:
        match = _TYPE.fullmatch(instance.type)
        # What Terraform lets go of is written by nobody from then on.
        if instance.data or instance.note:
            continue
        if _REMOVES.fullmatch(instance.type):
            yield _told(instance, "it takes away what another apply may give back, and is not counted as proof")
        elif match is not None and (scope := _scope(instance, match["parent"])) is not None:
            form = match["form"]
            binding = next(bindings_of(Reader(instance, []), form), None) if form != "policy" else None
            policies.setdefault(scope, []).append(_Writer(instance, form, binding))
    for scope, writers in policies.items():
        yield from _conflicts(" ".join(scope), writers)


def _scope(instance: Instance, parent: str) -> tuple[str, str] | None:
    """Name the policy that is written, or None where it is not known."""
    attribute, read = _NAMED_BY[parent]
    name = read(instance.values.get(attribute))
    if parent == "storage_managed_folder" and name is not None:
        folder = folder_name(instance.values.get("managed_folder"))
        name = f"{name}/{folder}" if folder is not None else None
    return (parent.removeprefix("storage_").replace("_", " "), name) if name is not None else None


def _conflicts(scope: str, writers: list[_Writer]) -> Iterator[Finding]:
    whole = [writer for writer in writers if writer.form == "policy"]
    if whole and len(writers) > 1:
        claim = f"{whole[0].instance.address} writes the whole policy of {scope}, and so does not keep what this writes"
        yield from (_told(writer.instance, claim) for writer in writers if writer is not whole[0])
        return
    bindings: dict[tuple[str, str, str], _Writer] = {}
    for writer in writers:
        if writer.form != "binding" or writer.key is None:
            continue
        first = bindings.setdefault(writer.key, writer)
        if first is not writer and first.members != writer.members:
            claim = f"{first.instance.address} writes all members of {writer.key[0]} on {scope}, and this does as well"
            yield _told(writer.instance, claim)
    for writer in writers:
        owner = bindings.get(writer.key) if writer.form == "member" and writer.key is not None else None
        if owner is not None and not writer.members <= owner.members:
            role = owner.key[0] if owner.key else ""
            claim = f"{owner.instance.address} writes all members of {role} on {scope}, without the one that this adds"
            yield _told(writer.instance, claim)


def _told(instance: Instance, claim: str) -> Finding:
    return RULE.finding(claim, _ONE_WAY, instance.origin, instance.address)


RULE = Rule(
    id="policy-conflict",
    severity=ERROR,
    needs_layout=False,
    summary="one resource writes each policy, or each role and condition of it",
    check=_check,
)
