"""What a principal reaches: the union of its grants, for all names, with a witness."""

from __future__ import annotations

import pytest

from arco.errors import UsageError
from arco.policy.conditions import Found, Not, Nothing, Refusal, Undecided, parse
from arco.policy.deployment import Instance
from arco.policy.grants import collect
from arco.policy.model import Bucket, Scope, ScopeKind
from arco.policy.reach import Reach, at_best, covers, narrowed, spelled_buckets
from tests.fakes.deployments import bucket, deployed, member, prefix

_ANN = "user:ann@example.com"
_GET, _LIST, _CREATE = "storage.objects.get", "storage.objects.list", "storage.objects.create"
_PROJECT = {"project": "demo-project"}


def _reach(*instances: Instance) -> Reach:
    found = collect(deployed(*instances))
    return Reach(found.grants, found.buckets.values(), public=True)


def _verdicts(reach: Reach, permission: str = _GET, *, under: str = "") -> tuple[object, object]:
    """Ask for a name with the permission, and for one without."""
    expression = reach.objects(_ANN, permission, "demo")
    assert expression is not None
    return reach.find(expression, "demo", under), reach.find(Not(expression), "demo", under)


def test_an_unconditional_grant_reaches_every_name() -> None:
    """There is a name with the permission, and none without."""
    some, without = _verdicts(_reach(member()))

    assert (some, without) == (Found("x"), Nothing())


def test_a_condition_confines_to_its_folder() -> None:
    """The witness is the shortest name in the folder, relative to the bucket."""
    some, without = _verdicts(_reach(member(expression=prefix("a/"))))

    assert some == Found("a/")
    assert isinstance(without, Found)


def test_two_grants_cover_together_what_neither_does() -> None:
    """The union counts."""
    grants = (member(expression=prefix("a/")), member(expression=f"!{prefix('a/')}", name="rest"))

    _, without = _verdicts(_reach(*grants))

    assert without == Nothing()


def test_grants_to_everybody_count_for_each() -> None:
    """Whoever is nobody in particular is still somebody."""
    reach = _reach(member(who="allUsers"), member(expression=prefix("a/")))

    _, without = _verdicts(reach)

    assert without == Nothing()
    assert [grant.member for grant in reach.grants(_ANN, _GET)] == [_ANN, "allUsers"]


def test_nobody_gets_what_no_grant_gives() -> None:
    """A permission that no role has is not an empty set of names, but no question at all."""
    assert _reach(member()).objects(_ANN, _CREATE, "demo") is None


def test_another_bucket_is_not_reached() -> None:
    """A grant on a bucket ends at the bucket."""
    assert _reach(member(), bucket("other")).objects(_ANN, _GET, "other") is None


def test_a_managed_folder_confines_its_grants() -> None:
    """Its policy reaches what is below it, and no condition is needed for that."""
    scope = {"bucket": "demo", "managed_folder": "a/"}
    built = member(kind="google_storage_managed_folder_iam_member", scope=scope)

    some, without = _verdicts(_reach(built))

    assert some == Found("a/")
    assert isinstance(without, Found)


def test_a_managed_folder_does_not_reach_its_siblings() -> None:
    """`a/` as a managed folder does not reach `ab`."""
    scope = {"bucket": "demo", "managed_folder": "a/"}
    found = collect(deployed(member(kind="google_storage_managed_folder_iam_member", scope=scope)))

    reach = Reach(found.grants, found.buckets.values(), public=True)

    assert reach.find(narrowed(found.grants[0]), "demo", "ab") == Nothing()


def test_an_undocumented_comparison_is_undecided() -> None:
    """Neither yes nor no."""
    expression = 'resource.name.extract("a={x}/") == resource.name.extract("b={x}/")'

    some, _ = _verdicts(_reach(member(expression=expression)))

    assert isinstance(some, Undecided)


@pytest.mark.parametrize(
    ("expression", "lists"),
    [
        ("", True),
        (prefix("a/"), False),
        (f"!{prefix('a/')}", True),
        ('resource.name.startsWith("projects/_/buckets/demo")', True),
        ('resource.name.endsWith("demo")', True),
        ('resource.type == "storage.googleapis.com/Object"', False),
    ],
)
def test_a_list_is_decided_on_the_bucket(expression: str, *, lists: bool) -> None:
    """A condition about objects says nothing about a list, or opens the whole bucket."""
    reach = _reach(member("roles/storage.objectViewer", expression=expression))

    some, _ = reach.on_bucket(_ANN, _LIST, "demo")

    assert isinstance(some, Found) is lists


def test_a_list_on_a_managed_folder_lists_that_folder() -> None:
    """The bucket stays closed, and no page says how far the list goes: it holds for some."""
    scope = {"bucket": "demo", "managed_folder": "a/"}
    built = member("roles/storage.objectViewer", kind="google_storage_managed_folder_iam_member", scope=scope)

    some, without = _reach(built).on_bucket(_ANN, _LIST, "demo")

    assert some == Found("projects/_/buckets/demo/managedFolders/a/")
    assert isinstance(without, Found)


