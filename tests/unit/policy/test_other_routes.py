"""Routes beside a bucket's own policy: accounts that are become, engines that move objects, and guardrails."""

from __future__ import annotations

import pytest

from arco.policy.case import open_case
from arco.policy.deployment import Instance
from arco.policy.grants import Grants, collect
from arco.policy.judge import judge
from arco.policy.values import Unknown
from tests.fakes.deployments import Plain, bucket, custom_role, deployed, instance, member

_ANN = "principal://goog/subject/ann@example.com"
_GET = "storage.googleapis.com/objects.get"


def _reasons(*instances: Instance) -> list[str]:
    return [item.reason for item in collect(deployed(*instances)).unsettled]


def _become(
    role: str = "roles/iam.serviceAccountTokenCreator", account: Plain = "agent@demo-project.iam.gserviceaccount.com"
) -> Instance:
    return member(role, kind="google_service_account_iam_member", scope={"service_account_id": account})


@pytest.mark.parametrize(
    "account",
    [
        "agent@demo-project.iam.gserviceaccount.com",
        "projects/demo-project/serviceAccounts/agent@demo-project.iam.gserviceaccount.com",
        "projects/-/serviceAccounts/agent@demo-project.iam.gserviceaccount.com",
    ],
)
def test_a_grant_on_an_account_is_kept_apart(account: str) -> None:
    """It reaches no bucket by itself; whoever holds it may become the account, which is asked later."""
    reader = member(who="serviceAccount:agent@demo-project.iam.gserviceaccount.com")

    found = collect(deployed(reader, _become(account=account)))

    assert [str(grant.scope) for grant in found.impersonations] == [
        "service account agent@demo-project.iam.gserviceaccount.com"
    ]
    assert [grant.address for grant in found.grants] == [reader.address]
    assert found.unsettled == ()


def test_becoming_an_account_that_the_input_does_not_show_is_not_settled() -> None:
    """The account may hold anything, in a root module or a project that nobody sees here."""
    (reason,) = _reasons(_become())

    assert "may lead to service account agent@" in reason


def test_becoming_an_account_that_is_made_here_is_settled() -> None:
    """What this input grants it is all that it holds, as far as the summary's assumption goes."""
    made = instance("google_service_account", email="agent@demo-project.iam.gserviceaccount.com")

    assert _reasons(made, _become()) == []


@pytest.mark.parametrize("account", ["123456789012345678901", "agent", Unknown("later")])
def test_becoming_an_account_that_nobody_can_name_is_not_settled(account: Plain) -> None:
    """A unique id is the id of any account."""
    assert len(_reasons(_become(account=account))) == 1


def test_looking_at_an_account_leads_nowhere() -> None:
    """A viewer of an account does not become it."""
    found = collect(deployed(_become("roles/iam.serviceAccountViewer")))

    assert (found.impersonations, found.unsettled) == ((), ())


@pytest.mark.parametrize(
    "role", ["roles/run.invoker", "roles/cloudfunctions.invoker", "roles/workflows.invoker", "roles/run.developer"]
)
def test_running_what_runs_as_another_account_is_not_settled(role: str) -> None:
    """Which account that is, and what it does for its callers, is not followed."""
    (reason,) = _reasons(member(role, kind="google_cloud_run_v2_service_iam_member", scope={"name": "x"}))

    assert "may lead to another account" in reason


@pytest.mark.parametrize(
    ("permission", "found"),
    [("compute.instances.osLogin", 1), ("iap.tunnelInstances.accessViaIAP", 1), ("compute.instances.get", 0)],
)
def test_a_custom_role_that_logs_into_a_machine_is_not_settled(permission: str, found: int) -> None:
    """The machine runs as an account, and gives its tokens to whoever is on it."""
    role = custom_role("r", permission)
    grant = member("projects/demo-project/roles/r", kind="google_compute_instance_iam_member", scope={"zone": "x"})

    assert len(_reasons(role, grant)) == found


@pytest.mark.parametrize("kind", ["google_storage_transfer_job", "google_storage_batch_operations_job"])
def test_what_moves_objects_of_a_bucket_is_not_settled(kind: str) -> None:
    """It reads and writes as a service agent, whose grants may stand in any root module."""
    sink: list[Plain] = [{"gcs_data_sink": [{"bucket_name": "demo"}]}]

    (reason,) = _reasons(bucket(), instance(kind, transfer_spec=sink))

    assert "it moves objects of bucket demo as a service agent" in reason


