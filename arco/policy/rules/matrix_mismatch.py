"""matrix-mismatch: the input grants what the access matrix does not say, or lacks something that it says.

**Why.** The matrix is what people reviewed. A letter stands for every name of a column in every workspace of the
input; what holds for some names or some workspaces only is a finding with the instance and a witness. So is access
for somebody without a row, and a permission without a letter.

Wrong, where the row of the api has `r` under `state/`:

```text
role  ledger/  state/  other names  other buckets  bucket  project
api   cr       cr      -            -              -       -
```

Right:

```text
role  ledger/  state/  other names  other buckets  bucket  project
api   cr       r       -            -              -       -
```

**Fix.** Change the grant, or have the matrix reviewed again: `arco policy matrix INPUT --matrix FILE` prints the
computed one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from arco.policy.case import Case, Declared
from arco.policy.conditions import Nothing, Undecided, Verdict
from arco.policy.findings import Finding
from arco.policy.matrix import Holder, Workspace, administering, render_body
from arco.policy.model import ResourceKind, resource_kind
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
    computed = render_body(matrix.layout, case.rows)
    if any("?" in cell for row in case.rows.values() for cell in row.values()):
        return  # an undecided letter fails by the rule `unknown`
    written, wanted = matrix.body.split("\n"), computed.split("\n")
    for number, (line, other) in enumerate(zip_longest(written, wanted, fillvalue=""), matrix.head.count("\n") + 1):
        if line != other:
            origin = Origin(matrix.layout.source, number, 1)
            yield RULE.finding(f"the table is not spelled as computed, which is: {other!r}", _HELP, origin, "")
            return


def _differences(case: Case, declared: Declared) -> Iterator[Finding]:
    for holder in declared.holders:
        yield from _surplus(case, declared, holder)
        yield from _lack(case, declared, holder)
    yield from _strangers(case, declared)


def _allowed(declared: Declared, role: str, column: str) -> set[str]:
    """The letters of a cell, with overwrite spelled out as the delete that it adds to create."""
    return set(declared.matrix.rows[role][column].replace("o", "d"))


def _surplus(case: Case, declared: Declared, holder: Holder) -> Iterator[Finding]:
    for item in case.reached[holder]:
        if item.undecided:
            case.told(Undecided(item.undecided), case.effective.grants(holder.principal, item.permission, item.bucket))
            continue
        declares = item.letter in _allowed(declared, holder.role, item.column)
        if declares and item.missing is None:
            continue
        only_some = f", but not on {item.missing}" if item.missing is not None else ""
        claim = (
            f"{holder.role} holds {item.permission} for some names of '{item.column}' only"
            if declares
            else f"{holder.role} holds {item.permission} in column '{item.column}', which the matrix does not say"
        )
        name = None if item.column in {"bucket", "project"} else item.witness
        yield RULE.about(
            case.effective.blame(holder.principal, item.permission, item.bucket, name),
            claim,
            _HELP,
            kind=f"{item.permission} {item.column}",
            permission=item.permission,
            witness=f"may use {item.permission} on {item.witness}{only_some} (workspace {holder.workspace.label})",
        )


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
    known = {holder.principal for holder in declared.holders}
    for workspace in declared.workspaces:
        for principal in case.reach.principals_in(workspace.bucket):
            if principal not in known:
                yield from _stranger(case, principal, workspace)


def _stranger(case: Case, principal: str, workspace: Workspace) -> Iterator[Finding]:
    """Tell of the first permission that leads into the bucket; of the others, only what stays undecided."""
    bucket, above = workspace.bucket, administering()
    for permission in case.reach.permissions(principal):
        grants = case.reach.grants(principal, permission, bucket)
        if not grants:
            continue
        verdict: Verdict = Nothing()
        if permission.startswith("storage."):
            verdict = case.reach.somewhere(principal, permission, bucket)
        if permission in above and verdict == Nothing():
            verdict = case.reach.on_project(principal, permission)
        name = case.told(verdict, grants)
        if name is not None:
            is_object = resource_kind(permission) is ResourceKind.OBJECT
            yield RULE.about(
                case.reach.blame(principal, permission, bucket, name if is_object else None),
                f"{principal} holds access to bucket {bucket}, and has no row in the matrix",
                _HELP,
                kind="stranger",
                permission=permission,
                witness=f"may use {permission} on {name} (workspace {workspace.label})",
            )
            return


RULE = Rule(
    id="matrix-mismatch",
    severity=ERROR,
    needs_layout=True,
    summary="the input grants what the access matrix says, no more, no less",
    check=_check,
    waivable=False,
)
