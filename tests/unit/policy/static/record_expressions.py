"""Ask Terraform for the value of each expression in expressions.txt, and write expressions.json.

Run it by hand when expressions.txt or context.tf changes: `python tests/unit/policy/static/record_expressions.py`.
It needs `terraform` on the path and neither network nor providers. Each expression is an output of a root of its own,
so that one refusal says nothing about the others.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent


def expressions() -> list[str]:
    """Read the expressions, without the comment at the top."""
    text = (HERE / "expressions.txt").read_text(encoding="utf-8").split("\n", 1)[1]
    return [part.strip("\n") for part in text.split("\n---\n")]


def run(arguments: list[str], directory: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run Terraform where nothing of the machine can reach it."""
    empty = home / "terraform.rc"
    empty.touch()
    environment = {
        "CHECKPOINT_DISABLE": "1",
        "HOME": str(home),
        "TF_CLI_CONFIG_FILE": str(empty),
    }
    command = [shutil.which("terraform") or "terraform", f"-chdir={directory}", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def record(expression: str, home: Path) -> dict[str, object]:
    """Plan a root with one output: its type and value, `unknown`, or the summary of the refusal."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        shutil.copy(HERE / "context.tf", directory)
        (directory / "main.tf").write_text(f'output "x" {{\n  value = {expression}\n}}\n', encoding="utf-8")
        planned = run(["plan", "-input=false", "-no-color", "-out=plan"], directory, home)
        if planned.returncode:
            lines = [line for line in planned.stderr.splitlines() if "Error: " in line]
            return {"expression": expression, "error": lines[0].split("Error: ", 1)[1] if lines else "?"}
        shown = json.loads(run(["show", "-json", "plan"], directory, home).stdout)
        output = shown["planned_values"].get("outputs", {}).get("x", {})
        change = shown["output_changes"]["x"]
        if change["after_unknown"] is not False and "value" not in output:
            return {"expression": expression, "unknown": True}
        return {"expression": expression, "type": output.get("type"), "value": output.get("value")}


def main() -> int:
    """Record all expressions."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(8) as pool:
        home = Path(name)
        version = json.loads(run(["version", "-json"], home, home).stdout)["terraform_version"]
        results = list(pool.map(lambda expression: record(expression, home), expressions()))
    lines = ",\n".join("  " + json.dumps(result, ensure_ascii=True) for result in results)
    text = f'{{"terraform": "{version}", "cases": [\n{lines}\n]}}\n'
    (HERE / "expressions.json").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(results)} expressions recorded with Terraform {version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
