"""One question: may somebody use a permission on a name, by which grant, or why not."""

from __future__ import annotations

import pytest

from arco.errors import UsageError
from arco.policy.case import Case
from arco.policy.explain import Answer, explain
from tests.fakes.deployments import Plain, member, prefix
from tests.fakes.lake import account, case

_GET, _CREATE, _LIST = "storage.objects.get", "storage.objects.create", "storage.objects.list"
_SCOPE: dict[str, Plain] = {"bucket": "lake-a"}


def _one(found: Case, who: str, permission: str, name: str, *, bucket_itself: bool = False) -> Answer:
    (answer,) = explain(found, who, permission, name, bucket_itself=bucket_itself)
    return answer


def test_yes_names_the_grant() -> None:
    """The grant that lets the account in, and nobody else's."""
    answer = _one(case(), "compactor", _CREATE, "ws=a/state/x")

    assert answer.verdict == "yes"
    assert answer.principal == account("compactor")
    assert [grant.label for grant in answer.grants] == ['binding "compactor create state/"']


def test_no_names_the_grants_that_do_not_reach() -> None:
    """The api reads here and creates nowhere; the compactor may create."""
    read = _one(case(), "api", _GET, "ws=a/other/x")
    created = _one(case(), "api", _CREATE, "ws=a/state/x")

    assert (read.verdict, len(read.grants)) == ("no", 2)
    assert (created.verdict, created.grants) == ("no", ())
    assert created.able == (f"compactor of a ({account('compactor')})",)


def test_the_workspace_is_inferred_from_the_name() -> None:
    """Scopes begin every name."""
    assert _one(case(), "api", _GET, "ws=b/state/x").target == "gs://lake-b/ws=b/state/x"


def test_the_workspace_may_be_said() -> None:
    """ROLE@WORKSPACE asks about a name outside of every scope."""
    answer = _one(case(), "api@b", _GET, "nowhere")

    assert (answer.principal, answer.target, answer.verdict) == (account("api", "b"), "gs://lake-b/nowhere", "no")


def test_a_url_names_the_bucket() -> None:
    """gs://BUCKET/NAME needs no workspace."""
    assert _one(case(), "api", _GET, "gs://lake-a/ws=a/state/x").verdict == "yes"


@pytest.mark.parametrize(
    ("who", "name", "words"),
    [
        ("api", "nowhere/x", "Or say ROLE@WORKSPACE, one of @a, @b"),
        ("api@c", "ws=a/state/x", "which api? 'c' names no workspace: say one of api@a, api@b"),
        ("nobody", "ws=a/state/x", "'nobody' is nobody here: name one of admins, api, compactor, gc"),
        ("user:ann@example.com", "nowhere/x", "which bucket? say gs://BUCKET/nowhere/x"),
    ],
)
def test_a_question_that_is_not_clear_lists_the_candidates(who: str, name: str, words: str) -> None:
    """Guessing would answer another question."""
    with pytest.raises(UsageError) as caught:
        explain(case(), who, _GET, name)

    assert words in str(caught.value)


def test_a_misspelt_permission_is_refused_with_the_close_ones() -> None:
    """A permission that does not exist is held by nobody, which says nothing."""
    with pytest.raises(UsageError, match=r"did you mean storage\.objects\.create"):
        explain(case(), "api", "storage.object.create", "ws=a/state/x")


def test_an_e_mail_names_its_member() -> None:
    """Without its kind, and in whatever letters."""
    email = account("api").partition(":")[2].upper()

    assert _one(case(), email, _GET, "ws=a/state/x").verdict == "yes"


def test_somebody_without_a_grant_may_nothing() -> None:
    """A full member that no grant names is a clear question."""
    assert _one(case(), "user:ann@example.com", _GET, "ws=a/state/x").verdict == "no"


def test_everybody_who_plays_a_role_is_answered() -> None:
    """A role with several members gives several answers."""
    answers = explain(case(), "admins", "storage.buckets.update", "a", bucket_itself=True)

    assert [(answer.principal, answer.verdict) for answer in answers] == [("group:admins@example.com", "no")]


