"""What a comparison of two inputs finds, and that it is silent about what changes no access."""

from __future__ import annotations

from typing import Any

import pytest

from arco.policy.deployment import Instance
from arco.policy.diff import Difference, compare, compare_inputs
from arco.policy.grants import collect
from arco.policy.values import Unknown
from tests.fakes.deployments import bucket, custom_role, deployed, instance, member, owned_policy, prefix

_ANN = "user:ann@example.com"
_GET, _CREATE, _LIST = "storage.objects.get", "storage.objects.create", "storage.objects.list"
_READER = "roles/storage.legacyObjectReader"
_A, _B = prefix("a/"), prefix("b/")
_ADMIN, _OF_OBJECTS = "roles/storage.admin", 'resource.type == "storage.googleapis.com/Object"'
_ON_PROJECT: dict[str, Any] = {"kind": "google_project_iam_member", "scope": {"project": "demo-project"}}
_SOON, _LATE = "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"


def _diff(base: list[Instance], head: list[Instance]) -> Difference:
    return compare(collect(deployed(*base)), collect(deployed(*head)))


def _told(difference: Difference) -> list[tuple[str, str, str, str]]:
    """Spell each change: direction, who, permissions, witness."""
    return [
        (change.direction, change.principal, " ".join(shown.permissions), shown.witness)
        for change in difference.changes
        for shown in change.shown
    ]


def test_a_dropped_slash_is_gained_with_the_shortest_name() -> None:
    """A sibling of the folder is reached that was not before, and nothing is lost."""
    found = _diff([member(expression=_A)], [member(expression=prefix("a"))])

    assert _told(found) == [("gained", _ANN, _GET, "gs://demo/a")]
    assert found.changes[0].grant.condition is not None
    assert found.changes[0].grant.condition.text.value == prefix("a")


def test_another_folder_is_gained_and_lost() -> None:
    """Each with the grant of its side."""
    found = _diff([member(expression=_A)], [member(expression=_B)])

    assert _told(found) == [("gained", _ANN, _GET, "gs://demo/b/"), ("lost", _ANN, _GET, "gs://demo/a/")]
    assert [c.grant.condition.text.value for c in found.changes if c.grant.condition] == [_B, _A]


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ([member(expression=_A)], [member(expression=f"!(!({_A}))")]),
        ([member(expression=_A)], [member(expression=f"{_A} || {_A}")]),
        ([member(expression=f"!({_A}) && !({_B})")], [member(expression=f"!({_A} || {_B})")]),
        ([member(expression=f"{_A} || {_B}")], [member(expression=_B), member(expression=_A, name="n")]),
        ([member(expression=_A)], [member(expression=_A, name="other title")]),
        ([member()], [member(who="user:ANN@example.com")]),
        (
            [member()],
            [instance("google_storage_bucket_iam_binding", bucket="demo", role=_READER, members=[_ANN, _ANN])],
        ),
        ([member()], [owned_policy({"role": _READER, "members": [_ANN]})]),
        ([member(expression=_A)], [member(expression=_A), member(expression=prefix("a/b/"), name="n")]),
        ([member()], [member(), bucket("new")]),
        (
            [member("projects/demo-project/roles/r"), custom_role("r", _GET)],
            [member("projects/demo-project/roles/q"), custom_role("q", _GET)],
        ),
        (
            [member(expression=f'{_A} && request.time < timestamp("{_SOON}")')],
            [member(expression=f'timestamp("{_SOON}") > request.time && {_A}')],
        ),
        (
            [member(expression=f'{_A} && request.time < timestamp("{_SOON}")')],
            [member(expression=f'{_A} && !(request.time >= timestamp("2030-01-01T01:00:00+01:00"))')],
        ),
        ([member(_ADMIN, expression=f"{_A} || {_B}")], [member(_ADMIN, expression=f"!(!{_A} && !{_B})")]),
        (
            [member(_ADMIN, expression=f"{_OF_OBJECTS} && {_A}", **_ON_PROJECT)],
            [member(_ADMIN, expression=f'{_A} && !(resource.type != "storage.googleapis.com/Object")', **_ON_PROJECT)],
        ),
    ],
    ids=[
        "double negation",
        "A || A",
        "De Morgan",
        "split",
        "title",
        "case of the member",
        "member to binding",
        "member to policy",
        "a grant within another",
        "a bucket without grants",
        "name of a custom role",
        "time turned round",
        "time in another zone",
        "a role that holds what no page names",
        "the same on a project",
    ],
)
def test_a_refactor_is_silent_in_both_directions(base: list[Instance], head: list[Instance]) -> None:
    """What changes no access is no difference, whichever of the two came first."""
    assert _diff(base, head).same
    assert _diff(head, base).same


def test_permissions_that_share_a_witness_are_one_line() -> None:
    """A wider role is one change, not forty."""
    found = _diff([member(expression=_A)], [member("roles/storage.objectUser", expression=_A)])

    (change,) = found.changes
    assert {_CREATE, "storage.objects.delete"} <= set(change.shown[0].permissions)
    assert change.shown[0].witness == "gs://demo/a/"
    assert len(change.shown) <= 3


