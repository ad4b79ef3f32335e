"""matrix-mismatch: what the input grants is not what the access matrix says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from arco.policy.case import Case, Declared
from arco.policy.findings import Finding
from arco.policy.matrix import Holder, Reached, administering, render_body
from arco.policy.model import Grant, ScopeKind
from arco.policy.rules.rule import ERROR, Rule
from arco.policy.values import Origin

_HELP = "change the grant, or have the matrix reviewed again"


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    found = list(_differences(case, declared))
    yield from found or _spelling(case, declared)


def _spelling(case: Case, declared: Declared) -> Iterator[Finding]:
    """The table is fixed text: the same letters in another layout are a difference that a review would have to read."""
    matrix = declared.matrix
    if case.rows != matrix.rows:
        return  # an undecided letter, which `unknown` reports
    written, computed = matrix.body.split("\n"), render_body(matrix.layout, case.rows).split("\n")
    for number, (line, wanted) in enumerate(zip_longest(written, computed, fillvalue=""), matrix.head.count("\n") + 1):
        if line != wanted:
            origin = Origin(matrix.layout.source, number, 1)
            yield RULE.finding(f"the table is not spelled as computed, which is: {wanted!r}", _HELP, origin, "")
            return


def _differences(case: Case, declared: Declared) -> Iterator[Finding]:
    for holder in declared.holders:
        yield from _surplus(case, declared, holder)
        yield from _lack(case, declared, holder)
    yield from _strangers(case, declared)
    for workspace in declared.workspaces:
        bucket = case.found.buckets.get(workspace.bucket)
        if declared.matrix.layout.owned and (bucket is None or not bucket.owned):
            claim = f"the matrix declares an owned policy, and nothing writes the whole policy of {workspace.bucket}"
            origin = bucket.origin if bucket else None
            address = bucket.address if bucket else workspace.label
            help_text = "write it with google_storage_bucket_iam_policy, so that default bindings disappear"
            yield RULE.finding(claim, help_text, origin, address)


def _allowed(declared: Declared, role: str, column: str) -> set[str]:
    """The letters of a cell, with overwrite spelled out as the delete that it adds to create."""
    return set(declared.matrix.rows[role][column].replace("o", "d"))


def _surplus(case: Case, declared: Declared, holder: Holder) -> Iterator[Finding]:
    for item in case.reached[holder]:
        grants = case.reach.grants(holder.principal, item.permission, item.bucket)
        if item.undecided:
            case.leave(grants[0], item.undecided)
            continue
        if item.letter in _allowed(declared, holder.role, item.column) and item.missing is None:
            continue
        only_some = f", but not on {item.missing}" if item.missing is not None else ""
        claim = (
            f"{holder.role} holds {item.permission} in column '{item.column}', which the matrix does not say"
            if item.letter not in _allowed(declared, holder.role, item.column)
            else f"{holder.role} holds {item.permission} for some names of '{item.column}' only"
        )
        witness = f"may use {item.permission} on {item.witness}{only_some} (workspace {holder.workspace.label})"
        grant = _blame(case, item, grants)
        yield RULE.about(grant, claim, _HELP, permission=item.permission, witness=witness)


def _blame(case: Case, item: Reached, grants: list[Grant]) -> Grant:
    if item.bucket is None:
        return grants[0]
    name = None if item.column in {"bucket", "project"} else item.witness
    return case.reach.blame(item.holder.principal, item.permission, item.bucket, name) or grants[0]


def _lack(case: Case, declared: Declared, holder: Holder) -> Iterator[Finding]:
    for column in declared.matrix.layout.columns:
        held = {item.letter for item in case.reached[holder] if item.column == column}
        for letter in sorted(_allowed(declared, holder.role, column) - held):
            origin = Origin(declared.matrix.layout.source, declared.matrix.lines[holder.role], 1)
            claim = f"{holder.role} lacks '{letter}' in column '{column}' in workspace {holder.workspace.label}"
            place = f"{holder.principal} in bucket {holder.workspace.bucket}"
            help_text = "grant it, or have the letter removed from the matrix"
            yield RULE.finding(claim, help_text, origin, place)


def _strangers(case: Case, declared: Declared) -> Iterator[Finding]:
    """Whoever has no row may reach nothing in a workspace's bucket, nor become somebody who does."""
    told, above = set(), administering()
    for workspace, principal, permission, grant in case.layout_grants():
        inherited = grant.scope.kind not in {ScopeKind.BUCKET, ScopeKind.MANAGED_FOLDER}
        leads_here = permission.startswith("storage.") or (inherited and permission in above)
        if not leads_here or grant.member != principal or (workspace, principal) in told:
            continue
        if not declared.roles(principal, workspace) and not any(h.principal == principal for h in declared.holders):
            told.add((workspace, principal))
            claim = f"{principal} holds access to bucket {workspace.bucket}, and has no row in the matrix"
            yield RULE.about(grant, claim, _HELP, permission=permission)


RULE = Rule(
    id="matrix-mismatch",
    severity=ERROR,
    needs_layout=True,
    summary="the input grants what the access matrix says, no more, no less",
    check=_check,
)
