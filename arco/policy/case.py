"""One input under judgement: its grants, what they reach, and, with a matrix, its layout and its workspaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from arco.errors import EmptyInputError
from arco.policy.conditions import Found, Opaque, Undecided, Verdict, leaves
from arco.policy.deployment import Deployment
from arco.policy.grants import Grants, collect
from arco.policy.matrix import Holder, Matrix, Reached, Workspace, computed_rows, holders_of, reached, workspaces_of
from arco.policy.model import Grant, Unsettled
from arco.policy.reach import Reach
from arco.policy.waivers import Waivers

__all__ = ["Case", "Declared", "open_case"]


@dataclass(frozen=True)
class Declared:
    """What a matrix declares, applied to the input: who plays which role in which workspace."""

    matrix: Matrix
    workspaces: tuple[Workspace, ...]
    holders: tuple[Holder, ...]

    def roles(self, principal: str, workspace: Workspace) -> tuple[str, ...]:
        """The roles that `principal` plays in `workspace`."""
        return self._roles.get((principal, workspace.label), ())

    @cached_property
    def _roles(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for holder in self.holders:
            key = (holder.principal, holder.workspace.label)
            found[key] = (*found.get(key, ()), holder.role)
        return found

    def who(self, principal: str) -> str:
        """Name `principal` by its roles and workspaces, or as it is."""
        played = [f"{h.role} of {h.workspace.label}" for h in self.holders if h.principal == principal]
        return f"{played[0]} ({principal})" if len(played) == 1 else principal

    def lists(self, principal: str, bucket: str) -> bool:
        """Whether the header lets `principal` list `bucket`."""
        own = (workspace for workspace in self.workspaces if workspace.bucket == bucket)
        return any(set(self.roles(principal, workspace)) & self.matrix.layout.listers for workspace in own)

    def allows(self, principal: str, workspace: Workspace, column: str, letters: str) -> bool:
        """Whether the body lets `principal` do any of `letters` in `column`."""
        rows = (self.matrix.rows[role] for role in self.roles(principal, workspace))
        return any(set(letters) & set(row[column]) for row in rows)


@dataclass
class Case:
    """What rules ask. Questions that nobody can decide are collected in `undecided`, for the rule `unknown`."""

    deployment: Deployment
    found: Grants
    declared: Declared | None
    undecided: list[Unsettled] = field(default_factory=list)
    waivers: Waivers = field(default_factory=Waivers)

    @cached_property
    def reach(self) -> Reach:
        """What each principal reaches by its own grants: each finding is told of whoever holds the grant."""
        return Reach(self.found.grants, self.found.buckets.values(), public=False)

    @cached_property
    def effective(self) -> Reach:
        """What each principal reaches in all, grants to everybody included."""
        return Reach(self.found.grants, self.found.buckets.values(), public=True)

    def told(self, verdict: Verdict, grants: Sequence[Grant]) -> str | None:
        """Give what was found, if anything. What stays undecided is left to `unknown`, on the grant that is opaque."""
        if isinstance(verdict, Undecided):
            opaque = (g for g in grants if any(isinstance(leaf, Opaque) for leaf, _ in leaves(g.expression)))
            self.leave(next(opaque, grants[0]), verdict.reason)
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
        return {holder: list(reached(self.effective, layout, holder, workspaces)) for holder in self.declared.holders}

    @cached_property
    def rows(self) -> dict[str, dict[str, str]]:
        """The computed matrix."""
        if self.declared is None:
            return {}
        return computed_rows(self.declared.matrix, self.declared.holders, self.reached)


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
    return Case(deployment, found, declared)