def test_a_list_is_asked_of_the_bucket() -> None:
    """A condition on the bucket's name opens the list, and no object."""
    lister = [custom_role("l", _LIST), member("projects/demo-project/roles/l", expression=_A)]
    opened = 'resource.name == "projects/_/buckets/demo"'
    head = [custom_role("l", _LIST), member("projects/demo-project/roles/l", expression=opened)]

    assert _told(_diff(lister, head)) == [("gained", _ANN, _LIST, "gs://demo")]
    assert _told(_diff(head, lister)) == [("lost", _ANN, _LIST, "gs://demo")]


def test_a_grant_on_the_project_reaches_buckets_that_nobody_names() -> None:
    """The same role, one level up: gained elsewhere, and nothing is lost in the bucket."""
    above = member(kind="google_project_iam_member", scope={"project": "demo-project"})
    here = bucket("demo")

    found = _diff([here, member()], [here, above])

    assert _told(found) == [("gained", _ANN, _GET, "gs://x/x")]
    assert found.changes[0].shown[0].where == "buckets of project demo-project that neither input names"
    assert found.doubts == ()


def test_a_folder_that_may_hold_the_bucket_leaves_a_doubt() -> None:
    """Whether access in the bucket is new hangs on where the bucket is, which nobody says."""
    above = member(kind="google_folder_iam_member", scope={"folder": "folders/7"})

    found = _diff([above], [above, member(name="n")])

    assert found.changes == ()
    assert [(doubt.side, doubt.subject) for doubt in found.doubts] == [("head", _ANN)]
    assert "is not known" in found.doubts[0].reason


def test_what_moves_between_projects_is_gained_and_lost() -> None:
    """The bucket's grants stay; what the two projects give does not."""
    above = member(kind="google_project_iam_member", scope={"project": "demo-project"})
    here = bucket("demo")
    there = instance("google_storage_bucket", name="demo", project="other-project", uniform_bucket_level_access=True)

    assert _told(_diff([here, above], [there, above])) == [("lost", _ANN, _GET, "gs://demo/x")]


def test_objects_of_a_bucket_of_one_side_count() -> None:
    """A bucket that is new brings access; one that goes takes it."""
    new = member(scope={"bucket": "fresh"}, name="n")

    assert _told(_diff([member()], [member(), new])) == [("gained", _ANN, _GET, "gs://fresh/x")]
    assert _told(_diff([member(), new], [member()])) == [("lost", _ANN, _GET, "gs://fresh/x")]


def test_what_everybody_had_is_gained_by_nobody() -> None:
    """A grant to all is each one's: taking a narrower one away takes nothing."""
    everybody = member(who="allUsers", name="all")

    assert _told(_diff([everybody], [everybody, member()])) == []
    assert _told(_diff([member()], [everybody])) == [("gained", "allUsers", _GET, "gs://demo/x")]


def test_a_later_end_is_gained_and_an_earlier_one_lost() -> None:
    """Dates cut the line of time: nothing is gained by ending earlier."""
    soon, late = ([member(expression=f'{_A} && request.time < timestamp("{date}")')] for date in (_SOON, _LATE))

    later, earlier = _diff(soon, late), _diff(late, soon)

    assert _told(later) == [("gained", _ANN, _GET, "gs://demo/a/")]
    assert later.changes[0].shown[0].when == f"between {_SOON} and {_LATE}"
    assert _told(earlier) == [("lost", _ANN, _GET, "gs://demo/a/")]


def test_what_is_not_settled_on_either_side_is_a_doubt() -> None:
    """An unknown member may be anybody, before and after."""
    unknown = member(who=Unknown("computed"), name="u")

    found = _diff([member()], [member(), unknown])

    assert found.changes == ()
    assert not found.same
    assert [(doubt.side, doubt.reason) for doubt in found.doubts] == [("head", "computed")]


def test_conditions_that_nobody_documents_differ_unless_they_are_spelled_alike() -> None:
    """Two of them at one place in the text are not one."""
    odd = 'resource.name.extract("{}={{x}}/") == resource.name.extract("z={{x}}/")'

    same = _diff([member(expression=odd.format("a"))], [member(expression=odd.format("a"))])
    other = _diff([member(expression=odd.format("a"))], [member(expression=odd.format("b"))])

    assert same.same
    assert [doubt.side for doubt in other.doubts] == ["head", "base"]


def test_a_permission_on_the_project_is_compared() -> None:
    """To act as another account is access, too."""
    role = "roles/iam.serviceAccountTokenCreator"
    above = member(role, kind="google_project_iam_member", scope={"project": "demo-project"})

    found = _diff([member()], [member(), above])

    assert found.changes
    assert {change.direction for change in found.changes} == {"gained"}
    assert any("iam.serviceAccounts.getAccessToken" in text for _, _, text, _ in _told(found))
    assert {witness for *_, witness in _told(found)} == {"project demo-project"}