def test_a_date_may_hold() -> None:
    """A time that has come or will come counts as come, wherever that helps."""
    expression = 'request.time < timestamp("2030-01-01T00:00:00Z")'
    reach = _reach(member(expression=expression))

    held = reach.objects(_ANN, _GET, "demo")

    assert held is not None
    assert isinstance(reach.find(Not(held), "demo"), Found)
    assert reach.find(Not(at_best(held)), "demo") == Nothing()


def test_a_grant_on_a_project_is_inherited() -> None:
    """By its buckets, and by those that the input does not name."""
    reach = _reach(bucket(), member(kind="google_project_iam_member", scope=_PROJECT))

    some, without = reach.elsewhere(_ANN, _GET)

    assert _verdicts(reach)[1] == Nothing()
    assert isinstance(some, Found)
    assert some.name.startswith("gs://")
    assert not some.name.startswith("gs://demo/")
    assert without == Nothing()


def test_a_grant_on_a_bucket_is_not_elsewhere() -> None:
    """Other buckets have policies of their own."""
    assert _reach(member()).elsewhere(_ANN, _GET) == (Nothing(), Nothing())


@pytest.mark.parametrize(
    ("scope", "project", "reached"),
    [
        (Scope(ScopeKind.BUCKET, "demo"), "p", True),
        (Scope(ScopeKind.BUCKET, "other"), "p", False),
        (Scope(ScopeKind.MANAGED_FOLDER, "demo", "a/"), "p", True),
        (Scope(ScopeKind.PROJECT, "p"), "p", True),
        (Scope(ScopeKind.PROJECT, "q"), "p", False),
        (Scope(ScopeKind.PROJECT, "q"), None, True),
        (Scope(ScopeKind.PROJECT, "123"), "p", True),
        (Scope(ScopeKind.PROJECT, "p"), "123", True),
        (Scope(ScopeKind.PROJECT, "124"), "123", False),
        (Scope(ScopeKind.FOLDER, "1"), "p", True),
        (Scope(ScopeKind.ORGANIZATION, "1"), "p", True),
    ],
)
def test_a_scope_covers_a_bucket_unless_it_surely_does_not(scope: Scope, project: str | None, *, reached: bool) -> None:
    """Folders and organizations contain what nobody can tell; a number may be any id."""
    known = Bucket("demo", project, owned=False, uniform=True, address="b")

    assert covers(scope, "demo", known) is reached


def test_blame_falls_on_a_grant_that_reaches_the_name() -> None:
    """Of several grants, the finding shows one that lets the witness in."""
    reach = _reach(member(expression=prefix("a/"), name="a"), member(expression=prefix("b/"), name="b"))

    blamed = reach.blame(_ANN, _GET, "demo", "b/x")

    assert blamed is not None
    assert blamed.address.endswith(".b")


def test_nobody_is_blamed_for_what_no_grant_gives() -> None:
    """A finding without a grant is a mistake of the rule, and must not pass as silence."""
    with pytest.raises(UsageError):
        _reach(member()).blame(_ANN, _CREATE, "demo", "x")


def test_own_grants_are_told_from_those_to_everybody() -> None:
    """A finding is told of whoever holds the grant."""
    found = collect(deployed(member(who="allUsers")))
    own = Reach(found.grants, found.buckets.values(), public=False)

    assert own.grants(_ANN, _GET, "demo") == []
    assert len(own.grants("allUsers", _GET, "demo")) == 1


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        (prefix("a/"), {"demo"}),
        ('resource.name == "projects/_/buckets/demo"', {"demo"}),
        ('resource.name.startsWith("projects/_/buckets/de")', {"de"}),
        ('resource.name.extract("projects/_/buckets/{b}/") == "logs"', {"logs"}),
        ('resource.name.extract("projects/_/buckets/lo{b}/") == "gs"', {"lo", "logs"}),
        ('resource.name.extract("projects/_/buckets/lo{b}s/") != "g"', {"lo", "logs"}),
        ('resource.name.extract("/buckets/{b}/objects/") == "logs"', {"logs"}),
        ('resource.name.extract("{start}/objects/") == "projects/_/buckets/logs"', {"logs"}),
        ('resource.name.extract("_/{kind}/objects/") == "buckets/logs"', {"logs"}),
        ('resource.name.endsWith("/a") || request.time < timestamp("2030-01-01T00:00:00Z")', set()),
    ],
)
def test_a_bucket_is_spelled_where_its_name_stands(expression: str, names: set[str]) -> None:
    """By prefixes and equalities, and by what extracts are compared with."""
    parsed = parse(expression)

    assert not isinstance(parsed, Refusal)
    assert names <= spelled_buckets(parsed)
