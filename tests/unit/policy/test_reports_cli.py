"""`--format`, `--output`, `--waivers` and `--docs-url`: what reaches stdout, files and the exit code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from junitparser import JUnitXml

from arco.cli import main
from arco.cli.reports import FORMATS

_ROOT = Path(__file__).parents[3]
_HERE = [str(_ROOT / "infra" / "terraform"), "--var-file", str(_ROOT / "infra" / "environments" / "dev.tfvars")]
_MATRIX = ["--matrix", str(_ROOT / "infra" / "access_matrix.txt")]
_GRANT = """
resource "google_storage_bucket_iam_member" "m" {
  bucket = "demo"
  role   = "roles/storage.legacyObjectReader"
  member = "allUsers"
}
"""
_ASKED = ["--rule", "public-access"]
_WAIVER = """\
[[waiver]]
rule = "public-access"
address = "google_storage_bucket_iam_member.m"
reason = "the old download page"
expiry = 2027-01-31
"""


def _source(tmp_path: Path, text: str = _GRANT) -> str:
    folder = tmp_path / "infra"
    folder.mkdir(exist_ok=True)
    (folder / "main.tf").write_text(text, encoding="utf-8")
    return str(folder)


def _waivers(tmp_path: Path, text: str = _WAIVER) -> list[str]:
    path = tmp_path / "waivers.toml"
    path.write_text(text, encoding="utf-8")
    return ["--waivers", str(path)]


def _run(*arguments: str, day: str = "2027-01-31") -> int:
    moment = datetime.fromisoformat(day).replace(hour=23, tzinfo=UTC).timestamp()
    return main(["policy", *arguments], wall_seconds=lambda: moment)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("command", ["check", "matrix"])
def test_every_format_has_the_same_exit_codes(
    kind: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How it is printed changes no verdict: clean, findings, could not run, nothing to check."""
    matrix = _MATRIX if command == "matrix" else []
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(Path(_MATRIX[1]).read_text(encoding="utf-8").replace("invoker         -  ", "invoker         r  "))
    wanted = ["--matrix", str(wrong)] if command == "matrix" else ["--rule", "unknown"]
    found = [*_HERE, *wanted, "--check"] if command == "matrix" else [_source(tmp_path), *_ASKED]

    codes = [
        _run(command, *arguments, "--format", kind)
        for arguments in (
            [*_HERE, *_MATRIX],
            found,
            ["no-such-input", *matrix],
            [str(_ROOT / "tests" / "unit"), *matrix],
        )
    ]

    assert codes == [0, 1, 2, 3]
    assert capsys.readouterr().out


def test_files_beside_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each in its own format, of one judgement, while people read plain text."""
    sarif, junit, empty = tmp_path / "a.sarif", tmp_path / "a.xml", tmp_path / "a=b.md"
    outputs = [f"--output=sarif={sarif}", f"--output=junit={junit}", f"--output=markdown={empty}"]

    code = _run("check", _source(tmp_path), *_ASKED, *outputs)

    assert code == 1
    assert capsys.readouterr().out.startswith("error[public-access]: ")
    assert json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["invocations"][0]["exitCode"] == 1
    assert JUnitXml.fromfile(str(junit)).failures == 1
    assert empty.read_text(encoding="utf-8").startswith("## Refuted: 1 error\n")


def test_a_file_never_keeps_an_earlier_verdict(tmp_path: Path) -> None:
    """Where there is no verdict, the file says so: what an upload finds there is of this run."""
    path = tmp_path / "a.sarif"
    output = f"--output=sarif={path}"
    _run("check", _source(tmp_path), *_ASKED, output)

    code = _run("check", _source(tmp_path, "resource {"), *_ASKED, output)

    assert code == 2
    assert json.loads(path.read_text(encoding="utf-8"))["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_a_file_that_cannot_be_written_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the verdict: who asked for a report has none."""
    codes = [
        _run("check", source, *_ASKED, f"--output=json={tmp_path}")
        for source in (_source(tmp_path), _source(tmp_path, "resource {"))
    ]

    assert codes == [2, 2]
    assert "error: cannot write the report: is a directory" in capsys.readouterr().err


