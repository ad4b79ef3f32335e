"""The inputs under test: this repository's Terraform, its recorded plans, and how to judge any input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from arco.policy.case import Case, open_case
from arco.policy.findings import Finding
from arco.policy.judge import ask
from arco.policy.matrix import read_matrix
from arco.policy.rules import RULES
from arco.policy.terraform import load

__all__ = [
    "ENVIRONMENTS",
    "MATRIX",
    "MODULES",
    "ROOT",
    "findings_of",
    "one_workspace",
    "opened",
    "plan_of",
    "rule_ids",
]

ROOT = Path(__file__).parents[1]
MODULES = ROOT / "infra" / "terraform"
MATRIX = ROOT / "infra" / "access_matrix.txt"
ENVIRONMENTS = tuple(sorted((ROOT / "infra" / "environments").glob("*.tfvars")))


def plan_of(environment: str) -> Path:
    """Give the plan that Terraform made of an environment."""
    return ROOT / "tests" / "terraform" / "plans" / f"{environment}.plan.json"


def opened(source: Path, var_files: Sequence[Path] = (), matrix: Path | None = MATRIX) -> Case:
    """Load an input and prepare it for judgement."""
    return open_case(load(source, var_files), read_matrix(matrix) if matrix else None)


def findings_of(case: Case) -> list[Finding]:
    """Ask every rule that can be asked, and give what no waiver of the case covers."""
    return ask(case, [rule for rule in RULES if case.declared is not None or not rule.needs_layout])[0]


def rule_ids(findings: Iterable[Finding]) -> set[str]:
    """Reduce findings to the rules that made them."""
    return {finding.rule for finding in findings}


def one_workspace(directory: Path) -> Path:
    """Write a variable file with a single workspace: questions about one ask the same of all."""
    path = directory / "one.tfvars"
    path.write_text(
        'project  = "arco-catalog-one"\nlocation = "EUROPE-WEST3"\n'
        'workspaces = [{ tenant = "acme", workspace = "prod" }]\nadministrators = ["group:admins@example.com"]\n',
        encoding="utf-8",
    )
    return path