def test_a_managed_folder_is_a_folder_and_no_more() -> None:
    """Its objects are gained, and nothing beside it."""
    kind = "google_storage_managed_folder_iam_member"
    folder = member(kind=kind, scope={"bucket": "demo", "managed_folder": "a/"}, name="f")

    assert _told(_diff([member(expression=_A)], [folder])) == []
    assert _told(_diff([member(expression=_B)], [member(expression=_B), folder])) == [
        ("gained", _ANN, _GET, "gs://demo/a/")
    ]


def test_uniform_access_that_changes_is_a_doubt() -> None:
    """Lists of access of single objects begin to count, and no plan shows them."""
    off = instance("google_storage_bucket", name="demo", project="demo-project", uniform_bucket_level_access=False)

    found = _diff([bucket("demo"), member()], [off, member()])

    assert [doubt.subject for doubt in found.doubts] == ["bucket demo"]


def test_prevention_that_changes_is_a_doubt_where_it_matters() -> None:
    """A grant to everybody counts only without it; other grants do not care."""
    everybody, held, free = member(who="allUsers"), bucket("demo"), bucket("demo", prevention="inherited")

    found = _diff([held, everybody], [free, everybody])

    assert [doubt.subject for doubt in found.doubts] == ["bucket demo"]
    assert _diff([held, member()], [free, member()]).same


def test_a_grant_on_the_project_is_shown_in_the_named_buckets_as_well() -> None:
    """Who reads the change looks for the buckets that there are."""
    above = member(kind="google_project_iam_member", scope={"project": "demo-project"})

    (change,) = _diff([bucket("demo")], [bucket("demo"), above]).changes

    assert [shown.witness for shown in change.shown] == ["gs://x/x", "gs://demo/x"]


def test_a_refused_condition_in_place_of_another_is_a_doubt() -> None:
    """What IAM refuses may be nothing, or what was there before."""
    refused = 'resource.name.matches("a")'

    found = _diff([member(expression=_A)], [member(expression=refused)])

    assert [change.direction for change in found.changes] == []
    assert {doubt.side for doubt in found.doubts} == {"head", "base"}


def test_a_list_of_a_managed_folder_opens_no_list_of_the_bucket() -> None:
    """It is asked of the folder; who lists the whole bucket lists the folder as well."""
    lists = custom_role("l", _LIST)
    role, kind = "projects/demo-project/roles/l", "google_storage_managed_folder_iam_member"
    folder = member(role, kind=kind, scope={"bucket": "demo", "managed_folder": "a/"}, name="f")
    whole = member(role, name="w")

    assert _told(_diff([lists, member()], [lists, member(), folder])) == [("gained", _ANN, _LIST, "gs://demo/a/")]
    assert _diff([lists, whole], [lists, whole, folder]).same
    assert _told(_diff([lists, folder], [lists, whole])) == [("gained", _ANN, _LIST, "gs://demo")]


def test_more_dates_than_are_asked_leave_a_doubt() -> None:
    """The pieces of time are limited, and what is beyond is not passed over."""
    dates = " || ".join(f'request.time < timestamp("20{year}-01-01T00:00:00Z")' for year in range(30, 40))
    later = dates.replace("-01-01", "-02-01")

    found = _diff([member(expression=dates)], [member(expression=later)])

    assert found.changes == ()
    assert {doubt.reason for doubt in found.doubts} == {"more than 16 dates are compared with"}


def test_a_key_that_is_made_or_taken_away_is_a_doubt() -> None:
    """Whoever holds it is the account, and that is nobody whom an input names; another address is no other key."""
    email = "etl@demo-project.iam.gserviceaccount.com"
    key, moved = (instance("google_service_account_key", label, service_account_id=email) for label in "ab")
    hmac = instance("google_storage_hmac_key", service_account_email=email)
    plain, with_key, with_moved, with_both = (
        deployed(member(), *more) for more in ((), (key,), (moved,), (moved, hmac))
    )

    made, taken, both = (
        [doubt.subject for doubt in compare_inputs(base, head).doubts]
        for base, head in ((plain, with_key), (with_key, plain), (with_key, with_both))
    )

    assert made == taken == [f"keys of serviceAccount:{email}"]
    assert both == [f"HMAC keys of serviceAccount:{email}"]
    assert compare_inputs(with_key, with_moved).same


def test_a_folder_of_one_bucket_leaves_no_doubt_about_others() -> None:
    """A condition on the project that names a bucket says nothing of buckets that neither input names."""
    typed = member("roles/storage.objectUser", expression=f"{_OF_OBJECTS} && {_A}", **_ON_PROJECT)
    plain = member("roles/storage.objectUser", expression=_A, **_ON_PROJECT)

    assert _diff([bucket("demo"), typed], [bucket("demo"), plain]).same
