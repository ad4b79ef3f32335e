"""Record what real Terraform core makes of this repository's modules, with the stand-in provider instead of google.

Run it (``make plans``) after any change under ``infra/`` or to what it reads here.

It writes to ``plans/``: ``NAME.plan.json`` for each entry of ``recordings.json`` (only the actions, in
``NAME.actions.json``, where the entry says so), ``names.json`` with the outputs that core computes for each entry of
``accepted.json``, ``refusals.json`` with core's own words for each entry of ``refused.json``, and ``inputs.json`` with
the digests of everything that these depend on. See README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REQUIREMENTS = ROOT / "requirements" / "terraform.txt"
GLOBS = (
    "infra/environments/*.tfvars",
    "infra/terraform/**/*.tf",
    "requirements/terraform.txt",
    "tests/terraform/accepted.json",
    "tests/terraform/recordings.json",
    "tests/terraform/refused.json",
    "tests/terraform/standin/*.*",
)
PROVIDER_VERSION = "6.50.0"
# One run is about two seconds of starting processes.
PARALLEL_RUNS = 8


class RecordingError(Exception):
    """Nothing could be recorded: read the message, mend what it names and run again."""


@dataclass(frozen=True, slots=True)
class Run:
    """One configuration to plan: the modules, perhaps edited, with variables and a provider that knows more or less.

    ``applied`` names a recorded plan that counts as applied before, less what begins with an address of ``forget``.
    """

    name: str
    environment: str | None
    directory: str
    variables: dict[str, Any]
    edit: dict[str, str] | None
    emails: str
    applied: str | None
    forget: tuple[str, ...]

    @classmethod
    def parse(cls, entry: dict[str, Any]) -> Run:
        """Read one entry of ``recordings.json`` or ``refused.json``."""
        return cls(
            name=entry["name"],
            environment=entry.get("environment"),
            directory=entry.get("directory", "infra/terraform"),
            variables=entry.get("variables", {}),
            edit=entry.get("edit"),
            emails=entry.get("emails", "known"),
            applied=entry.get("applied"),
            forget=tuple(entry.get("forget", ())),
        )


@dataclass(frozen=True, slots=True)
class Terraform:
    """A ``terraform`` binary and the file that points it at a mirror of the stand-in provider."""

    binary: str
    version: str
    cli_config: Path

    def call(self, directory: Path, arguments: list[str], emails: str = "known") -> subprocess.CompletedProcess[str]:
        """Run a subcommand in ``directory``, with a home of its own and no network."""
        home = directory / ".home"
        home.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(self.cli_config),
            "TF_IN_AUTOMATION": "1",
            "ARCO_STANDIN_EMAILS": emails,
        }
        command = [self.binary, *arguments]
        return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


def prepare(environment: Path, scratch: Path) -> Terraform:
    """Install the provider's environment, unless it is there, and lay out a mirror in ``scratch``."""
    binary = shutil.which("terraform")
    if binary is None:
        message = "terraform is not on PATH; recording needs it (the recorded plans do not)"
        raise RecordingError(message)
    install(environment)
    facts = Terraform(binary, "", scratch / "none").call(scratch, ["version", "-json"])
    version = json.loads(facts.stdout)
    folder = scratch / "mirror/registry.terraform.io/hashicorp/google" / PROVIDER_VERSION / version["platform"]
    folder.mkdir(parents=True)
    launcher = folder / f"terraform-provider-google_v{PROVIDER_VERSION}"
    launcher.write_text(f"#!/bin/sh\nexec '{environment}/bin/python' '{HERE}/standin/provider.py' \"$@\"\n")
    launcher.chmod(0o755)
    cli_config = scratch / "terraform.rc"
    mirror = json.dumps(str(scratch / "mirror"))
    cli_config.write_text(
        f"disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n"
    )
    return Terraform(binary, version["terraform_version"], cli_config)