@pytest.mark.parametrize("name", ["a", "lake-a"])
def test_a_bucket_is_named_by_itself_or_by_its_workspace(name: str) -> None:
    """`--bucket` asks about the bucket."""
    answer = _one(case(), "gc", _LIST, name, bucket_itself=True)

    assert (answer.verdict, answer.target) == ("yes", "bucket lake-a")


def test_a_list_is_asked_of_the_bucket_whatever_the_name() -> None:
    """No name narrows a list."""
    assert _one(case(), "gc", _LIST, "ws=a/state/x").target == "bucket lake-a"


def test_a_date_gives_sometimes() -> None:
    """Neither yes nor no, and not undecided."""
    expression = 'request.time < timestamp("2030-01-01T00:00:00Z")'
    found = case(member("projects/demo-project/roles/create", account("api"), expression, scope=_SCOPE))

    assert _one(found, "api", _CREATE, "ws=a/state/x").verdict == "sometimes"


def test_an_undocumented_comparison_gives_undecided() -> None:
    """Nobody documents what IAM would do."""
    expression = 'resource.name.extract("a={x}/") == resource.name.extract("b={x}/")'
    found = case(member("projects/demo-project/roles/create", account("api"), expression, scope=_SCOPE))

    assert _one(found, "api", _CREATE, "ws=a/state/x").verdict == "undecided"


def test_a_grant_to_everybody_answers_for_somebody() -> None:
    """Everybody is allowed, the api included."""
    found = case(member("projects/demo-project/roles/create", "allUsers", prefix("ws=a/", name="lake-a"), scope=_SCOPE))

    assert _one(found, "api", _CREATE, "ws=a/state/x").verdict == "yes"


def test_what_is_not_settled_is_counted() -> None:
    """A no beside an unknown grant is not the last word."""
    found = case(member("roles/nobody.knows", account("api"), scope=_SCOPE))

    assert _one(found, "api", _CREATE, "ws=a/state/x").unsettled == 1


def test_a_question_across_workspaces_is_asked_of_the_bucket_that_the_name_names() -> None:
    """The account is one workspace's, the object another's."""
    (answer,) = explain(case(), "api@b", "storage.objects.get", "ws=a/state/x")

    assert answer.target == "gs://lake-a/ws=a/state/x"
    assert answer.principal == account("api", "b")
    assert answer.verdict == "no"


@pytest.mark.parametrize("who", ["allUsers", "user:nobody@example.com"])
def test_who_holds_nothing_is_answered_no(who: str) -> None:
    """The first question of a security review is whether the public may read."""
    (answer,) = explain(case(), who, "storage.objects.get", "ws=a/state/x")

    assert answer.verdict == "no"


@pytest.mark.parametrize("name", ["gs://lake-a", "gs://lake-a/", "gs://lake-a/" + "x" * 1025, "gs://lake-a/x\ny"])
def test_what_is_no_object_name_is_refused(name: str) -> None:
    """An answer about a name that cannot exist would be believed of another."""
    with pytest.raises(UsageError, match="an object's name has 1 to 1024 bytes"):
        explain(case(), "api@a", "storage.objects.get", name)


@pytest.mark.parametrize("permission", ["storage.hmacKeys.create", "storage.managedFolders.get", "storage.folders.get"])
def test_what_is_checked_elsewhere_is_refused(permission: str) -> None:
    """Such a permission is asked of a project, a managed folder or a folder, which a name does not tell."""
    with pytest.raises(UsageError, match="explain answers for objects and buckets"):
        explain(case(), "api@a", permission, "ws=a/state/x")


def test_a_misspelt_role_is_told_what_is_near() -> None:
    """Before a list of everybody."""
    with pytest.raises(UsageError, match="did you mean api"):
        explain(case(), "apii", "storage.objects.get", "ws=a/state/x")
