"""standing-key: Terraform makes a credential that works until somebody deletes it, for an account that reaches objects.

**Why.** A key of an account, an HMAC key, and a key that signs URLs are the account, for whoever reads them, from
anywhere and for as long as they last; and their secrets stand in Terraform's state. No condition and no revoked grant
to become the account ends them. A key of an account that this input makes and grants nothing is not reported, and
neither is an HMAC key that is made inactive.

Wrong:

```hcl
resource "google_service_account_key" "etl" {
  service_account_id = google_service_account.etl.name
}
```

Right:

```hcl
resource "google_service_account_iam_member" "etl" {
  service_account_id = google_service_account.etl.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:demo-project.svc.id.goog[etl/runner]"
}
```

**Fix.** Let the workload run as the account, or federate its identity (which `escalation` reports: give it a waiver
with the reason). What must have an HMAC key gets an account of its own, with a grant on one folder.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.deployment import Instance
from arco.policy.findings import Finding
from arco.policy.names import account_email
from arco.policy.rules.rule import ERROR, Rule
from arco.policy.values import Text

_ACCOUNT_OF = {
    "google_service_account_key": ("service_account_id", "a key"),
    "google_storage_hmac_key": ("service_account_email", "an HMAC key"),
}
_SIGNS = {"google_compute_backend_bucket_signed_url_key", "google_compute_backend_service_signed_url_key"}


def _check(case: Case) -> Iterator[Finding]:
    managed = [instance for instance in case.deployment.instances if not instance.data]
    accounts = (i.values.get("email") for i in managed if i.type == "google_service_account")
    made = {account_email(email) for email in accounts}
    for instance in managed:
        if instance.type in _SIGNS:
            yield _told(instance, "a key that signs URLs stands in the state: whoever reads it reads what is served")
        elif instance.type in _ACCOUNT_OF and not _inactive(instance):
            attribute, what = _ACCOUNT_OF[instance.type]
            email = account_email(instance.values.get(attribute))
            holder = f"serviceAccount:{email}" if email else "an account that is not known"
            if email is None or email not in made or _reaches(case, holder):
                yield _told(instance, f"{what} of {holder} stands in the state: whoever reads it is that account")


def _reaches(case: Case, holder: str) -> bool:
    return any(grant.member == holder for grant in (*case.found.grants, *case.found.impersonations))


def _inactive(instance: Instance) -> bool:
    state = instance.values.get("state")
    return isinstance(state, Text) and state.known and state.value == "INACTIVE"


def _told(instance: Instance, claim: str) -> Finding:
    return RULE.finding(claim, "run as the account, or federate an identity", instance.origin, instance.address)


RULE = Rule(
    id="standing-key",
    severity=ERROR,
    needs_layout=False,
    summary="no credential without an end stands in Terraform's state",
    check=_check,
)