def install(environment: Path) -> None:
    """Create a virtual environment from the pinned requirements; a second call with the same pins does nothing."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = environment / "requirements.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing {REQUIREMENTS.relative_to(ROOT)} into {environment.name}")
    venv.create(environment, clear=True, with_pip=True)
    command = [
        str(environment / "bin/python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--only-binary",
        ":all:",
    ]
    subprocess.run([*command, "--disable-pip-version-check", "-r", str(REQUIREMENTS)], check=True)
    stamp.write_text(wanted)


def lay_out(run: Run, scratch: Path) -> tuple[Path, list[str]]:
    """Copy the modules for one run and return the directory to plan in and the ``-var-file`` arguments."""
    copy = scratch / run.name
    shutil.copytree(ROOT / run.directory, copy, ignore=shutil.ignore_patterns(".terraform*", "terraform.tfstate*"))
    if run.edit is not None:
        path = copy / run.edit["file"]
        text = path.read_text(encoding="utf-8")
        if text.count(run.edit["find"]) != 1:
            message = f"the edit of {run.name} must match exactly once file={run.edit['file']}"
            raise RecordingError(message)
        path.write_text(text.replace(run.edit["find"], run.edit["replace"]), encoding="utf-8")
    if run.applied is not None:
        (copy / "terraform.tfstate").write_text(json.dumps(applied_state(run.applied, run.forget)))
    arguments = []
    if run.environment is not None:
        arguments.append(f"-var-file={ROOT / 'infra/environments' / run.environment}.tfvars")
    (copy / "override.tfvars.json").write_text(json.dumps(run.variables))
    return copy, [*arguments, "-var-file=override.tfvars.json"]


def applied_state(name: str, forget: tuple[str, ...]) -> dict[str, Any]:
    """Return the state that applying a recorded plan would leave; what only Google knows is made up."""
    recorded = json.loads((HERE / "plans" / f"{name}.plan.json").read_text(encoding="utf-8"))
    schema = json.loads((HERE / "standin" / "schema.json").read_text(encoding="utf-8"))["resources"]
    changes = [change for change in recorded["resource_changes"] if change["mode"] == "managed"]
    missing = [address for address in forget if not any(c["address"].startswith(address) for c in changes)]
    if missing:
        message = f"nothing of that address to forget applied={name} addresses={missing}"
        raise RecordingError(message)
    resources = [
        {
            **{key: change[key] for key in ("mode", "type", "name")},
            **({"module": change["module_address"]} if "module_address" in change else {}),
            "provider": f'provider["{change["provider_name"]}"]',
            "instances": [
                {
                    **({"index_key": change["index"]} if "index" in change else {}),
                    "schema_version": 0,
                    "attributes": settle(schema[change["type"]], change["change"]["after"]),
                }
            ],
        }
        for change in changes
        if not change["address"].startswith(forget)
    ]
    version = recorded["terraform_version"]
    return {"version": 4, "terraform_version": version, "serial": 1, "lineage": "recorded", "resources": resources}


def settle(spec: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` with every computed attribute that has none yet: as applied, or else something of its type."""
    samples = {"string": "settled", "number": 1, "bool": False, "map(string)": {}}
    settled = {**{name: text.format_map(values) for name, text in spec.get("applied", {}).items()}, **values}
    for name, text in spec.get("attributes", {}).items():
        words = text.split()
        if "computed" in words and settled.get(name) is None:
            settled[name] = samples[words[-1]]
    for name, block in spec.get("blocks", {}).items():
        settled[name] = [settle(block, element) for element in values.get(name) or []]
    return settled