def test_what_moves_objects_of_other_buckets_is_settled() -> None:
    """A job between two buckets that nobody here speaks of changes nothing here."""
    spec: list[Plain] = [{"gcs_data_sink": [{"bucket_name": "another"}]}]

    assert _reasons(bucket(), instance("google_storage_transfer_job", transfer_spec=spec, name=Unknown("later"))) == []


def test_what_moves_objects_of_an_unknown_bucket_is_not_settled() -> None:
    """The bucket that nobody knows may be this one."""
    spec: list[Plain] = [{"gcs_data_sink": [{"bucket_name": Unknown("later")}]}]

    assert len(_reasons(bucket(), instance("google_storage_transfer_job", transfer_spec=spec))) == 1


def _denied(**rule: Plain) -> Grants:
    """Read a deny policy with one rule beside a grant to Ann of `storage.objects.get`."""
    policy = instance("google_iam_deny_policy", "deny", rules=[{"deny_rule": [rule]}])
    return collect(deployed(member(), policy))


@pytest.mark.parametrize(
    "principal",
    [
        _ANN,
        "principalSet://goog/public:all",
        "principalSet://goog/group/readers@example.com",
        "principalSet://goog/cloudIdentityCustomerId/C01",
        "something that nobody documents",
    ],
)
@pytest.mark.parametrize("permission", [_GET, "storage.googleapis.com/objects.*", "storage.googleapis.com/*"])
def test_a_deny_rule_that_may_hit_a_holder_is_not_settled(principal: str, permission: str) -> None:
    """What is left of the grant is neither what the grant says nor nothing."""
    found = _denied(denied_principals=[principal], denied_permissions=[permission])

    (reason,) = [item.reason for item in found.unsettled]
    assert reason.startswith("the deny policy takes storage.objects.get from user:ann@example.com, and what is left")
    assert found.assumptions == ()


@pytest.mark.parametrize(
    ("principals", "permissions"),
    [
        (["principal://goog/subject/bob@example.com"], [_GET]),
        (["principal://iam.googleapis.com/projects/-/serviceAccounts/ann@example.com"], [_GET]),
        ([_ANN], ["storage.googleapis.com/objects.delete"]),
        ([_ANN], ["cloudresourcemanager.googleapis.com/projects.delete"]),
    ],
)
def test_a_deny_rule_that_hits_no_holder_is_an_assumption(principals: list[Plain], permissions: list[Plain]) -> None:
    """It is neither ignored nor proof: the summary names it."""
    found = _denied(denied_principals=principals, denied_permissions=permissions)

    assert found.unsettled == ()
    assert found.assumptions == ("guardrails are not counted as proof of anything: google_iam_deny_policy.deny",)


@pytest.mark.parametrize("attribute", ["denied_principals", "denied_permissions"])
def test_a_deny_rule_of_which_something_is_unknown_is_not_settled(attribute: str) -> None:
    """Whom it hits, and what it takes, may be anything."""
    known: dict[str, Plain] = {"denied_principals": [_ANN], "denied_permissions": ["x.googleapis.com/y"]}

    found = _denied(**{**known, attribute: [Unknown("later")]})

    assert [item.reason for item in found.unsettled] == ["whom a deny rule hits, and what it takes, is not known"]


@pytest.mark.parametrize("rules", [None, [], Unknown("later"), [Unknown("later")]])
def test_a_deny_policy_without_rules_that_can_be_read_is_not_settled(rules: Plain) -> None:
    """A deny policy that says nothing is one that nobody could read."""
    assert len(_reasons(member(), instance("google_iam_deny_policy", rules=rules))) == 1


def test_a_deny_rule_takes_nothing_away_from_what_is_reached() -> None:
    """Denied or not, the grant counts: deny policies are never proof of absence."""
    found = _denied(denied_principals=[_ANN], denied_permissions=[_GET])

    assert [grant.permissions for grant in found.grants] == [{"storage.objects.get"}]


def test_the_summary_names_a_guardrail_that_hits_nobody() -> None:
    """Who reads the verdict sees that the deny policy was neither ignored nor counted."""
    rule: dict[str, Plain] = {"denied_principals": [_ANN], "denied_permissions": ["x.googleapis.com/y"]}
    policy = instance("google_iam_deny_policy", "deny", rules=[{"deny_rule": [rule]}])

    judgement = judge(open_case(deployed(member(), policy), None))

    assert "guardrails are not counted as proof of anything: google_iam_deny_policy.deny" in judgement.assumptions
