"""The policy that a running emulator states and enforces, and how one takes the other's place.

Invariants:

* What is stated is enforced `propagation_seconds` later, whole: no request is decided by half of a change.
* Only what the plan says for certain grants: `doubts` names what it leaves open, `refused` what IAM would not take.
* A policy that cannot be read leaves the old one where it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, final

from arco.emulator.moments import is_decided
from arco.policy.conditions import Free, Opaque, leaves
from arco.policy.deployment import Deployment, Instance
from arco.policy.grants import Grants, collect
from arco.policy.model import Grant
from arco.policy.names import bucket_name
from arco.policy.values import Text
from arco.runtime import Clock

__all__ = ["Policies", "Policy"]

# What narrows grants at Google and is not modelled: an emulator that overlooks it is wider than the deployment.
_NARROWING: Final = frozenset({"google_iam_deny_policy", "google_iam_principal_access_boundary_policy"})
_BUCKET_IAM: Final = frozenset(f"google_storage_bucket_iam_{form}" for form in ("member", "binding", "policy"))


@final
@dataclass(frozen=True, slots=True)
class Policy:
    """What one plan grants. `accounts` are the plan's service accounts, with the grants on each, by e-mail address."""

    grants: Grants
    deployment: Deployment | None = None
    accounts: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict[str, tuple[Grant, ...]])
    doubts: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @classmethod
    def of(cls, deployment: Deployment) -> Policy:
        """Read a plan's policy. Raises InputError for a policy document that no provider would accept."""
        found = collect(deployment)
        # An account that is granted nothing is there all the same: it can call, and is refused.
        accounts: dict[str, tuple[Grant, ...]] = dict.fromkeys(_made(deployment), ())
        for grant in found.impersonations:
            accounts[grant.scope.name] = (*accounts.get(grant.scope.name, ()), grant)
        kept = tuple(grant for grant in found.grants if found.refusal(grant) is None)
        doubts = tuple(dict.fromkeys(_doubts(deployment, found)))
        refused = tuple(dict.fromkeys(_refused(found, (*found.grants, *found.impersonations))))
        return cls(replace(found, grants=kept), deployment, accounts, doubts, refused)

    def with_bucket_policy(self, bucket: str, text: str) -> Policy | None:
        """Give the policy after a bucket's own was replaced by the JSON document `text`; None if no plan is known.

        Raises InputError for a document that no provider would accept.
        """
        if self.deployment is None:
            return None
        others = [one for one in self.deployment.instances if not _is_policy_of(one, bucket)]
        values = {"bucket": Text.of(bucket), "policy_data": Text.of(text)}
        kind = "google_storage_bucket_iam_policy"
        made = Instance(f"setIamPolicy of {bucket}", kind, "set", "", None, values)
        return Policy.of(replace(self.deployment, instances=(*others, made)))


def _made(deployment: Deployment) -> Iterator[str]:
    """Give the e-mail address of each service account that the plan makes, as far as it tells."""
    for instance in deployment.instances:
        email = instance.values.get("email") if instance.type == "google_service_account" else None
        if isinstance(email, Text) and email.known:
            yield email.value.lower()


def _is_policy_of(instance: Instance, bucket: str) -> bool:
    return instance.type in _BUCKET_IAM and bucket_name(instance.values.get("bucket")) == bucket


def _doubts(deployment: Deployment, found: Grants) -> Iterator[str]:
    become = {grant.address for grant in found.impersonations}
    for item in found.unsettled:
        # Who may become an account is enforced here, whatever that account may do elsewhere.
        if item.attribute != "role" or item.address not in become:
            yield f"{item.address}: {item.attribute}: {item.reason}"
    for grant in (*found.grants, *found.impersonations):
        open_leaf = _open_leaf(grant) if found.refusal(grant) is None else None
        if open_leaf is not None:
            yield f"{grant.address}: {grant.label}: {open_leaf}"
    for instance in deployment.instances:
        if instance.type in _NARROWING and not instance.data:
            yield f"{instance.address}: {instance.type} is not modelled: what it denies would be allowed here"


def _open_leaf(grant: Grant) -> str | None:
    """Say what of a condition cannot be evaluated for one request; a text that is not known is told elsewhere."""
    if grant.condition is None or not grant.condition.text.known:
        return None
    for leaf, _ in leaves(grant.expression):
        if isinstance(leaf, Opaque):
            return leaf.reason
        if isinstance(leaf, Free) and not is_decided(leaf):
            return f"{leaf.key} is not known here"
    return None


def _refused(found: Grants, grants: Iterable[Grant]) -> Iterator[str]:
    for grant in grants:
        refusal = found.refusal(grant)
        if refusal is not None:
            yield f"{grant.address}: {grant.label}: IAM would refuse its condition: {refusal[0]}"


@final
class Policies:
    """The stated policy, and those that are still on their way to being enforced."""

    def __init__(self, policy: Policy, clock: Clock, propagation_seconds: float = 0.0) -> None:
        """Begin with a policy that is stated and enforced."""
        self.stated = policy
        self._clock = clock
        self._propagation_seconds = propagation_seconds
        self._coming: deque[tuple[float, Policy]] = deque()

    def state(self, policy: Policy) -> None:
        """State another policy: it is read from now on, and enforced after the propagation."""
        self.stated = policy
        self._coming.append((self._clock.monotonic_seconds() + self._propagation_seconds, policy))

    def due(self) -> Policy | None:
        """Give the policy that is to be enforced from now on; None if none has come into force since the last call."""
        found = None
        while self._coming and self._coming[0][0] <= self._clock.monotonic_seconds():
            found = self._coming.popleft()[1]
        return found
