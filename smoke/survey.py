"""What is to be measured: who, in which workspaces, with which questions, and what must stand before they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, final

from google.auth.credentials import Credentials

from arco.errors import EmptyInputError, UsageError
from arco.layout import Scope
from arco.policy.matrix import Holder, Matrix, Workspace, holders_of, read_matrix, workspaces_of
from arco.policy.terraform import load
from smoke.questions import Question, needed, questions_of
from smoke.services import STANDING

__all__ = ["ELSEWHERE", "Survey", "Target", "TargetCredentials", "open_survey", "scope_of"]

ELSEWHERE: Final = "smoke-elsewhere"
"""A bucket of the project that is not Arco's."""

_ACCOUNT: Final = "serviceAccount:"


class TargetCredentials:
    """Gives the credentials of a member."""

    def of(self, member: str) -> Credentials:
        """Give them. Raises google.auth.exceptions.GoogleAuthError if there are none."""
        raise NotImplementedError


@final
@dataclass(frozen=True, slots=True)
class Target:
    """What is measured: an endpoint, whose accounts it has, and the generations of what stands there.

    `title` tells people what it is.
    """

    title: str
    endpoint: str
    credentials: TargetCredentials
    kept: dict[tuple[str, str], int]


@final
@dataclass(frozen=True)
class Survey:
    """The questions about `workspaces`; `others` are buckets that their accounts must not reach either."""

    matrix: Matrix
    project: str
    workspaces: tuple[Workspace, ...]
    others: tuple[Workspace, ...]
    elsewhere: str

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """Everybody who can be asked: a service account that plays a role in a workspace."""
        return tuple(one for one in holders_of(self.matrix, self.workspaces) if one.principal.startswith(_ACCOUNT))

    @cached_property
    def silent(self) -> tuple[str, ...]:
        """Members that nobody can speak for, such as groups."""
        everybody = {one.principal for one in holders_of(self.matrix, self.workspaces)}
        return tuple(sorted(everybody - {one.principal for one in self.holders}))

    @cached_property
    def questions(self) -> dict[Holder, tuple[Question, ...]]:
        """The questions to the plain client, by holder."""
        return {
            holder: tuple(questions_of(self.matrix, holder, self.foreign(holder), self.elsewhere))
            for holder in self.holders
        }

    def foreign(self, holder: Holder) -> tuple[Workspace, ...]:
        """Give the workspaces in which a holder plays no role."""
        everywhere = (*self.workspaces, *self.others)
        return tuple(one for one in everywhere if holder.principal not in one.members[holder.role])

    @cached_property
    def standing(self) -> dict[str, list[str]]:
        """What must stand before anything is asked, by bucket."""
        found = needed(question for asked in self.questions.values() for question in asked)
        for workspace in self.workspaces:
            names = [workspace.scope + key.path for key in STANDING]
            found[workspace.bucket] = [*found.get(workspace.bucket, []), *names]
        return found


def open_survey(
    terraform: Path, var_file: Path, matrix_file: Path, *, bucket: str | None = None, elsewhere: str = ELSEWHERE
) -> Survey:
    """Read what is to be measured; with `bucket`, of that bucket alone.

    Raises InputError for an input that cannot be read, EmptyInputError if nobody could be asked anything.
    """
    matrix = read_matrix(matrix_file)
    deployment = load(str(terraform), [str(var_file)])
    everything = workspaces_of(matrix, deployment)
    chosen = tuple(one for one in everything if bucket in {None, one.bucket})
    project = deployment.variables[matrix.layout.project.removeprefix("var.")]
    others = tuple(one for one in everything if one not in chosen)
    survey = Survey(matrix, str(getattr(project, "value", "")), chosen, others, elsewhere)
    if not survey.holders:
        message = f"nothing to measure: no workspace of {var_file} has the bucket {bucket}"
        raise EmptyInputError(message, source=str(var_file))
    return survey


def scope_of(workspace: Workspace) -> Scope:
    """Give the scope that the services know. Raises UsageError if it does not spell the workspace's."""
    scope = Scope(*workspace.label.split("/"))
    if scope.prefix != workspace.scope:
        message = f"the matrix has another layout than the services scope={workspace.scope} services={scope.prefix}"
        raise UsageError(message)
    return scope
