"""Becoming a service account: only who the plan lets, and as Google's own impersonated credentials do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import google.cloud.storage as google_storage  # type: ignore[import-untyped]
import pytest
from google.auth import impersonated_credentials
from google.auth.exceptions import RefreshError

from arco.policy.deployment import Instance
from tests.fakes.deployments import custom_role, member
from tests.fakes.emulated import ALICE, BOB, BUCKET, Emulated, rights, running_emulated
from tests.fakes.google_credentials import FixedCredentials
from tests.fakes.manual_clock import ManualClock

_ROLE = "roles/iam.serviceAccountTokenCreator"
_EMAIL = ALICE.partition(":")[2]
_PATH = f"/v1/projects/-/serviceAccounts/{_EMAIL}:generateAccessToken"
_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
_BODY: Mapping[str, object] = {"scope": _SCOPES}


def _on_account(
    who: str = BOB, role: str = _ROLE, email: str = _EMAIL, expression: str = "", *, label: str = "becomes"
) -> Instance:
    return member(
        role,
        who,
        expression,
        kind="google_service_account_iam_member",
        name=label,
        scope={"service_account_id": f"projects/demo-project/serviceAccounts/{email}"},
    )


def _above(project: str, role: str = _ROLE) -> Instance:
    return member(role, BOB, kind="google_project_iam_member", name="above", scope={"project": project})


def _impersonated(emulated: Emulated, target: str = _EMAIL) -> Any:  # noqa: ANN401 - Google's client has no types
    credentials = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        FixedCredentials(emulated.token(BOB)),
        target_principal=target,
        target_scopes=_SCOPES,
        iam_endpoint_override=f"{emulated.endpoint}/v1/projects/-/serviceAccounts/{target}:generateAccessToken",
    )
    client = google_storage.Client(
        project="none", credentials=credentials, client_options={"api_endpoint": emulated.endpoint}
    )
    setattr(client, "_bucket_metadata_cache", None)  # noqa: B010 - the only switch beside a variable
    return client


def test_impersonated_client_is_the_account() -> None:
    """It can do what Alice may, and nothing by itself."""
    with running_emulated(*rights(ALICE, "storage.objects.get"), _on_account()) as emulated:
        emulated.put("there")
        client = _impersonated(emulated)
        try:
            content = client.bucket(BUCKET).blob("there").download_as_bytes()
        finally:
            client.close()

        own = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/there", who=BOB)
        assert content == b"content"
        assert own.status == 403
        assert {decision.caller for decision in emulated.decisions} == {ALICE, BOB}


def test_impersonation_without_the_right_is_refused() -> None:
    """By Google's credentials too; the answer names who, what and on which account."""
    with running_emulated(*rights(ALICE, "storage.objects.get")) as emulated:
        client = _impersonated(emulated)
        try:
            with pytest.raises(RefreshError):
                client.bucket(BUCKET).blob("there").download_as_bytes()
        finally:
            client.close()
        answer = emulated.send("POST", _PATH, _BODY, who=BOB)

        assert answer.status == 403
        expected = ("bob@demo-project", "iam.serviceAccounts.getAccessToken", f"projects/-/serviceAccounts/{_EMAIL}")
        assert [text for text in expected if text not in answer.message] == []


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        (_on_account(), 200),
        (_on_account(who="allAuthenticatedUsers"), 200),
        (_on_account(email=BOB.partition(":")[2]), 403),
        (_on_account(who="serviceAccount:carol@demo-project.iam.gserviceaccount.com"), 403),
        (_on_account(role="roles/iam.serviceAccountUser"), 403),
        (_on_account(expression="request.time > date('2020-01-01')"), 200),
        (_on_account(expression="request.time < date('2020-01-01')"), 403),
        (_on_account(expression=f'resource.name.endsWith("{_EMAIL}")'), 403),
        (_above("demo-project"), 200),
        (_above("other-project"), 403),
        (_above("demo-project", "roles/storage.admin"), 403),
    ],
)
def test_right_is_that_on_the_account(grant: Instance, status: int) -> None:
    """Granted on that account or above it, with that permission, under a condition that certainly holds."""
    with running_emulated(grant) as emulated:
        assert emulated.send("POST", _PATH, _BODY, who=BOB).status == status


def test_custom_role_can_carry_the_right() -> None:
    """The plan's roles count on accounts as on buckets."""
    role = custom_role("become", "iam.serviceAccounts.getAccessToken", name="become")
    with running_emulated(role, _on_account(role="projects/demo-project/roles/become")) as emulated:
        assert emulated.send("POST", _PATH, _BODY, who=BOB).status == 200


def test_right_on_a_bucket_is_none_on_an_account() -> None:
    """Whatever the role that is granted on the bucket holds."""
    with running_emulated(*rights(BOB, "iam.serviceAccounts.getAccessToken")) as emulated:
        assert emulated.send("POST", _PATH, _BODY, who=BOB).status == 403


def test_token_ends_when_it_was_wanted() -> None:
    """And says so."""
    clock = ManualClock()
    with running_emulated(*rights(ALICE, "storage.objects.get"), _on_account(), clock=clock) as emulated:
        emulated.put("there")
        answer = emulated.send("POST", _PATH, {**_BODY, "lifetime": "60s"}, who=BOB).json()
        header = {"Authorization": f"Bearer {answer['accessToken']}"}
        clock.advance(59)
        before = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/there", None, header)
        clock.advance(2)
        after = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/there", None, header)

        assert answer["expireTime"] == "2026-05-28T20:27:40Z"
        assert (before.status, after.status) == (200, 401)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"scope": []}, 400),
        ({"scope": "x"}, 400),
        ({"scope": ["https://www.googleapis.com/auth/devstorage.read_only"]}, 501),
        ({"scope": [7]}, 501),
        ({"scope": _SCOPES, "lifetime": "3601s"}, 400),
        ({"scope": _SCOPES, "lifetime": "0s"}, 400),
        ({"scope": _SCOPES, "lifetime": 60}, 400),
        ({"scope": _SCOPES, "delegates": ["x"]}, 501),
        ({"scope": _SCOPES, "audience": "x"}, 501),
    ],
)
def test_token_of_another_kind_is_refused(body: Mapping[str, object], status: int) -> None:
    """A narrowed one would be wider here than at Google; others are not modelled, or refused there too."""
    with running_emulated(_on_account()) as emulated:
        assert emulated.send("POST", _PATH, body, who=BOB).status == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (_PATH.replace("/-/", "/demo-project/"), 400),
        (_PATH.replace("generateAccessToken", "signBlob"), 501),
        (_PATH.replace("generateAccessToken", "generateIdToken"), 501),
        (_PATH.replace("/v1/", "/v2/"), 501),
    ],
)
def test_other_methods_are_refused(path: str, status: int) -> None:
    """Whatever else leads to an account is not modelled."""
    with running_emulated(_on_account()) as emulated:
        assert emulated.send("POST", path, _BODY, who=BOB).status == status


def test_nobody_becomes_nobody() -> None:
    """Without a token there is none; a right of all who have one is none of those who have not."""
    with running_emulated(_on_account(who="allAuthenticatedUsers")) as emulated:
        answer = emulated.send("POST", _PATH, _BODY, who=None)

        assert answer.status == 401
        assert "Anonymous caller" in answer.message
