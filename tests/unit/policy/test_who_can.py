"""Everybody who may do one thing: by which grants, and what could let somebody else."""

from __future__ import annotations

import pytest

from arco.errors import UsageError
from arco.policy.explain import Everybody, who_can
from arco.policy.values import Unknown
from tests.fakes.deployments import member
from tests.fakes.lake import account, case

_GET, _CREATE, _LIST = "storage.objects.get", "storage.objects.create", "storage.objects.list"
_LAKE = {"bucket": "lake-a"}


def _verdicts(everybody: Everybody) -> dict[str, str]:
    return {able.principal: able.verdict for able in everybody.able}


def test_everybody_who_may_is_listed_with_the_grant() -> None:
    """The api and the compactor read heads/, each by a grant of its own; gc does not."""
    found = who_can(case(), _GET, "ws=a/heads/x")

    assert _verdicts(found) == {account("api"): "yes", account("compactor"): "yes"}
    assert [grant.label for able in found.able for grant in able.grants] == [
        'binding "api get heads/"',
        'binding "compactor swap heads/"',
    ]
    assert found.able[0].named == f"api of a ({account('api')})"
    assert found.settled


def test_a_list_is_asked_of_the_bucket() -> None:
    """Whatever name is given, and with the bucket's own name as well."""
    for found in (who_can(case(), _LIST, "ws=a/heads/x"), who_can(case(), _LIST, "lake-a", bucket_itself=True)):
        assert (found.target, _verdicts(found)) == ("bucket lake-a", {account("gc"): "yes"})


def test_a_date_gives_sometimes_and_is_settled() -> None:
    """The condition says when; nothing about it is unknown."""
    expression = 'request.time < timestamp("2030-01-01T00:00:00Z")'
    grant = member("projects/demo-project/roles/create", account("api"), expression, scope=_LAKE)

    found = who_can(case(grant), _CREATE, "ws=a/other")

    assert (_verdicts(found), found.settled) == ({account("api"): "sometimes"}, True)


def test_a_grant_to_everybody_is_listed_once() -> None:
    """As everybody, not as each account that the input happens to name."""
    found = who_can(case(member(who="allUsers", scope=_LAKE)), _GET, "ws=a/other")

    assert _verdicts(found) == {"allUsers": "yes"}


def test_a_condition_that_nobody_documents_is_undecided() -> None:
    """Somebody may be let in, so that the list is not settled."""
    odd = 'resource.name.extract("a={x}/") == resource.name.extract("b={x}/")'
    grant = member("projects/demo-project/roles/create", account("api"), odd, scope=_LAKE)

    found = who_can(case(grant), _CREATE, "ws=a/other")

    assert (_verdicts(found), found.settled) == ({account("api"): "undecided"}, False)


def test_a_grant_that_is_not_known_leaves_the_list_unsettled() -> None:
    """It may let in anybody."""
    found = who_can(case(member(who=Unknown("computed"), scope=_LAKE)), _GET, "ws=a/other")

    assert found.able == ()
    assert [item.reason for item in found.unsettled] == ["computed"]
    assert not found.settled


@pytest.mark.parametrize(
    ("permission", "name", "words"),
    [
        ("storage.object.get", "ws=a/x", "did you mean"),
        ("storage.hmacKeys.create", "ws=a/x", "answers for objects and buckets"),
        (_GET, "nowhere", "which bucket"),
        (_GET, "gs://lake-a/", "1 to 1024 bytes"),
    ],
)
def test_a_question_that_is_not_clear_is_refused(permission: str, name: str, words: str) -> None:
    """Nobody would be a wrong answer."""
    with pytest.raises(UsageError, match=words):
        who_can(case(), permission, name)
