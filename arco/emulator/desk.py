"""What every operation works with: the buckets, who may do what in them, and where decisions are noted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, final

from arco.emulator.enforcement import ANONYMOUS, Check, Decision, Enforcer
from arco.emulator.policies import Policies
from arco.emulator.preconditions import Preconditions
from arco.emulator.replies import Failure
from arco.emulator.store import ObjectStore, StoredObject
from arco.emulator.uploads import Uploads
from arco.runtime import Clock, Randomness

__all__ = ["Desk", "Undocumented"]

CREATE, DELETE, GET, LIST, UPDATE = (
    f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list", "update")
)


@final
@dataclass(frozen=True, slots=True)
class Undocumented:
    """The two answers that Google does not document.

    The status of a create-only of an existing name, to an account that may not delete it; and that of a read of a
    missing name, to an account that may read it but not list.
    """

    create_of_existing: Literal[403, 412] = 403
    read_of_missing: Literal[403, 404] = 404


@final
@dataclass(slots=True)
class Desk:
    """One running emulator. `enforcer` is replaced as a whole when the policy changes."""

    enforcer: Enforcer
    stores: Mapping[str, ObjectStore]
    clock: Clock
    randomness: Randomness
    endpoint: str
    started: int
    undocumented: Undocumented = field(default_factory=Undocumented)
    note: Callable[[Decision], None] = lambda _decision: None
    uploads: Uploads = field(default_factory=Uploads)
    policies: Policies | None = None
    operation: str = ""

    def for_request(self, operation: str) -> Desk:
        """Give the desk for one request, which one policy decides, whatever comes into force meanwhile."""
        due = self.policies.due() if self.policies is not None else None
        if due is not None:
            self.enforcer = Enforcer(due.grants, self.clock, due.accounts)
        return replace(self, operation=operation)

    def may(self, caller: str, check: Check) -> bool:
        """Decide a check, and note the decision."""
        decision = replace(self.enforcer.decide(caller, check), operation=self.operation)
        self.note(decision)
        return decision.granted

    def require(self, caller: str, checks: Iterable[Check]) -> None:
        """Raise Failure (403, or 401 for nobody) at the first check that is not granted."""
        for check in checks:
            if not self.may(caller, check):
                raise denied(caller, check)

    def store(self, bucket: str) -> ObjectStore:
        """Give the objects of a bucket. Raises Failure if there is no such bucket."""
        found = self.stores.get(bucket)
        if found is None:
            raise Failure(404, "The specified bucket does not exist.")
        return found

    def authorise_write(
        self, caller: str, bucket: str, name: str, live: StoredObject | None, preconditions: Preconditions
    ) -> None:
        """Authorise what a write of `name` does while `live` stands there: overwriting is deleting too."""
        self.require(caller, [Check(CREATE, bucket, name)])
        if live is not None:
            failure = preconditions.failing(live)
            if failure is not None and preconditions.generation == 0 and self.undocumented.create_of_existing == 412:  # noqa: PLR2004 - HTTP's number
                raise failure
            self.require(caller, [Check(DELETE, bucket, name)])

    def missing(self, caller: str, bucket: str, name: str) -> Failure:
        """Give the answer for a name that does not exist, to a caller who may read it."""
        if self.undocumented.read_of_missing == 404 or self.may(caller, Check(LIST, bucket)):  # noqa: PLR2004 - as above
            return Failure(404, f"No such object: {bucket}/{name}")
        return denied(caller, Check(LIST, bucket))

    def now(self) -> int:
        """Give the time in whole seconds since 1970."""
        return int(self.clock.wall_seconds())


def denied(caller: str, check: Check) -> Failure:
    """Refuse as Google does: who, what, on which resource."""
    kind = "bucket" if check.name is None else "object"
    who = "Anonymous caller" if caller == ANONYMOUS else caller.partition(":")[2]
    message = (
        f"{who} does not have {check.permission} access to the Google Cloud Storage {kind}. "
        f"Permission '{check.permission}' denied on resource '{check.resource.name}' (or it may not exist)."
    )
    return Failure(401, message) if caller == ANONYMOUS else Failure(403, message)
