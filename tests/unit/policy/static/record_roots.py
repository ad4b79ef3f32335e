"""Ask Terraform what it plans for each root in roots.txt, and write roots.json: address, input, whether it is unknown.

Run it by hand when roots.txt changes: `python tests/unit/policy/static/record_roots.py`. It needs `terraform` on the
path, and neither network nor providers: `terraform_data` is part of the core.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def roots() -> dict[str, dict[str, str]]:
    """Read the roots: for each name, its files."""
    found: dict[str, dict[str, str]] = {}
    for part in (HERE / "roots.txt").read_text(encoding="utf-8").split("\n=== ")[1:]:
        name, *files = part.split("\n--- ")
        found[name.strip()] = {path: content + "\n" for path, content in (file.split("\n", 1) for file in files)}
    return found


def write(files: dict[str, str], directory: Path) -> None:
    """Write the files of a root."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def run(arguments: list[str], directory: Path) -> str:
    """Run Terraform where nothing of the machine can reach it."""
    empty = directory / "terraform.rc"
    empty.touch()
    environment = {"CHECKPOINT_DISABLE": "1", "HOME": str(directory), "TF_CLI_CONFIG_FILE": str(empty)}
    command = [shutil.which("terraform") or "terraform", f"-chdir={directory}", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def record(files: dict[str, str]) -> dict[str, object]:
    """Plan one root: the planned input of each instance, by address."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write(files, directory)
        run(["init", "-input=false", "-backend=false"], directory)
        run(["plan", "-input=false", "-out=plan"], directory)
        shown = json.loads(run(["show", "-json", "plan"], directory))
    return {
        change["address"]: {
            "input": change["change"]["after"].get("input"),
            "unknown": change["change"]["after_unknown"].get("input", False),
        }
        for change in shown["resource_changes"]
    }


def main() -> int:
    """Record all roots."""
    results = {name: record(files) for name, files in roots().items()}
    text = json.dumps(results, ensure_ascii=True, indent=1, sort_keys=True) + "\n"
    (HERE / "roots.json").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(results)} roots recorded\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