def plan(terraform: Terraform, run: Run, scratch: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """Plan a run: the plan as JSON, or ``None`` and core's errors."""
    directory, variables = lay_out(run, scratch)
    started = terraform.call(directory, ["init", "-input=false", "-no-color"])
    if started.returncode != 0:
        message = f"terraform init failed run={run.name}\n{started.stdout}{started.stderr}"
        raise RecordingError(message)
    arguments = ["plan", "-input=false", "-refresh=false", "-json", "-out=run.tfplan", *variables]
    planned = terraform.call(directory, arguments, run.emails)
    events = [json.loads(line) for line in planned.stdout.splitlines() if line.startswith("{")]
    found = [event["diagnostic"] for event in events if "diagnostic" in event]
    errors = [f"{e['summary']}: {' '.join(e['detail'].split())}" for e in found if e["severity"] == "error"]
    if planned.returncode != 0:
        if not errors:
            message = f"terraform plan failed without a diagnostic run={run.name}\n{planned.stdout}{planned.stderr}"
            raise RecordingError(message)
        return None, sorted(errors)
    shown = terraform.call(directory, ["show", "-json", "run.tfplan"])
    return json.loads(shown.stdout), []


def record_plan(terraform: Terraform, scratch: Path, entry: dict[str, Any]) -> None:
    """Write one recorded plan."""
    run = Run.parse(entry)
    result, errors = plan(terraform, run, scratch)
    if result is None:
        message = f"a plan to record was refused run={run.name}\n" + "\n".join(errors)
        raise RecordingError(message)
    # All that differs between two runs on equal inputs: the time, and the order of an informational list.
    del result["timestamp"]
    result.get("relevant_attributes", []).sort(key=json.dumps)
    if entry.get("record") == "actions":
        actions = {change["address"]: change["change"]["actions"] for change in result["resource_changes"]}
        write(f"{run.name}.actions.json", actions)
        say(f"recorded {run.name}")
        return
    text = render(result)
    if str(ROOT) in text or str(scratch) in text:
        message = f"a path of this machine is in the plan run={run.name}"
        raise RecordingError(message)
    (HERE / "plans" / f"{run.name}.plan.json").write_text(text, encoding="utf-8")
    say(f"recorded {run.name}")


def record_names(terraform: Terraform, scratch: Path, entry: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name of an unusual input and the names that core derives from it."""
    result, errors = plan(terraform, Run.parse(entry), scratch)
    if result is None:
        message = f"refused, but it is allowed name={entry['name']} errors={errors}"
        raise RecordingError(message)
    say(f"accepted {entry['name']}")
    return entry["name"], result["output_changes"]["workspaces"]["after"]


def record_refusal(terraform: Terraform, scratch: Path, entry: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the name of a bad input and the errors that core answers it with."""
    result, errors = plan(terraform, Run.parse(entry), scratch)
    if result is not None or not any(entry["message"] in error for error in errors):
        message = f"not refused as expected name={entry['name']} message={entry['message']!r} errors={errors}"
        raise RecordingError(message)
    say(f"refused {entry['name']}")
    return entry["name"], errors


def render(value: dict[str, Any]) -> str:
    """Return compact JSON with one line for each resource change and each other member of the plan."""
    compact = partial(json.dumps, sort_keys=True, separators=(",", ":"))
    members = []
    for key in sorted(value):
        if key == "resource_changes":
            lines = ",\n".join(compact(change) for change in value[key])
            members.append(f"{compact(key)}:[\n{lines}\n]")
        else:
            members.append(f"{compact(key)}:{compact(value[key])}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def inputs(terraform: Terraform) -> dict[str, Any]:
    """Return the digest of every file that the recordings depend on."""
    paths = sorted({path for pattern in GLOBS for path in ROOT.glob(pattern) if path.is_file()})
    digests = {path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    return {"terraform": terraform.version, "globs": list(GLOBS), "files": digests}


def say(text: str) -> None:
    """Show progress."""
    sys.stderr.write(f"record: {text}\n")
    sys.stderr.flush()


def load(name: str) -> list[dict[str, Any]]:
    """Read a list of entries beside this file."""
    entries: list[dict[str, Any]] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return entries


def main() -> int:
    """Record everything; 0 if all of it came out as expected, 2 if not."""
    parser = argparse.ArgumentParser(description="Record Terraform's plans of this repository's modules.")
    parser.add_argument("--environment", type=Path, default=ROOT / ".venv-terraform", help="of the stand-in provider")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(PARALLEL_RUNS) as pool:
        scratch = Path(temporary)
        try:
            terraform = prepare(options.environment.resolve(), scratch)
            recordings = load("recordings.json")
            for later in (False, True):
                entries = [entry for entry in recordings if ("applied" in entry) is later]
                list(pool.map(partial(record_plan, terraform, scratch), entries))
            names = dict(pool.map(partial(record_names, terraform, scratch), load("accepted.json")))
            refusals = dict(pool.map(partial(record_refusal, terraform, scratch), load("refused.json")))
        except RecordingError as error:
            say(f"error: {error}")
            return 2
        write("refusals.json", {"terraform": terraform.version, "refusals": refusals})
        write("names.json", {"terraform": terraform.version, "names": names})
        write("inputs.json", inputs(terraform))
    return 0


def write(name: str, value: dict[str, Any]) -> None:
    """Write a readable JSON file into ``plans``."""
    (HERE / "plans" / name).write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
