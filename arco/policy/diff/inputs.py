"""Compare two inputs whole: what they grant, and the credentials that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from arco.errors import EmptyInputError
from arco.policy.deployment import Deployment
from arco.policy.diff.changes import Difference, Doubt
from arco.policy.diff.compare import compare
from arco.policy.grants import collect
from arco.policy.names import account_email

__all__ = ["compare_inputs"]

# Type, the attribute that names the account, and what it is. A key that signs URLs is of no account.
_CREDENTIALS = {
    "google_service_account_key": ("service_account_id", "keys"),
    "google_storage_hmac_key": ("service_account_email", "HMAC keys"),
    "google_compute_backend_bucket_signed_url_key": ("", "keys that sign URLs"),
    "google_compute_backend_service_signed_url_key": ("", "keys that sign URLs"),
}


def compare_inputs(base: Deployment, head: Deployment) -> Difference:
    """Give what `head` changes against `base`. Raises EmptyInputError if neither grants anything."""
    before, after = collect(base), collect(head)
    if not any((before.grants, before.unsettled, after.grants, after.unsettled)):
        message = "nothing to compare: no resource in either input grants access to Cloud Storage"
        raise EmptyInputError(message, source=f"{base.source} and {head.source}")
    difference = compare(before, after)
    return replace(difference, doubts=(*difference.doubts, *_credentials(base, head)))


def _credentials(base: Deployment, head: Deployment) -> Iterator[Doubt]:
    """Tell of credentials that are made or taken away: whoever holds one is the account, and no input says who."""
    before, after = _held(base), _held(head)
    for held in sorted({*before, *after}):
        if before[held] != after[held]:
            kind, account = held
            subject = f"{kind} of {account}" if account else kind
            reason = f"{before[held]}, then {after[held]}: whoever reads one may do what it may, and no input says who"
            yield Doubt("head", subject, reason)


def _held(deployment: Deployment) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for instance in deployment.instances:
        if instance.type in _CREDENTIALS and not instance.data:
            attribute, kind = _CREDENTIALS[instance.type]
            email = account_email(instance.values.get(attribute)) if attribute else None
            found[kind, f"serviceAccount:{email}" if email else f"what {instance.address} names"] += 1
    return found
