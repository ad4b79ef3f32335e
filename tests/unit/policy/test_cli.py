"""`arco policy`: what it prints, and the exit codes that a gate relies on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from arco import __version__
from arco.cli import main
from arco.policy.rules import RULES
from tests.fakes.plan_builder import change, plan, text

_ROOT = Path(__file__).parents[3]
_MATRIX = _ROOT / "infra" / "access_matrix.txt"
_HERE = [str(_ROOT / "infra" / "terraform"), "--var-file", str(_ROOT / "infra" / "environments" / "dev.tfvars")]
_GRANT = r"""
resource "google_storage_bucket_iam_member" "m" {
  bucket = "demo"
  role   = "ROLE"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
"""


def _source(tmp_path: Path, role: str = "roles/storage.objectViewer") -> str:
    (tmp_path / "main.tf").write_text(_GRANT.replace("ROLE", role), encoding="utf-8")
    return str(tmp_path)


def test_a_clean_check_is_0_and_says_what_was_decided(capsys: pytest.CaptureFixture[str]) -> None:
    """The main job: no findings, and one line of what was looked at."""
    code = main(["policy", "check", *_HERE, "--matrix", str(_MATRIX)])

    output = capsys.readouterr()
    assert code == 0
    assert output.out.splitlines()[-1].startswith(
        f"no errors ({len(RULES)} rules, 84 grants, 17 principals, 3 buckets; decided"
    )
    assert output.err == ""


def test_findings_are_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout, without colour where nobody looks."""
    code = main(["policy", "check", _source(tmp_path, "roles/nobody.knows")])

    output = capsys.readouterr()
    assert code == 1
    assert output.out.startswith("error[unknown]: not settled: role")
    assert "\033" not in output.out


@pytest.mark.parametrize(
    "arguments", [[], ["policy"], ["policy", "check"], ["policy", "prove"], ["policy", "matrix", "x"]]
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An argument parser's own errors."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert "usage: arco" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """For bug reports."""
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out == f"arco {__version__}\n"


def test_the_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Who writes a pipeline needs them."""
    with pytest.raises(SystemExit):
        main(["policy", "check", "--help"])

    assert "exit codes: 0 clean, 1 findings, 2 could not run, 3 nothing to check" in capsys.readouterr().out


def test_a_chosen_rule_is_asked_alone_but_for_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not known could change the answer of every rule."""
    source = _source(tmp_path, "roles/nobody.knows")

    code = main(["policy", "check", source, "--rule", "public-access", "--json"])

    document = json.loads(capsys.readouterr().out)
    assert code == 1
    assert document["rules"]["asked"] == ["public-access", "unknown"]


def test_a_matrix_is_printed_and_proved(capsys: pytest.CaptureFixture[str]) -> None:
    """The table is the reviewed one, then the line of what was decided."""
    code = main(["policy", "matrix", *_HERE, "--matrix", str(_MATRIX), "--check"])

    output = capsys.readouterr().out
    table = _MATRIX.read_text(encoding="utf-8").partition("\nrole ")[2]
    assert code == 0
    assert f"role {table}" in output
    assert "no errors (" in output


def test_a_matrix_that_differs_is_1_and_shows_the_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A letter that people did not review: the difference is printed as a diff."""
    path = tmp_path / "matrix.txt"
    text = _MATRIX.read_text(encoding="utf-8")
    path.write_text(text.replace("invoker         -         -  ", "invoker         -         r  "), encoding="utf-8")

    code = main(["policy", "matrix", *_HERE, "--matrix", str(path), "--check"])

    output = capsys.readouterr().out
    assert code == 1
    assert "\n-invoker         -         r" in output
    assert "\n+invoker         -         -" in output
    assert "invoker lacks 'r' in column 'heads/'" in output


def test_a_table_in_another_layout_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Byte for byte: one blank more is a difference, and the exit code, the text and the JSON agree on it."""
    path = tmp_path / "matrix.txt"
    text = _MATRIX.read_text(encoding="utf-8")
    path.write_text(text.replace("invoker         -         -  ", "invoker         -          -  "), encoding="utf-8")

    codes = [main(["policy", "matrix", *_HERE, "--matrix", str(path), "--check", *more]) for more in ([], ["--json"])]

    plain, _, document = capsys.readouterr().out.partition("\n{\n")
    assert codes == [1, 1]
    assert "the table is not spelled as computed" in plain
    assert '"verdict": "refuted"' in document


def test_without_check_a_matrix_is_only_computed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To write the next one, the file at hand need not agree."""
    path = tmp_path / "matrix.txt"
    text = _MATRIX.read_text(encoding="utf-8")
    path.write_text(text.replace("invoker         -         -  ", "invoker         -         r  "), encoding="utf-8")

    code = main(["policy", "matrix", *_HERE, "--matrix", str(path)])

    assert code == 0
    assert "\ninvoker         -         -  " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("root", "words", "condition"),
    [
        ("state", "no: serviceAccount:api-", 'ledger/")  (false)'),
        ("ledger", "yes: serviceAccount:api-", 'ledger/")  (true)'),
    ],
)
def test_explain_answers_and_is_0_for_yes_and_no(
    root: str, words: str, condition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A question is not a check."""
    name = f"tenant=acme/workspace=prod/{root}/x"

    code = main(["policy", "explain", "api", "storage.objects.create", name, *_HERE, "--matrix", str(_MATRIX)])

    output = capsys.readouterr().out
    assert code == 0
    assert output.startswith(words)
    assert condition in output
    assert "iam_conditions.tf:12" in output


def test_explain_is_2_where_the_question_is_not_clear(capsys: pytest.CaptureFixture[str]) -> None:
    """The candidates are listed."""
    code = main(["policy", "explain", "api", "storage.objects.get", "x", *_HERE, "--matrix", str(_MATRIX)])

    assert code == 2
    assert "one of @acme/prod, @acme/lab, @acme-2/prod" in capsys.readouterr().err


def test_explain_is_1_where_nobody_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Undecided is not an answer that a script may go on with."""
    grant = _GRANT.replace("ROLE", "roles/storage.objectViewer")
    odd = 'extract(\\"a={x}/\\") == resource.name.extract(\\"b={x}/\\")'
    text = grant.replace('startsWith(\\"projects/_/buckets/demo/objects/a/\\")', odd)
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")

    code = main(["policy", "explain", "ann@example.com", "storage.objects.get", "a", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().out.startswith("undecided: nobody documents")


@pytest.mark.parametrize("wrong", [False, True])
def test_a_program_that_stops_reading_changes_no_verdict(tmp_path: Path, wrong: bool) -> None:  # noqa: FBT001 - pytest
    """`arco … | head` ends in silence with the code of the verdict, for pipefail's sake."""
    arguments = [_source(tmp_path, "roles/nobody.knows")] if wrong else [*_HERE, "--matrix", str(_MATRIX)]
    command = [sys.executable, "-m", "arco", "policy", "check", *arguments, "--json"]

    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()

    assert error == ""
    assert process.returncode == int(wrong)


@pytest.mark.parametrize(("code", "arguments"), [(0, _HERE), (3, ["tests/unit"])])
def test_a_process_gives_the_same_exit_codes(code: int, arguments: list[str]) -> None:
    """What make and CI see."""
    command = [sys.executable, "-m", "arco", "policy", "check", *arguments]
    matrix = ["--matrix", str(_MATRIX)] if code == 0 else []

    done = subprocess.run([*command, *matrix], cwd=_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == code


def test_the_gate_loads_nothing_heavy() -> None:
    """A whole check imports nothing that the gate does not install: no server, no client, no storage, no test tools."""
    program = (
        "import sys; from arco.cli import main; "
        f"main(['policy', 'check', *{_HERE!r}]); "
        "heavy = {'aiohttp', 'asyncio', 'google', 'google_crc32c', 'hcl2', 'pyarrow', 'pydantic', 'pytest', "
        "'requests', 'rfc8785', 'ulid', 'urllib3', 'z3', 'zoneinfo', 'arco.runtime', 'arco.storage'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"


@pytest.mark.parametrize("option", ["--matrix", "--var-file"])
def test_an_empty_name_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A shell variable that is not set must not make the check ask less."""
    with pytest.raises(SystemExit) as caught:
        main(["policy", "check", "infra/terraform", option, ""])

    assert caught.value.code == 2
    assert f"argument {option}: is empty" in capsys.readouterr().err


def test_an_option_is_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--var` is Terraform's own option, and no abbreviation of --var-file."""
    with pytest.raises(SystemExit):
        main(["policy", "check", "infra/terraform", "--var", "project=x"])

    assert "unrecognized arguments: --var" in capsys.readouterr().err


def test_an_error_moves_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an input spells is printed on one line, without control characters."""
    main(["policy", "check", str(tmp_path / "x\x1b[2Jno errors\nclean")])

    error = capsys.readouterr().err
    assert "\x1b" not in error
    assert error.count("\n") == 1


def test_json_is_ascii(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal that shows the document is not steered by it."""
    source = tmp_path / "main.tf"
    source.write_text(
        'resource "google_storage_bucket_iam_member" "x" {\n'
        '  bucket = "demo"\n  role = "roles/storage.objectViewer"\n  member = "user:a\u202eb@example.com"\n}\n',
        encoding="utf-8",
    )

    main(["policy", "check", str(tmp_path), "--json"])

    assert capsys.readouterr().out.isascii()


def test_output_that_cannot_be_written_is_2() -> None:
    """A full disk is no bug, and no verdict."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "arco", "policy", "matrix", *_HERE, "--matrix", str(_MATRIX)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr == "error: cannot write the output: no space left on device\n"


def test_a_second_matrix_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The last one would win, and the first would not be asked."""
    with pytest.raises(SystemExit) as caught:
        main(["policy", "check", *_HERE, "--matrix", str(_MATRIX), "--matrix", str(_MATRIX)])

    assert caught.value.code == 2
    assert "argument --matrix: is given twice" in capsys.readouterr().err


def test_a_plan_is_read_from_a_pipe() -> None:
    """`terraform show -json PLAN | arco policy check -`, since a plan holds secrets that need no file."""
    built = text(
        plan(
            change(
                "google_storage_bucket_iam_member.x",
                {"bucket": "demo", "role": "roles/storage.objectViewer", "member": "allUsers", "condition": []},
            )
        )
    )
    command = [sys.executable, "-m", "arco", "policy", "check", "-"]

    done = subprocess.run(command, cwd=_ROOT, input=built, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.returncode == 1
    assert "error[public-access]" in done.stdout
    assert "  --> stdin  google_storage_bucket_iam_member.x" in done.stdout


def test_a_pipe_takes_no_variable_files(capsys: pytest.CaptureFixture[str]) -> None:
    """As for any plan."""
    assert main(["policy", "check", "-", "--var-file", "x.tfvars"]) == 2
    assert "a plan has its variables" in capsys.readouterr().err


def test_an_error_is_a_document_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, stdout always holds one."""
    (tmp_path / "main.tf").write_text('resource "a" "b" {\n  x = \n}\n', encoding="utf-8")

    code = main(["policy", "check", str(tmp_path), "--json"])

    output = capsys.readouterr()
    document = json.loads(output.out)
    assert code == 2
    assert document["schema_version"] == 1
    assert document["exit_code"] == 2
    assert document["error"]["source"] == str(tmp_path / "main.tf")
    assert document["error"]["line"] == 2
    assert document["error"]["message"].startswith("syntax error")
    assert output.err.startswith(f"error: {tmp_path}")


def test_nothing_to_check_is_a_document_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its own exit code."""
    code = main(["policy", "check", str(tmp_path), "--json"])

    assert code == 3
    assert json.loads(capsys.readouterr().out)["exit_code"] == 3


def test_a_contradiction_is_a_document_without_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    """Its place is the call."""
    main(["policy", "check", *_HERE, "--rule", "no-such-rule", "--json"])

    error = json.loads(capsys.readouterr().out)["error"]
    assert error["message"].startswith("there is no rule")
    assert (error["source"], error["line"], error["column"]) == (None, None, None)
