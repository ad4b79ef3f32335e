"""Ask every question as each account, with the plain client and with the views of the services.

An account counts only if its credential answers before the questions and after them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, Final, final

from arco.policy.matrix import Holder
from arco.runtime import SystemClock, SystemRandomness
from arco.storage.gcs import GcsBucket, Limits
from arco.storage.workspace import WorkspaceStorage
from smoke.fold import Observation, fold
from smoke.plain import Plain
from smoke.services import ROLES, deeds_of, done
from smoke.survey import Survey, Target, scope_of

__all__ = ["Measured", "measure"]

_ACCOUNTS_AT_ONCE: Final = 6


@final
@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: every cell but those of the column `project`. Without `troubles` each is certain."""

    rows: dict[str, dict[str, str]]
    observations: tuple[Observation, ...]
    troubles: tuple[str, ...]
    alive: int


def measure(survey: Survey, target: Target) -> Measured:
    """Ask everything, and fold the answers."""
    with ExitStack() as stack:
        clients = {
            holder: stack.enter_context(closing(Plain(target.endpoint, target.credentials.of(holder.principal))))
            for holder in survey.holders
        }
        _, dead = _roll_call(clients, "before")
        policies = _policies(clients)
        for client in clients.values():
            client.policies = policies
        pool = stack.enter_context(ThreadPoolExecutor(_ACCOUNTS_AT_ONCE))
        asked = pool.map(lambda holder: _ask(survey, target, holder, clients[holder]), survey.holders)
        observations = [one for answers in asked for one in answers]
        alive, dead_since = _roll_call(clients, "after")
    rows, troubles = fold(survey, observations)
    return Measured(rows, tuple(observations), (*dead, *dead_since, *troubles), len(alive))


def _roll_call(clients: dict[Holder, Plain], when: str) -> tuple[set[str], list[str]]:
    """Give the accounts that are there, and name the others: a dead credential must not pass for a denied one."""
    alive: set[str] = set()
    dead: list[str] = []
    for holder, client in clients.items():
        answer = client.is_alive(holder.workspace.bucket)
        if answer.allowed is True:
            alive.add(holder.principal)
        else:
            dead.append(f"{holder.principal} is not alive {when} the questions: {answer.said}")
    return alive, dead


def _policies(clients: dict[Holder, Plain]) -> dict[str, dict[str, Any]]:
    """Read the policy of each bucket through whoever may, so that it can be written back unchanged."""
    found: dict[str, dict[str, Any]] = {}
    for holder, client in clients.items():
        bucket = holder.workspace.bucket
        if bucket not in found:
            try:
                found[bucket] = client.read_policy(bucket)
            except Exception:  # noqa: BLE001, S112 - the question about it comes, and says what is wrong
                continue
    return found


def _ask(survey: Survey, target: Target, holder: Holder, client: Plain) -> list[Observation]:
    observed = [
        Observation(holder, question.column, question.letter, str(question), client.ask(question.request))
        for question in survey.questions[holder]
    ]
    if holder.role in ROLES:
        observed += _serve(target, holder)
    return observed


def _serve(target: Target, holder: Holder) -> list[Observation]:
    """Do what the role's services do, with their views and their keys."""
    workspace = holder.workspace
    credentials = target.credentials.of(holder.principal)
    bucket = GcsBucket(
        workspace.bucket,
        credentials,
        clock=SystemClock(),
        randomness=SystemRandomness(),
        endpoint=target.endpoint,
        limits=Limits(connections=2),
    )
    kept = {
        name.removeprefix(workspace.scope): generation
        for (owner, name), generation in target.kept.items()
        if owner == workspace.bucket and name.startswith(workspace.scope)
    }
    with closing(bucket):
        storage = WorkspaceStorage(bucket, scope_of(workspace), clock=SystemClock(), randomness=SystemRandomness())
        answers = done(deeds_of(holder.role, storage, kept))
    who = f"{holder.principal} of {workspace.label} by view"
    return [
        Observation(holder, deed.column, deed.letter, f"{who} {deed.method} {deed.column}", answer, by_view=True)
        for deed, answer in answers
    ]
