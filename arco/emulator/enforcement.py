"""Who may do what, decided per request as Google decides it: by the bindings of the plan, on the resource it checks.

Invariants:

* Only a binding that certainly holds grants: what cannot be evaluated (an opaque condition, a tag, who is in a group)
  grants nothing, and the decision says so.
* A grant that is attached above the bucket counts where its project is the bucket's; one whose project nobody knows
  counts, as it does for the proof, so that the emulator is never narrower than the matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import final

from arco.emulator.moments import truths_at
from arco.policy.conditions import Resource, evaluate
from arco.policy.grants import Grants
from arco.policy.model import EVERYONE, Bucket, Grant, ScopeKind
from arco.policy.reach import covers, inside_folder
from arco.runtime import Clock

__all__ = ["ANONYMOUS", "Check", "Decision", "Enforcer"]

ANONYMOUS = "anonymous"
"""The caller of a request without credentials."""

_IAM = "iam.googleapis.com"


@final
@dataclass(frozen=True, slots=True)
class Check:
    """One permission, on an object of a bucket, or on the bucket itself if `name` is None.

    With an `account` (an e-mail address), it is on that service account, and on no bucket.
    """

    permission: str
    bucket: str
    name: str | None = None
    account: str | None = None

    @property
    def place(self) -> str:
        """The resource's name, for people."""
        return f"projects/-/serviceAccounts/{self.account}" if self.account is not None else str(self.resource.name)

    @property
    def resource(self) -> Resource:
        """What a condition sees. The name of an account holds a number that no plan knows."""
        if self.account is not None:
            return Resource(f"{_IAM}/ServiceAccount", None, _IAM)
        if self.name is None:
            return Resource.bucket(self.bucket)
        return Resource.object(self.bucket, self.name)


@final
@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one check. `grant` is the binding that granted it; None is a refusal, `undecided` may say why.

    `operation` is the method of the API that asked.
    """

    caller: str
    check: Check
    grant: Grant | None
    undecided: tuple[Grant, ...] = ()
    operation: str = ""

    @property
    def granted(self) -> bool:
        """Whether the caller may."""
        return self.grant is not None


@final
class Enforcer:
    """Decides checks. `callers` are members as a policy names them (`serviceAccount:…`), or `ANONYMOUS`."""

    def __init__(self, grants: Grants, clock: Clock, accounts: Mapping[str, tuple[Grant, ...]] | None = None) -> None:
        """Enforce what `grants` holds, and `accounts` on service accounts; `clock` decides conditions on time."""
        self._clock = clock
        self._buckets = dict(grants.buckets)
        self._accounts = dict(accounts or {})
        self._by_member: dict[str, list[Grant]] = {}
        for grant in grants.grants:
            self._by_member.setdefault(grant.member, []).append(grant)

    @property
    def buckets(self) -> dict[str, Bucket]:
        """The buckets that the plan makes or grants on."""
        return dict(self._buckets)

    @property
    def members(self) -> tuple[str, ...]:
        """Everybody who holds a grant, sorted."""
        return tuple(sorted(self._by_member))

    def decide(self, caller: str, check: Check) -> Decision:
        """Decide one check by the first binding that holds."""
        now = datetime.fromtimestamp(self._clock.wall_seconds(), UTC)
        undecided: list[Grant] = []
        for grant in self._held(caller, check):
            verdict = evaluate(grant.expression, check.resource, truths_at(grant.expression, now))
            if verdict is True:
                return Decision(caller, check, grant)
            if verdict is None:
                undecided.append(grant)
        return Decision(caller, check, None, tuple(undecided))

    def _held(self, caller: str, check: Check) -> Iterable[Grant]:
        if check.account is not None:
            yield from self._held_on_account(caller, check.permission, check.account)
            return
        made = self._buckets.get(check.bucket)
        for member in _members(caller):
            # Public access prevention voids what is granted to everybody.
            if made is not None and made.private and member in EVERYONE:
                continue
            for grant in self._by_member.get(member, ()):
                reaches = covers(grant.scope, check.bucket, self._buckets.get(check.bucket))
                if check.permission in grant.permissions and reaches and inside_folder(grant.scope, check.name):
                    yield grant

    def _held_on_account(self, caller: str, permission: str, account: str) -> Iterable[Grant]:
        """Give what is granted on an account, or above it. An account is in the project that its address names."""
        project = account.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        for member in _members(caller):
            for grant in self._accounts.get(account, ()):
                if grant.member == member and permission in grant.permissions:
                    yield grant
            for grant in self._by_member.get(member, ()):
                above = grant.scope.kind is not ScopeKind.PROJECT or grant.scope.name == project
                if grant.scope.inherited and above and permission in grant.permissions:
                    yield grant


def _members(caller: str) -> tuple[str, ...]:
    return ("allUsers",) if caller == ANONYMOUS else (caller, "allUsers", "allAuthenticatedUsers")
