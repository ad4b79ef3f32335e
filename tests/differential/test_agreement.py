"""Proof, evaluator and service give one answer: whoever asks, about whatever name, under whatever policy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import pytest

from arco.emulator.enforcement import Enforcer
from tests.differential.answers import Service, by_enforcer, by_procedure
from tests.differential.policies import Policy, deployed_policy, generated_policies, wrong_cases
from tests.differential.procedure import Procedure
from tests.differential.triples import Triple, triples
from tests.fakes.emulated import running_emulated
from tests.fakes.manual_clock import ManualClock

SEED: Final = 20261124
_GENERATED: Final = 60
_ON_DEPLOYED: Final = 6000
_ON_WRONG: Final = 60
_SENT_ON_DEPLOYED: Final = 600
_SENT_ON_WRONG: Final = 10

Record = Callable[[str, object], None]


@cache
def _policies() -> tuple[Policy, ...]:
    return (deployed_policy(), *wrong_cases(), *generated_policies(SEED, _GENERATED))


def _questions(policy: Policy, on_deployed: int, on_wrong: int) -> Iterator[Triple]:
    # The first ones of a policy are the same however many there are, so what is sent is what was decided.
    yield from triples(policy, f"{SEED}", on_deployed if policy.name == "deployed" else on_wrong)


def _shown(disagreements: list[str]) -> str:
    """Give the first few; a name may be long, but only by one character many times."""
    return "\n".join(re.sub(r"(.)\1{40,}", r"\1\1\1…", line) for line in disagreements[:10])


@pytest.fixture(name="service", scope="module")
def _service() -> Iterator[Service]:
    with running_emulated(policy=_policies()[0].grants, clock=ManualClock()) as emulated:
        service = Service(emulated)
        yield service
        service.close()


def test_evaluator_answers_as_the_procedure_does(record_property: Record) -> None:
    """Each request is refused by both for want of the same permission on the same resource, or done by both."""
    counts: Counter[str] = Counter()
    disagreements: list[str] = []
    for policy in _policies():
        procedure, enforcer = Procedure(policy.grants), Enforcer(policy.grants, ManualClock())
        for triple in _questions(policy, _ON_DEPLOYED, _ON_WRONG):
            (proved, is_open), decided = by_procedure(procedure, triple), by_enforcer(enforcer, triple)
            counts["deployed" if policy.name == "deployed" else "wrong"] += 1
            counts["granted" if proved is None else "open" if is_open else "refused"] += 1
            if proved != decided:
                disagreements.append(
                    f"seed {SEED}: {triple}: the procedure misses {proved}, the evaluator misses {decided}"
                )
    asked = sum(1 for policy in _policies() if policy.grants.buckets) - 1
    record_property("agreement", f"{counts['deployed']} questions about the deployed policy, in process")
    record_property("agreement", f"{counts['wrong']} questions about {asked} wrong ones, in process")
    record_property("agreement", f"{counts['granted']} granted, {counts['refused']} refused, {counts['open']} open")

    assert not disagreements, _shown(disagreements)
    assert counts["deployed"] >= 5000
    assert counts["wrong"] >= 5000
    assert asked >= 50
    assert min(counts["granted"], counts["refused"]) >= 1000
    assert counts["open"] >= 50


def test_service_answers_as_the_procedure_does(service: Service, record_property: Record) -> None:
    """Over HTTP, with Google's client: what is granted is done, and a refusal names what the procedure misses."""
    counts: Counter[str] = Counter()
    disagreements: list[str] = []
    for policy in _policies():
        service.govern(policy.grants)
        procedure, enforcer = Procedure(policy.grants), Enforcer(policy.grants, ManualClock())
        for triple in _questions(policy, _SENT_ON_DEPLOYED, _SENT_ON_WRONG):
            proved, _ = by_procedure(procedure, triple)
            expected, answer = service.expected(triple, proved), service.answer(triple)
            counts["sent"] += 1
            counts[answer.partition(":")[0]] += 1
            if answer != expected:
                decided = by_enforcer(enforcer, triple)
                disagreements.append(
                    f"seed {SEED}: {triple}: the procedure misses {proved}, the evaluator misses {decided},"
                    f" the service answers {answer!r} and not {expected!r}"
                )
    shown = ", ".join(f"{counts[answer]} {answer}" for answer in ("done", "404", "403", "401"))
    record_property("agreement", f"{counts['sent']} questions over HTTP: {shown}")

    assert not disagreements, _shown(disagreements)
    assert counts["sent"] >= 1000
    assert counts["done"] >= 150
    assert counts["403"] >= 300
    assert counts["done"] + counts["404"] + counts["403"] + counts["401"] == counts["sent"]
