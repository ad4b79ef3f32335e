"""One input under judgement: its grants, what they reach, and, with a matrix, its layout and its workspaces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from arco.errors import EmptyInputError
from arco.policy.conditions import Expression, Found, Undecided
from arco.policy.deployment import Deployment
from arco.policy.grants import Grants, collect
from arco.policy.matrix import Holder, Matrix, Reached, Workspace, computed_rows, holders_of, reached, workspaces_of
from arco.policy.model import Grant, Unsettled
from arco.policy.reach import Reach

__all__ = ["Case", "Declared", "open_case"]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a matrix declares, applied to the input: who plays which role in which workspace."""

    matrix: Matrix
    workspaces: tuple[Workspace, ...]
    holders: tuple[Holder, ...]

    def roles(self, principal: str, workspace: Workspace) -> tuple[str, ...]:
        """The roles that `principal` plays in `workspace`."""
        return tuple(h.role for h in self.holders if h.principal == principal and h.workspace == workspace)

    def who(self, principal: str) -> str:
        """Name `principal` by its roles and workspaces, or as it is."""
        played = [f"{h.role} of {h.workspace.label}" for h in self.holders if h.principal == principal]
        return f"{played[0]} ({principal})" if len(played) == 1 else principal

    def allows(self, principal: str, workspace: Workspace, column: str, letters: str) -> bool:
        """Whether the body lets `principal` do any of `letters` in `column`."""
        rows = (self.matrix.rows[role] for role in self.roles(principal, workspace))
        return any(set(letters) & set(row[column]) for row in rows)


@dataclass
class Case:
    """What rules ask. Questions that nobody can decide are collected in `undecided`, for the rule `unknown`."""

    deployment: Deployment
    found: Grants
    reach: Reach
    declared: Declared | None
    undecided: list[Unsettled] = field(default_factory=list)

    def name_in(self, expression: Expression, bucket: str, prefix: str, grant: Grant) -> str | None:
        """Find a name for which `expression` holds; what stays undecided is blamed on `grant`."""
        verdict = self.reach.find(expression, bucket, prefix)
        if isinstance(verdict, Undecided):
            self.leave(grant, verdict.reason)
        return verdict.name if isinstance(verdict, Found) else None

    def leave(self, grant: Grant, reason: str) -> None:
        """Record that a question about `grant` has no answer."""
        self.undecided.append(Unsettled(grant.address, f"condition of {grant.label}", reason, grant.place))

    @cached_property
    def reached(self) -> dict[Holder, list[Reached]]:
        """Everything that each holder of a declared role reaches."""
        if self.declared is None:
            return {}
        layout, workspaces = self.declared.matrix.layout, self.declared.workspaces
        return {holder: list(reached(self.reach, layout, holder, workspaces)) for holder in self.declared.holders}

    @cached_property
    def rows(self) -> dict[str, dict[str, str]]:
        """The computed matrix."""
        if self.declared is None:
            return {}
        return computed_rows(self.declared.matrix, self.declared.holders, self.reached)

    def layout_grants(self) -> Iterator[tuple[Workspace, str, str, Grant]]:
        """Yield (workspace, principal, permission, grant) for every storage permission in a workspace's bucket."""
        if self.declared is None:
            return
        for workspace in self.declared.workspaces:
            for principal in self.reach.principals:
                for permission in self.reach.permissions(principal):
                    for grant in self.reach.grants(principal, permission, workspace.bucket):
                        yield workspace, principal, permission, grant


def open_case(deployment: Deployment, matrix: Matrix | None) -> Case:
    """Prepare an input for judgement. Raises EmptyInputError if nobody is granted anything at all."""
    found = collect(deployment)
    if not found.grants and not found.unsettled:
        message = "nothing to check: no resource here grants access to Cloud Storage"
        raise EmptyInputError(message, source=deployment.source)
    declared = None
    if matrix is not None:
        workspaces = workspaces_of(matrix, deployment)
        declared = Declared(matrix, workspaces, holders_of(matrix, workspaces))
    buckets = dict(found.buckets)
    return Case(deployment, found, Reach(found.grants, buckets.values()), declared)
