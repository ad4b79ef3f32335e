"""What a bucket's own settings prove, whom a lifecycle rule asks, and which keys outlive a policy."""

from __future__ import annotations

import pytest

from arco.policy.case import Case, open_case
from arco.policy.deployment import Instance
from arco.policy.rules import (
    cross_scope,
    default_bindings,
    lifecycle_delete,
    public_access_prevention,
    standing_key,
    uniform_access,
)
from arco.policy.rules.rule import Rule
from arco.policy.values import Literal, Text, Unknown
from tests.fakes.deployments import Plain, bucket, custom_role, deployed, instance, member, prefix
from tests.fakes.lake import MATRIX, account, case

_EMAIL = "writer@demo-project.iam.gserviceaccount.com"
_SHARED = MATRIX.replace("policy      owned", "policy      shared")


def _opened(*instances: Instance) -> Case:
    return open_case(deployed(*instances, member()), None)


def _told(rule: Rule, judged: Case) -> list[tuple[str, str]]:
    return [(finding.severity, finding.claim) for finding in rule.check(judged)]


@pytest.mark.parametrize(
    ("uniform", "state"),
    [(False, "off"), (None, "not stated, or not known"), (Unknown("later"), "not stated, or not known")],
)
def test_only_a_written_true_proves_uniform_access(uniform: Plain, state: str) -> None:
    """What is unset is computed by the provider, perhaps from the organization."""
    told = _told(uniform_access.RULE, _opened(bucket(uniform=uniform)))

    assert told == [("error", f"uniform bucket-level access of bucket demo is {state}: access control lists count")]
    assert _told(uniform_access.RULE, _opened(bucket())) == []


def test_a_bucket_that_the_matrix_names_must_be_made_to_prove_its_uniform_access() -> None:
    """A workspace's bucket that is made elsewhere may have lists that nobody sees here."""
    without = case(without="google_storage_bucket.lake-b")

    assert [severity for severity, _ in _told(uniform_access.RULE, without)] == ["error"]
    assert _told(uniform_access.RULE, case()) == []
    assert _told(uniform_access.RULE, case(without="google_storage_bucket.lake-b", matrix=_SHARED)) == []


@pytest.mark.parametrize("prevention", ["inherited", None, Unknown("later"), ""])
def test_only_enforced_proves_public_access_prevention(prevention: Plain) -> None:
    """Everything else leaves it to an organization that the input does not show: a warning."""
    assert [s for s, _ in _told(public_access_prevention.RULE, _opened(bucket(prevention=prevention)))] == ["warning"]
    assert _told(public_access_prevention.RULE, _opened(bucket())) == []


def test_a_bucket_that_is_made_elsewhere_is_not_asked_about() -> None:
    """Who only grants something on it could not write its settings either."""
    rules = (uniform_access, public_access_prevention, default_bindings)

    assert [_told(module.RULE, _opened()) for module in rules] == [[], [], []]


@pytest.mark.parametrize("matrix", [MATRIX, _SHARED])
def test_advice_is_an_error_where_the_matrix_owns_the_policy(matrix: str) -> None:
    """Who declares the whole policy as written has promised more."""
    without = "google_storage_bucket_iam_policy.lake-b"
    open_bucket = bucket("lake-b", prevention="inherited")
    severity = "error" if matrix == MATRIX else "warning"

    judged = case(open_bucket, matrix=matrix, without=without)

    assert [s for s, _ in _told(default_bindings.RULE, judged)] == [severity]
    assert [s for s, _ in _told(public_access_prevention.RULE, judged)] == [severity]


@pytest.mark.parametrize("name", [Unknown("later"), Text((Literal("demo-"), Unknown("later")))])
def test_a_bucket_of_unknown_name_answers_for_its_settings(name: Plain) -> None:
    """A random suffix hides the name, and not what the bucket is."""
    made = instance("google_storage_bucket", name=name, uniform_bucket_level_access=False)
    rules = (uniform_access, public_access_prevention, default_bindings)

    told = [[finding.address for finding in module.RULE.check(_opened(made))] for module in rules]

    assert told == [[made.address]] * 3


@pytest.mark.parametrize(("role", "found"), [("roles/viewer", 1), ("roles/browser", 0)])
def test_whom_the_default_bindings_of_an_unnamed_bucket_let_in_is_not_settled(role: str, found: int) -> None:
    """A viewer of the project reads every bucket whose policy nobody writes, whatever it is called."""
    made = instance("google_storage_bucket", name=Unknown("later"))
    viewer = member(role, name="viewer", kind="google_project_iam_member", scope={"project": "demo-project"})

    assert len(_opened(made, viewer).found.unsettled) == found


def _lifecycle(action: str | None, **condition: Plain) -> Case:
    rule: dict[str, Plain] = {"action": [{"type": action}] if action else [], "condition": [condition]}
    made = instance("google_storage_bucket", "again", name="lake-a", lifecycle_rule=[rule])
    return case(made)