@pytest.mark.parametrize("read", ["input", "matrix", "waivers", "variables"])
@pytest.mark.parametrize("broken", [False, True])
def test_no_report_replaces_what_was_read(
    read: str,
    broken: bool,  # noqa: FBT001 - pytest
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither with a verdict nor with an error, whatever the file is called by."""
    files = {name: tmp_path / name for name in ("input", "matrix", "waivers", "variables")}
    for name, path in files.items():
        path.write_text(f"{name} {broken}", encoding="utf-8")
    files["waivers"].write_text("", encoding="utf-8")
    source = str(files["input"]) if read == "input" else "no-such-directory" if broken else _source(tmp_path)
    given = {"matrix": ["--matrix", str(files["matrix"])], "variables": ["--var-file", str(files["variables"])]}
    before = files[read].read_bytes()

    code = _run(
        "check",
        source,
        *given.get(read, []),
        *(["--waivers", str(files["waivers"])] if read == "waivers" else []),
        f"--output=json={tmp_path / '..' / tmp_path.name / read}",
    )

    assert code == 2
    assert files[read].read_bytes() == before
    assert "would replace what was read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (["report.sarif"], "is not FORMAT=FILE with one of plain, json, "),
        (["html=x"], "is not FORMAT=FILE with one of plain, json, "),
        (["sarif="], "is empty: is a variable not set?"),
        (["json=x", "sarif=x"], "names 'x' twice"),
    ],
)
def test_an_output_that_is_not_clear_is_refused(
    outputs: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is judged or written."""
    with pytest.raises(SystemExit) as caught:
        main(["policy", "check", "x", *(f"--output={output}" for output in outputs)])

    assert caught.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("url", ["docs/rules.md", "javascript:alert(1)", "https://example.com/a)b", "https://\u202e"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """It would stand in links."""
    with pytest.raises(SystemExit):
        main(["policy", "check", "x", "--docs-url", url])


def test_the_address_of_the_documentation_is_linked(capsys: pytest.CaptureFixture[str]) -> None:
    """For each rule."""
    _run("check", *_HERE, *_MATRIX, "--format", "sarif", "--docs-url", "https://example.com/rules.md")

    assert '"helpUri": "https://example.com/rules.md#sole-writer"' in capsys.readouterr().out


@pytest.mark.parametrize(("day", "code"), [("2027-01-31", 0), ("2027-02-01", 1)])
def test_a_waiver_stands_through_its_last_day(
    day: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In UTC, by the clock that the command line is given."""
    assert _run("check", _source(tmp_path), *_ASKED, *_waivers(tmp_path), day=day) == code
    text = capsys.readouterr().out
    assert ("waived[public-access]: " in text) is (code == 0)
    assert ("no errors, 1 waived (" in text) is (code == 0)
    assert ("error[waiver]: the waiver of public-access expired on 2027-01-31" in text) is (code == 1)


def test_a_waived_finding_is_shown_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a block of its own, with the place of the waiver."""
    _run("check", _source(tmp_path), *_ASKED, *_waivers(tmp_path))

    block = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    assert block[0].startswith("waived[public-access]: allUsers holds roles/storage.legacyObjectReader")
    assert block[-2:] == [
        "   = reason: the old download page",
        f"   = until: 2027-01-31, by {tmp_path / 'waivers.toml'}:1",
    ]


def test_a_waiver_that_does_not_fit_is_2_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As for every input."""
    code = _run("check", _source(tmp_path), *_waivers(tmp_path, _WAIVER.replace("public-access", "matrix-mismatch")))

    assert code == 2
    assert f"error: {tmp_path / 'waivers.toml'}:2: 'matrix-mismatch' cannot be waived" in capsys.readouterr().err


def test_no_waiver_makes_a_wrong_matrix_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The comparison stands beside every other rule, and cannot be waived."""
    wrong = tmp_path / "matrix.txt"
    wrong.write_text(Path(_MATRIX[1]).read_text(encoding="utf-8").replace("invoker         -  ", "invoker         r  "))

    code = _run("matrix", *_HERE, "--matrix", str(wrong), "--check", *_waivers(tmp_path, "# none\n"))

    assert code == 1
    assert "error[matrix-mismatch]" in capsys.readouterr().out


def test_a_file_of_waivers_is_never_found_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may add a file to the working directory may not waive with it."""
    source = _source(tmp_path)
    for folder in (tmp_path, Path(source)):
        (folder / "waivers.toml").write_text(_WAIVER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert _run("check", source, *_ASKED) == 1


def test_a_crash_leaves_no_report_of_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not on stdout, and not in a file."""
    path = tmp_path / "a.sarif"
    source = _source(tmp_path)

    def broken() -> float:
        message = "the clock fell off the wall"
        raise RuntimeError(message)

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    code = main(
        ["policy", "check", source, *_waivers(tmp_path), "--format", "junit", "--output", f"sarif={path}"],
        wall_seconds=broken,
    )

    assert code == 2
    assert JUnitXml.fromstring(capsys.readouterr().out.encode()).errors == 1
    assert json.loads(path.read_text(encoding="utf-8"))["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_a_stream_that_cannot_spell_a_character_is_no_crash(tmp_path: Path) -> None:
    """A terminal of another alphabet gets an escape, and the exit code of the verdict."""
    source = _source(tmp_path, _GRANT.replace('"demo"', '"d\u00e9mo"'))
    command = [sys.executable, "-X", "utf8=0", "-m", "arco", "policy", "check", source]
    environment = {"PYTHONIOENCODING": "ascii"}

    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, check=False)

    assert done.returncode == 1
    assert b"d\\xe9mo" in done.stdout


def test_a_format_loads_only_what_it_needs() -> None:
    """A plain check imports no renderer of another format, no parser of waivers, and no clockwork of XML."""
    program = (
        "import sys; from arco.cli import main; "
        f"main(['policy', 'check', *{_HERE!r}]); "
        "lazy = {'tomllib', 'xml.etree.ElementTree', 'arco.policy.report.sarif', "
        "'arco.policy.report.junit', 'arco.policy.report.github', 'arco.policy.report.markdown'}; "
        "print(sorted(lazy & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"
