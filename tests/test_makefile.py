"""Set-up fails in one line that says what to install, and the main job fails if any environment does."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.tree import ROOT

ENVIRONMENTS = sorted((ROOT / "infra/environments").glob("*.tfvars"))


def _make(*arguments: str) -> tuple[int, list[str]]:
    """Run make, and give its exit code and what it printed, without make's own last line."""
    # As a person calls it, not as a part of the make that may be running these tests.
    clean = ["env", "--unset=MAKEFLAGS", "--unset=MAKELEVEL", "--unset=MFLAGS"]
    command = [*clean, "make", "--silent", "--no-print-directory", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = f"{done.stdout}{done.stderr}".splitlines()
    return done.returncode, [line for line in lines if not line.startswith("make: ***")]


def _program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def _environment(folder: Path, arco: str, python: str = "echo measured $*") -> Path:
    """Lay out what make takes for a finished environment, with programs in place of `arco` and of its Python."""
    _program(folder / "bin/arco", arco)
    _program(folder / "bin/python", python)
    for stamp in (".made", ".gate"):
        (folder / stamp).touch()
    return folder


def test_missing_venv_is_one_line_that_names_the_package(tmp_path: Path) -> None:
    """On a Debian without python3-venv, set-up says which package to install, and nothing else."""
    python = _program(tmp_path / "python", 'case "$*" in *ensurepip*) echo Traceback >&2; exit 1;; esac')
    code, lines = _make(f"{tmp_path}/v/.made", f"PYTHON={python}", f"VENV={tmp_path}/v")

    assert code != 0
    assert lines == [f"error: {python} cannot make virtual environments: apt-get install python3-venv"]


def test_old_python_is_one_line(tmp_path: Path) -> None:
    """A Python before 3.11 is refused before anything is installed with it."""
    python = _program(tmp_path / "python", 'case "$*" in *version_info*) exit 1;; esac')
    code, lines = _make(f"{tmp_path}/v/.made", f"PYTHON={python}", f"VENV={tmp_path}/v")

    assert code != 0
    assert lines == ["error: Python 3.11 or later is needed; name it: make PYTHON=python3.11"]


def test_missing_python_is_one_line(tmp_path: Path) -> None:
    """Without any Python, set-up says which package to install."""
    code, lines = _make(f"{tmp_path}/v/.made", "PYTHON=no-such-python", f"VENV={tmp_path}/v")

    assert code != 0
    assert lines == ["error: no-such-python is missing: apt-get install python3"]


def test_half_made_environment_is_made_again(tmp_path: Path) -> None:
    """What an interrupted run left is cleared: only the stamp says that an environment is whole."""
    (tmp_path / "v/bin").mkdir(parents=True)
    python = _program(tmp_path / "python", f'case "$*" in *" venv "*) echo "$*" > {tmp_path}/asked;; esac')
    code, _ = _make(f"{tmp_path}/v/.made", f"PYTHON={python}", f"VENV={tmp_path}/v")

    assert code == 0
    assert (tmp_path / "asked").read_text() == f"-m venv --clear {tmp_path}/v\n"
    assert (tmp_path / "v/.made").exists()


def test_failed_environment_is_not_taken_for_whole(tmp_path: Path) -> None:
    """If making an environment fails, so does the target, and no stamp is left."""
    python = _program(tmp_path / "python", f'case "$*" in *" venv "*) mkdir {tmp_path}/v; exit 1;; esac')
    code, _ = _make(f"{tmp_path}/v/.made", f"PYTHON={python}", f"VENV={tmp_path}/v")

    assert code != 0
    assert not (tmp_path / "v/.made").exists()


def test_gate_without_environments_fails(tmp_path: Path) -> None:
    """A main job that is given nothing to prove has not proved anything."""
    code, lines = _make("gate", f"VENV={_environment(tmp_path, 'exit 0')}", "ENVIRONMENTS=")

    assert code != 0
    assert lines == ["error: nothing to prove: there is no infra/environments/*.tfvars"]


def test_gate_asks_every_environment(tmp_path: Path) -> None:
    """The matrix is compared, and so every rule asked, for every environment that has a file."""
    code, lines = _make("gate", f"VENV={_environment(tmp_path, 'echo asked $2 $5 $8')}")

    assert code == 0
    assert ENVIRONMENTS
    assert [line for line in lines if line.startswith("asked")] == [
        f"asked matrix infra/environments/{path.name} --check" for path in ENVIRONMENTS
    ]


def test_gate_fails_if_one_environment_does(tmp_path: Path) -> None:
    """One finding in the first environment fails the whole run, and the later ones are asked all the same."""
    bad = f"matrix infra/terraform --var-file infra/environments/{ENVIRONMENTS[0].name}"
    arco = f'echo "$5"; case "$*" in *"{bad}"*) exit 1;; esac'
    code, lines = _make("gate", f"VENV={_environment(tmp_path, arco)}")

    assert code != 0
    assert f"infra/environments/{ENVIRONMENTS[-1].name}" in lines
    assert f"verdict: RED, not proved for {ENVIRONMENTS[0].stem}" in lines


def test_gate_measures_after_it_proves(tmp_path: Path) -> None:
    """The same matrix is measured on the emulator, once everything is proved; the verdict comes last."""
    code, lines = _make("gate", f"VENV={_environment(tmp_path, 'echo proved')}")
    inputs = "infra/terraform --var-file infra/environments/dev.tfvars --matrix infra/access_matrix.txt"
    verdict = "verdict: GREEN, proved for 3 environments and measured as each account: the matrix holds"

    assert code == 0
    assert [line for line in lines if not line.startswith("==>")] == ["proved"] * 3 + [
        f"measured -m smoke {inputs}",
        verdict,
    ]


def test_gate_never_measures_a_live_bucket(tmp_path: Path) -> None:
    """Whatever the environment says: the main job needs no cloud, and touches none."""
    _, lines = _make("gate", f"VENV={_environment(tmp_path, 'true')}", "BUCKET=b", "PROJECT=p")

    assert [line for line in lines if "--bucket" in line] == []


def test_gate_fails_if_the_measurement_does(tmp_path: Path) -> None:
    """What is proved and not seen is not enough; one verdict names both halves."""
    code, lines = _make("gate", f"VENV={_environment(tmp_path, 'exit 1', 'exit 1')}")
    proofs = "".join(f", not proved for {path.stem}" for path in ENVIRONMENTS)

    assert code != 0
    assert f"verdict: RED{proofs}, not measured as reviewed in dev" in lines


def test_smoke_names_its_live_target_whole(tmp_path: Path) -> None:
    """All four are handed on, so that a missing one is refused and not guessed."""
    given = ("BUCKET=b", "PROJECT=p", "ELSEWHERE=e", "ALLOWED=f")
    code, lines = _make("smoke", f"VENV={_environment(tmp_path, 'true')}", *given)

    assert code == 0
    assert lines[-1].endswith("--bucket b --project p --elsewhere e --allowed-projects f")