@pytest.mark.parametrize(
    "condition",
    [
        {"age": 30},
        {"age": 30, "with_state": "ANY"},
        {"age": 30, "with_state": "LIVE"},
        {"age": 30, "with_state": Unknown("later")},
        {"created_before": "2030-01-01"},
        {"age": 30, "num_newer_versions": 0},
        {"age": 30, "days_since_noncurrent_time": None},
        {"age": 30, "noncurrent_time_before": ""},
        {"age": 30, "num_newer_versions": Unknown("later")},
        {"matches_prefix": ["ws=a/state/"]},
        {"matches_prefix": ["ws=a/state/tmp/"]},
        {"matches_prefix": ["ws=a/sta"]},
        {"matches_prefix": ["ws=a/heads/", "ws=a/"]},
        {"matches_prefix": [Unknown("later")]},
        {"matches_prefix": Unknown("later")},
        {"matches_prefix": []},
        {"matches_suffix": [".tmp"]},
        {},
    ],
    ids=str,
)
def test_a_rule_that_may_remove_a_live_object_under_an_immutable_root_is_found(condition: dict[str, Plain]) -> None:
    """It asks no grant; what is not known of it may hit."""
    (told,) = _told(lifecycle_delete.RULE, _lifecycle("Delete", **condition))

    assert told == (
        "error",
        "lifecycle_rule[0] of bucket lake-a removes live objects under state/, which is immutable (a)",
    )


@pytest.mark.parametrize(
    "condition",
    [
        {"age": 30, "with_state": "ARCHIVED"},
        {"num_newer_versions": 3},
        {"days_since_noncurrent_time": 14},
        {"noncurrent_time_before": "2030-01-01"},
        {"matches_prefix": ["ws=a/heads/"]},
        {"matches_prefix": ["ws=b/", "tmp/"]},
    ],
    ids=str,
)
def test_a_rule_that_spares_live_objects_is_clean(condition: dict[str, Plain]) -> None:
    """Old versions, and folders that may change."""
    assert _told(lifecycle_delete.RULE, _lifecycle("Delete", **condition)) == []


@pytest.mark.parametrize(
    ("action", "found"), [("SetStorageClass", 0), ("AbortIncompleteMultipartUpload", 0), (None, 1)]
)
def test_only_actions_that_are_known_to_remove_nothing_are_clean(action: str | None, found: int) -> None:
    """An action that nobody can read may be a deletion."""
    assert len(_told(lifecycle_delete.RULE, _lifecycle(action, age=30))) == found


@pytest.mark.parametrize("rules", [Unknown("later"), [Unknown("later")]])
def test_lifecycle_rules_that_nobody_knows_are_found(rules: Plain) -> None:
    """One of them may delete everything."""
    made = instance("google_storage_bucket", "again", name="lake-a", lifecycle_rule=rules)

    assert len(_told(lifecycle_delete.RULE, case(made))) == 1


_MADE = instance("google_service_account", email=_EMAIL)
_KEY = instance("google_service_account_key", service_account_id=f"projects/demo-project/serviceAccounts/{_EMAIL}")


def test_a_key_of_an_account_that_holds_nothing_here_is_clean() -> None:
    """It opens nothing that this input speaks of, as far as the summary's assumption goes."""
    assert _told(standing_key.RULE, _opened(_MADE, _KEY)) == []


@pytest.mark.parametrize(
    "extra",
    [
        (),
        (_MADE, member(who=f"serviceAccount:{_EMAIL}", name="holds")),
        (
            _MADE,
            member(
                "roles/iam.serviceAccountUser",
                f"serviceAccount:{_EMAIL}",
                kind="google_service_account_iam_member",
                scope={"service_account_id": "other@demo-project.iam.gserviceaccount.com"},
            ),
        ),
    ],
    ids=["made elsewhere", "holds a grant", "becomes another"],
)
def test_a_key_of_an_account_that_may_reach_something_is_found(extra: tuple[Instance, ...]) -> None:
    """By a grant, by becoming somebody, or by what another root module grants."""
    assert [s for s, _ in _told(standing_key.RULE, _opened(_KEY, *extra))] == ["error"]


@pytest.mark.parametrize("account_id", [Unknown("later"), None, "123456789012345678901"])
def test_a_key_of_nobody_knows_whom_is_found(account_id: Plain) -> None:
    """The account may be any."""
    key = instance("google_service_account_key", service_account_id=account_id)

    assert "an account that is not known" in _told(standing_key.RULE, _opened(_MADE, key))[0][1]


@pytest.mark.parametrize(("state", "found"), [("ACTIVE", 1), (None, 1), (Unknown("later"), 1), ("INACTIVE", 0)])
def test_only_a_key_that_is_made_inactive_opens_nothing(state: Plain, found: int) -> None:
    """Active is the default."""
    key = instance("google_storage_hmac_key", service_account_email=_EMAIL, state=state)

    assert len(_told(standing_key.RULE, _opened(key))) == found


@pytest.mark.parametrize(
    ("folder", "on", "found"),
    [("ws=b/state/", "lake-b", 1), ("zzz/", "lake-b", 1), ("ws=a/state/", "lake-a", 0), ("ws=b/state/", "lake-a", 0)],
)
def test_an_account_stays_in_the_buckets_of_its_workspaces(folder: str, on: str, found: int) -> None:
    """Any name of another workspace's bucket is another workspace's, whatever it is called."""
    role = custom_role("more", "storage.objects.create", name="more")
    grant = member("projects/demo-project/roles/more", account("api"), prefix(folder, name=on), scope={"bucket": on})

    assert len(_told(cross_scope.RULE, case(role, grant))) == found


def test_a_list_of_another_workspace_s_bucket_crosses_the_border() -> None:
    """Names are worth protecting as well."""
    role = custom_role("more", "storage.objects.list", name="more")
    grant = member("projects/demo-project/roles/more", account("gc"), scope={"bucket": "lake-b"})

    (told,) = _told(cross_scope.RULE, case(role, grant))

    assert told[1].endswith("reaches into workspace b, where it plays no role")


def test_people_who_play_a_role_everywhere_cross_nothing() -> None:
    """The administrators are the same in every workspace."""
    assert _told(cross_scope.RULE, case()) == []
