"""A live bucket as a target, by impersonation. Never run so far: no project was at hand.

The bucket is thrown away afterwards by an administrator of its project, since no account of ours may delete a ledger or
a manifest. Whoever runs this holds `roles/iam.serviceAccountTokenCreator` on the accounts, and places what must stand
with credentials of their own (`roles/storage.objectUser` on the project).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

import google.auth
from google.auth import impersonated_credentials
from google.auth.credentials import Credentials

from arco.errors import InputError, UsageError
from arco.storage.gcs import GOOGLE
from smoke.placing import placed
from smoke.survey import Survey, Target, TargetCredentials

__all__ = ["check_allowed", "live"]

_SCOPES: Final = ["https://www.googleapis.com/auth/devstorage.full_control"]
_LIFETIME_SECONDS: Final = 3600


@final
class _Impersonated(TargetCredentials):
    def __init__(self, source: Credentials) -> None:
        self._source = source

    def of(self, member: str) -> Credentials:
        made: Credentials = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
            source_credentials=self._source,
            target_principal=member.partition(":")[2],
            target_scopes=_SCOPES,
            lifetime=_LIFETIME_SECONDS,
        )
        return made


@contextmanager
def live(
    survey: Survey, bucket: str | None, project: str | None, elsewhere: str | None, allowed: Path | None
) -> Iterator[Target]:
    """Give the live bucket, once it is certain that it may be written to; raises UsageError before anything else."""
    check_allowed(survey, bucket, project, elsewhere, allowed)
    source, _ = google.auth.default(scopes=_SCOPES)
    kept = placed(GOOGLE, source, survey.standing)
    yield Target(f"the live bucket {bucket}", GOOGLE, _Impersonated(source), kept)


def check_allowed(
    survey: Survey, bucket: str | None, project: str | None, elsewhere: str | None, allowed: Path | None
) -> None:
    """Raise UsageError unless everything is named, the variables are the project's, and somebody has allowed it."""
    given = {"a bucket": bucket, "a project": project, "a bucket elsewhere": elsewhere, "allowed projects": allowed}
    missing = [what for what, value in given.items() if not value]
    if missing or allowed is None:
        message = f"a live run names all of its targets: {', '.join(missing)} is missing"
        raise UsageError(message)
    if project != survey.project:
        message = f"the variables are of another project given={project} variables={survey.project}"
        raise UsageError(message)
    try:
        lines = allowed.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the allowed projects: {error}"
        raise InputError(message, source=str(allowed)) from error
    if project not in {line.partition("#")[0].strip() for line in lines}:
        message = f"the project is not among those that may be measured project={project} file={allowed}"
        raise UsageError(message)
