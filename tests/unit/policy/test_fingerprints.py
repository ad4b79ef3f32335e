"""What a fingerprint pins: everything that a grant allows, whether or not its text shows it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from arco.policy.case import open_case
from arco.policy.deployment import Instance
from arco.policy.judge import judge
from tests.fakes.deployments import Plain, bucket, custom_role, deployed, instance, member, prefix

_ROLE = "projects/demo-project/roles/r"
_LOW, _HIGH = (f"{name}@demo-project.iam.gserviceaccount.com" for name in ("low", "high"))
_ACT = "iam.serviceAccounts.actAs"


def _prints(rule: str, *instances: Instance) -> set[str]:
    found = judge(open_case(deployed(*instances), None), [rule]).findings
    return {finding.fingerprint for finding in found if finding.rule == rule}


def _differ(rule: str, before: Sequence[Instance], after: Sequence[Instance]) -> bool:
    one, other = _prints(rule, *before), _prints(rule, *after)
    assert one, "the grant is found at all"
    assert other, "and so is the one that it became"
    return not one & other


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("google_storage_bucket_iam_member", {"bucket": "public-assets"}, {"bucket": "customer-secrets"}),
        ("google_project_iam_member", {"project": "demo-project"}, {"project": "other-project"}),
        ("google_folder_iam_member", {"folder": "folders/1"}, {"folder": "folders/2"}),
        ("google_organization_iam_member", {"org_id": "1"}, {"org_id": "2"}),
        (
            "google_storage_managed_folder_iam_member",
            {"bucket": "demo", "managed_folder": "a/"},
            {"bucket": "demo", "managed_folder": "secret/"},
        ),
    ],
)
def test_a_grant_that_moves_elsewhere_is_another(kind: str, one: dict[str, Plain], other: dict[str, Plain]) -> None:
    """An exception for one bucket, folder, project or organization is none for the next, under the same address."""
    before, after = (member("roles/storage.objectViewer", "allUsers", kind=kind, scope=scope) for scope in (one, other))

    assert _differ("public-access", [before], [after])


def test_a_custom_role_that_grows_makes_another_grant() -> None:
    """Also by what sorts behind the permission that the finding shows."""
    grant = member(_ROLE, kind="google_project_iam_member", scope={"project": "demo-project"})
    before, after = (custom_role("r", *names) for names in ((_ACT,), (_ACT, "iam.serviceAccounts.getAccessToken")))

    assert _differ("escalation", [bucket(), before, grant], [bucket(), after, grant])


def _accounts() -> list[Instance]:
    folders = {_LOW: "a/", _HIGH: "secret/"}
    made = [instance("google_service_account", email[:3], email=email) for email in folders]
    held = [
        member("roles/storage.objectCreator", f"serviceAccount:{email}", prefix(folder), name=email[:3])
        for email, folder in folders.items()
    ]
    return [bucket(), *made, *held]


def _step(email: str, who: str = "user:ann@example.com", name: str = "step") -> Instance:
    kind, scope = "google_service_account_iam_member", {"service_account_id": email}
    return member("roles/iam.serviceAccountTokenCreator", who, kind=kind, name=name, scope=scope)


def test_a_step_to_another_account_is_another() -> None:
    """Whoever may become a harmless account may not, under the same waiver, become the one that writes."""
    assert _differ("escalation", [*_accounts(), _step(_LOW)], [*_accounts(), _step(_HIGH)])


def test_a_step_whose_account_gains_more_is_another() -> None:
    """What was agreed is what the account could do then."""
    more = member("roles/storage.legacyObjectReader", f"serviceAccount:{_LOW}", prefix("a/"), name="more")
    base = [bucket(), instance("google_service_account", email=_LOW), _step(_LOW)]
    creates = member("roles/storage.objectCreator", f"serviceAccount:{_LOW}", prefix("a/"), name="creates")

    assert _differ("escalation", [*base, more], [*base, more, creates])


def test_the_same_grant_keeps_its_fingerprint() -> None:
    """Beside other grants, and in another order."""
    grants = [*_accounts(), _step(_LOW)]
    other = member("roles/storage.legacyObjectReader", "user:bob@example.com", prefix("b/"), name="other")

    assert _prints("escalation", *grants) == _prints("escalation", other, *reversed(grants))
