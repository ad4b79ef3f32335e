"""The registry itself: reasons must be about checks that exist."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.contract.registry import kinds

_HERE = Path(__file__).resolve().parent


def _checks() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in _HERE.glob("test_*.py")]
    return {
        node.name for tree in trees for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
    }


def test_every_check_that_is_left_out_exists() -> None:
    """A bucket gives a reason for each check that it leaves out, and leaves out nothing that is not there."""
    unknown = {kind.name: sorted(kind.leaves_out.keys() - _checks()) for kind in kinds()}
    silent = {kind.name: [check for check, reason in kind.leaves_out.items() if not reason.strip()] for kind in kinds()}

    assert not {name: checks for name, checks in unknown.items() if checks}
    assert not {name: checks for name, checks in silent.items() if checks}
