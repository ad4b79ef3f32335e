"""Every mutant before three judges: the oracle, the check under the matrix, and the comparison with the good input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from arco.policy.case import open_case
from arco.policy.deployment import Deployment
from arco.policy.diff import Change, compare
from arco.policy.grants import Grants
from arco.policy.judge import judge
from arco.policy.matrix import Matrix, read_matrix
from arco.policy.terraform.plan import load_plan_text
from policy_tests.inputs import MATRIX
from policy_tests.mutation.access import ACCOUNT, BUCKETS, Access, compared, on_objects
from policy_tests.mutation.beside import BESIDE
from policy_tests.mutation.changing import CHANGING
from policy_tests.mutation.counts import Tally
from policy_tests.mutation.expressions import BUCKET, OBJECT, Thing, parsed
from policy_tests.mutation.operators import Operator
from policy_tests.mutation.plans import Plan, recorded
from policy_tests.mutation.preserving import PRESERVING
from policy_tests.mutation.sources import SOURCES, Source

__all__ = ["OPERATORS", "Judged", "judged", "tally"]

OPERATORS: tuple[Operator, ...] = (
    *CHANGING.operators,
    *BESIDE.operators,
    *PRESERVING.operators,
    *SOURCES.operators,
)
_LABELS = ("acme/prod", "acme-2/prod")


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant. `shown` is whether a witness of the comparison was confirmed; `untrue` lists those that were not."""

    operator: str
    label: str
    changes: bool
    rules: frozenset[str]
    differs: bool
    shown: bool
    untrue: tuple[str, ...]

    @property
    def faults(self) -> Iterator[str]:
        """Say what the gate got wrong."""
        name = f"{self.operator}: {self.label}"
        if self.changes and not self.rules:
            yield f"{name}: access changes, and check is silent"
        if self.changes and not self.differs:
            yield f"{name}: access changes, and diff is silent"
        if self.changes and self.differs and not self.shown:
            yield f"{name}: access changes, and diff shows no witness that can be confirmed"
        if not self.changes and self.rules:
            yield f"{name}: no access changes, and check finds {', '.join(sorted(self.rules))}"
        if not self.changes and self.differs:
            yield f"{name}: no access changes, and diff finds something"
        yield from (f"{name}: diff shows what is not so: {witness}" for witness in self.untrue)


def tally(name: str, mutants: list[Judged]) -> Tally:
    """Count."""
    changing = [item for item in mutants if item.changes]
    return Tally(
        name,
        len(mutants),
        len(changing),
        sum(bool(item.rules) for item in changing),
        sum(item.shown for item in changing),
        sum(bool(item.rules) or item.differs for item in mutants if not item.changes),
    )


@dataclass(frozen=True)
class _Good:
    """What is mutated, and what its mutants are compared with."""

    plan: Plan
    access: Access
    grants: Grants


@cache
def _matrix() -> Matrix:
    return read_matrix(MATRIX)


@cache
def _good_plan(workspaces: int) -> _Good:
    plan = recorded(*_LABELS[:workspaces])
    return _Good(plan, Access(plan.resources), _opened(load_plan_text(plan.text, "plan.json"))[0])


@cache
def _good_source() -> tuple[Source, _Good]:
    source, plan = Source(), recorded(_LABELS[0])
    deployment = source.load(())
    return source, _Good(plan, Access(source.resources(deployment)), _opened(deployment)[0])


def _opened(deployment: Deployment) -> tuple[Grants, frozenset[str]]:
    case = open_case(deployment, _matrix())
    errors = (finding.rule for finding in judge(case).findings if finding.severity == "error")
    return case.found, frozenset(errors)


def judged(operator: Operator) -> Iterator[Judged]:
    """Judge every mutant of an operator. Raises Inconclusive where the oracle has no answer."""
    if operator.over_source:
        source, good = _good_source()
        for label, edits in operator.make(good.plan):
            if isinstance(edits, Plan):
                message = f"{operator.name} is over source, and gives a plan"
                raise TypeError(message)
            deployment = source.load(edits)
            yield _judge(operator, label, good, deployment, Access(source.resources(deployment)))
        return
    good = _good_plan(operator.workspaces)
    for label, mutant in operator.make(good.plan):
        if not isinstance(mutant, Plan):
            message = f"{operator.name} is over plans, and gives edits"
            raise TypeError(message)
        yield _judge(operator, label, good, load_plan_text(mutant.text, "plan.json"), Access(mutant.resources))


def _judge(operator: Operator, label: str, good: _Good, deployment: Deployment, access: Access) -> Judged:
    grants, rules = _opened(deployment)
    difference = compare(good.grants, grants)
    verdicts = [(change, _confirmed(change, good.access, access)) for change in difference.changes]
    return Judged(
        operator.name,
        label,
        compared(good.access, access, good.plan.buckets) is not None,
        rules,
        not difference.same,
        any(verdict for _, verdict in verdicts),
        tuple(
            f"{change.direction} {change.principal} {change.shown}" for change, verdict in verdicts if verdict is False
        ),
    )


def _confirmed(change: Change, base: Access, head: Access) -> bool | None:
    """Ask the oracle about each witness on an object or a bucket; None if there is no such."""
    verdicts = []
    having, lacking = (head, base) if change.direction == "gained" else (base, head)
    for item in change.shown:
        for permission in item.permissions:
            if _is_asked(permission):
                kind = _kind(permission)
                verdicts.append(
                    any(
                        having.allows(change.principal, permission, thing)
                        and not lacking.allows(change.principal, permission, thing)
                        for thing in _at_all_times(kind, item.witness, having, lacking)
                    )
                )
    return all(verdicts) if verdicts else None


def _is_asked(permission: str) -> bool:
    if permission.startswith("iam.serviceAccount"):
        return True
    return permission.startswith(("storage.objects.", "storage.buckets.")) and permission not in {
        "storage.buckets.create",
        "storage.buckets.list",
    }


def _kind(permission: str) -> str:
    if permission.startswith("iam."):
        return ACCOUNT
    return OBJECT if on_objects(permission) else BUCKET


def _at_all_times(kind: str, witness: str, *readings: Access) -> Iterator[Thing]:
    bucket, _, name = witness.removeprefix("gs://").partition("/")
    full = {OBJECT: f"{BUCKETS}{bucket}/objects/{name}", BUCKET: f"{BUCKETS}{bucket}", ACCOUNT: witness}[kind]
    instants = {at for access in readings for text in access.conditions() for at in parsed(text).instants()}
    yield from (Thing(kind, full, now) for now in ("", *sorted(instants), "9999"))
