"""Give one plan to the gate and to its peers: how long each takes, and what each says of planted faults.

The plan is the recorded one of this repository; each fault changes one thing in it. A fault is *caught* where a check
fails that does not fail on the right plan, and caught *with a witness* where the report names an object, bucket or
permission that the fault opens. Peers run as their documentation says: Checkov with all of its rules, and
terraform-compliance, which has none of its own, with `features/access.feature`, written here to catch these faults.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_PLAN = _ROOT / "tests/terraform/plans/dev.plan.json"
_FEATURES = _ROOT / "benchmarks/features"
_WORKSPACE = 'module.workspace["acme/prod"]'
_POLICY = f"{_WORKSPACE}.google_storage_bucket_iam_policy.catalog"
_TITLE = "compactor create state"
# What a peer says of a fault.
WITNESS, CAUGHT, SILENT = "witness", "caught", "-"

_HARMLESS = "no fault: a condition negated twice"

Plan = Any


@dataclass(frozen=True, slots=True)
class Contender:
    """A command for a plan, and how its report is read: which checks failed on what, and whether with a witness."""

    name: str
    command: Callable[[Path], list[str]]
    failures: Callable[[str], dict[str, bool]]
    version: Sequence[str]


def _entry(plan: Plan, address: str) -> Plan:
    (entry,) = [change for change in plan["resource_changes"] if change["address"] == address]
    return entry["change"]["after"]


def _binding(change: Callable[[Plan], None], title: str = _TITLE) -> Callable[[Plan], None]:
    """Give the fault that changes the binding of that title in the policy of one workspace."""

    def plant(plan: Plan) -> None:
        after = _entry(plan, _POLICY)
        policy = json.loads(after["policy_data"])
        (found,) = [b for b in policy["bindings"] if b.get("condition", {}).get("title") == title]
        change(found)
        after["policy_data"] = json.dumps(policy, separators=(",", ":"))

    return plant


def _expression(change: Callable[[str], str]) -> Callable[[Plan], None]:
    def plant(binding: Plan) -> None:
        binding["condition"]["expression"] = change(binding["condition"]["expression"])

    return _binding(plant)


def _unconditional(role: str, member: str) -> Callable[[Plan], None]:
    """Give the fault that adds a binding without a condition."""

    def plant(plan: Plan) -> None:
        after = _entry(plan, _POLICY)
        policy = json.loads(after["policy_data"])
        policy["bindings"].append({"members": [member], "role": role})
        after["policy_data"] = json.dumps(policy, separators=(",", ":"))

    return plant


def _resource(kind: str, values: dict[str, str]) -> Callable[[Plan], None]:
    """Give the fault that creates one more resource in the root module."""

    def plant(plan: Plan) -> None:
        address = f"{kind}.extra"
        name = {"address": address, "mode": "managed", "type": kind, "name": "extra"}
        provider = plan["resource_changes"][0]["provider_name"]
        unknown = {"id": True, "etag": True}
        change = {"actions": ["create"], "before": None, "after": values, "after_unknown": unknown}
        plan["resource_changes"].append({**name, "provider_name": provider, "change": change})
        planned = {**name, "provider_name": provider, "schema_version": 0, "values": values, "sensitive_values": {}}
        plan["planned_values"]["root_module"].setdefault("resources", []).append(planned)
        expressions = {key: {"constant_value": value} for key, value in values.items()}
        block = {**name, "provider_config_key": "google", "expressions": expressions, "schema_version": 0}
        plan["configuration"]["root_module"].setdefault("resources", []).append(block)

    return plant


def _permission(plan: Plan) -> None:
    """The role that lists is granted without a condition: what it gains holds on the bucket."""
    role = 'google_project_iam_custom_role.verb["list"]'
    for planned in plan["planned_values"]["root_module"]["resources"]:
        if planned["address"] == role:
            planned["values"]["permissions"].append("storage.buckets.setIamPolicy")
    _entry(plan, role)["permissions"].append("storage.buckets.setIamPolicy")


def _faults(plan: Plan) -> dict[str, Callable[[Plan], None]]:
    project = plan["variables"]["project"]["value"]
    bucket = _entry(plan, _POLICY)["bucket"]
    account = _entry(plan, f'{_WORKSPACE}.google_service_account.account["compactor"]')["email"]
    api = "serviceAccount:" + account.replace("compactor", "api")
    admin = "roles/storage.objectAdmin"
    return {
        "dropped slash": _expression(lambda text: text.replace('/")', '")')),
        "dropped condition": _binding(lambda binding: binding.pop("condition")),
        "objectAdmin for a role that creates": _binding(lambda binding: binding.update(role=admin)),
        "projectEditor in the policy": _unconditional("roles/storage.legacyBucketOwner", f"projectEditor:{project}"),
        "allUsers": _unconditional("roles/storage.objectViewer", "allUsers"),
        "negated condition": _expression(lambda text: f"!{text}"),
        "endsWith for startsWith": _expression(
            lambda text: re.sub(r'startsWith\(".*/objects/.*?([a-z]+/)"', r'endsWith("\1"', text)
        ),
        "grant on the project": _resource(
            "google_project_iam_member", {"project": project, "role": admin, "member": api}
        ),
        "custom role gains setIamPolicy": _permission,
        "api acts as the compactor": _resource(
            "google_service_account_iam_member",
            {
                "service_account_id": f"projects/{project}/serviceAccounts/{account}",
                "role": "roles/iam.serviceAccountTokenCreator",
                "member": api,
            },
        ),
        "prefix of the whole workspace": _expression(lambda text: text.replace("/state/", "/")),
        "another root of the bucket": _expression(
            lambda text: (
                f'{text} || resource.name.startsWith("projects/_/buckets/{bucket}/objects/tenant=acme/'
                'workspace=prod/ledger/")'
            )
        ),
        _HARMLESS: _expression(lambda text: f"!(!{text})"),
    }


def _contenders(peers: Path) -> list[Contender]:
    arco, checkov = str(Path(sys.executable).with_name("arco")), str(peers / "bin/checkov")
    compliance = str(peers / "bin/terraform-compliance")
    matrix = ["--matrix", str(_ROOT / "infra/access_matrix.txt"), "--format", "json"]
    scan = ["--framework", "terraform_plan", "--skip-download", "--quiet", "--compact", "--output", "json"]
    found = [
        Contender("arco", lambda plan: [arco, "policy", "check", str(plan), *matrix], _of_arco, [arco, "--version"]),
        Contender("checkov", lambda plan: [checkov, "--file", str(plan), *scan], _of_checkov, [checkov, "--version"]),
        Contender(
            "terraform-compliance",
            lambda plan: [compliance, "--planfile", str(plan), "--features", str(_FEATURES), "--no-ansi"],
            _of_compliance,
            [compliance, "--version"],
        ),
    ]
    missing = [contender.name for contender in found if not Path(contender.version[0]).exists()]
    for name in missing:
        print(f"not measured: {name}, for want of {peers} (make bench installs it)")
    return [contender for contender in found if contender.name not in missing]


def _of_arco(report: str) -> dict[str, bool]:
    findings = [finding for finding in json.loads(report)["findings"] if finding["severity"] == "error"]
    return {
        f"{finding['rule']} {finding['address']} {finding['claim']}": bool(finding["witness"]) for finding in findings
    }


def _of_checkov(report: str) -> dict[str, bool]:
    failed = json.loads(report)["results"]["failed_checks"]
    return {f"{check['check_id']} {check['resource']}": False for check in failed}


def _of_compliance(report: str) -> dict[str, bool]:
    return {line.strip(): False for line in report.splitlines() if line.strip().startswith("Failure: ")}


def _run(contender: Contender, plan: Plan) -> tuple[float, dict[str, bool]]:
    """Give the seconds of one new process, and what it says of the plan."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        # On one line, as Terraform prints it: one of the peers reads no other.
        path.write_text(json.dumps(plan))
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        start = time.perf_counter()
        done = subprocess.run(
            contender.command(path), cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
    if done.returncode not in {0, 1}:
        sys.exit(f"{contender.name} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds, contender.failures(done.stdout)


def _said(contender: Contender, plan: Plan, usual: dict[str, bool]) -> str:
    """Say whether more fails on this plan than on the right one."""
    new = {name: witness for name, witness in _run(contender, plan)[1].items() if name not in usual}
    if not new:
        return SILENT
    return WITNESS if any(new.values()) else CAUGHT


def main() -> None:
    """Print the times on the right plan, and the table of the faults."""
    parser = argparse.ArgumentParser(description="Give one plan to the gate and to its peers.")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each (default: 5)")
    parser.add_argument("--peers", type=Path, default=_ROOT / ".venv-peers", help="environment of the peers")
    arguments = parser.parse_args()
    right = json.loads(_PLAN.read_text())
    contenders = _contenders(arguments.peers)
    usual: dict[str, dict[str, bool]] = {}
    print(f"{'right plan, new processes':38}  median  failed checks")
    for contender in contenders:
        version = subprocess.run(contender.version, capture_output=True, text=True, check=True).stdout.split()[-1]
        runs = [_run(contender, right) for _ in range(arguments.runs + 1)]
        usual[contender.name] = runs[0][1]
        median = statistics.median(seconds for seconds, _ in runs[1:])
        print(f"{contender.name + ' ' + version:38}  {median:6.2f}  {len(runs[0][1]):13}", flush=True)
    print(f"\n{'planted':38}  " + "  ".join(f"{contender.name:20}" for contender in contenders))
    for name, plant in _faults(right).items():
        plan = json.loads(_PLAN.read_text())
        plant(plan)
        said = (f"{_said(contender, plan, usual[contender.name]):20}" for contender in contenders)
        print(f"{name:38}  " + "  ".join(said), flush=True)


if __name__ == "__main__":
    main()
