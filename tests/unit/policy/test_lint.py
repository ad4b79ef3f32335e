"""`arco policy lint`: conditions alone, from wherever they come, and what they mean."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from arco.cli import main
from tests.fakes.plan_builder import Object, change, plan, text

_OBJECTS = "projects/_/buckets/demo/objects/"
_ANCHORED = f'resource.name.startsWith("{_OBJECTS}a/")'
_UNTIL_2030 = 'request.time < timestamp("2030-01-01T00:00:00Z")'


def _lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Object]:
    code = main(["policy", "lint", *arguments, "--json"])
    document: Object = json.loads(capsys.readouterr().out)
    return code, document


def _meaning(document: Object) -> Object:
    conditions = document["conditions"]
    assert isinstance(conditions, list)
    (meaning,) = conditions
    assert isinstance(meaning, dict)
    return meaning


def _rules(document: Object) -> list[object]:
    findings = document["findings"]
    assert isinstance(findings, list)
    return [finding["rule"] for finding in findings if isinstance(finding, dict)]


def _plan(tmp_path: Path, *expressions: str) -> Path:
    path = tmp_path / "plan.json"
    changes = (
        change(
            f"google_storage_bucket_iam_member.m{number}",
            {
                "bucket": "demo",
                "role": "roles/storage.objectViewer",
                "member": "user:ann@example.com",
                "condition": [{"title": f"m{number}", "description": "", "expression": expression}]
                if expression
                else [],
            },
        )
        for number, expression in enumerate(expressions)
    )
    path.write_text(text(plan(*changes)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("expression", "rules", "code"),
    [
        (_ANCHORED, [], 0),
        ('resource.name.matches("a/.*")', ["condition-refused"], 1),
        (" || ".join([_ANCHORED] * 14), ["condition-refused"], 1),
        (f"{_ANCHORED} || !{_ANCHORED}", ["condition-vacuous"], 1),
        (f'{_ANCHORED} && resource.name == "{_OBJECTS}b"', ["condition-dead"], 1),
        ('resource.name.startsWith("projects/demo/buckets/demo/objects/a/")', ["condition-dead"], 1),
        ('resource.name.endsWith("/a")', ["condition-unanchored"], 1),
        (_ANCHORED.replace("a/", "a"), ["condition-no-slash"], 1),
        (f'{_ANCHORED} && resource.type == "storage.googleapis.com/Object"', ["condition-type-guard"], 0),
        ('resource.name.extract("/a={x}/") == resource.name.extract("/b={x}/")', ["unknown"], 1),
    ],
)
def test_each_rule_about_conditions_is_asked(
    expression: str, rules: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, vacuous, dead, unanchored, without a slash, guarded, undecided: warnings alone exit 0."""
    exit_code, document = _lint(capsys, "--expression", expression)

    assert _rules(document) == rules
    assert exit_code == code
    assert document["verdict"] == ("refuted" if code else "proved")


@pytest.mark.parametrize(
    ("expression", "meaning"),
    [
        (_ANCHORED, ("bucket demo", "gs://demo/a/", "gs://demo/x", "no")),
        (f"!{_ANCHORED}", ("bucket demo", "gs://demo/x", "gs://demo/a/", "yes")),
        ('resource.name.startsWith("projects/_/buckets/demo")', ("bucket demo", "gs://demo/x", "", "yes")),
        ('resource.type == "storage.googleapis.com/Object"', ("bucket any-bucket", "gs://any-bucket/x", "", "no")),
        ('resource.type == "storage.googleapis.com/Bucket"', ("bucket any-bucket", "", "gs://any-bucket/x", "yes")),
        (f"{_ANCHORED} || {_UNTIL_2030}", ("bucket demo", "gs://demo/x", "gs://demo/x", "sometimes")),
        (
            f"{_ANCHORED} || {_ANCHORED.replace('demo', 'test')}",
            ("organization above all buckets", "gs://demo/a/", "gs://x/x", "no"),
        ),
        (
            'resource.name.extract("/a={x}/") == resource.name.extract("/b={x}/")',
            ("bucket any-bucket", None, None, "undecided"),
        ),
    ],
)
def test_a_condition_is_told_by_its_shortest_names(
    expression: str, meaning: tuple[str | None, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """The shortest object on either side, whether the bucket itself is meant, and where it was judged."""
    _, document = _lint(capsys, "--expression", expression)
    told = _meaning(document)

    assert (told["where"], told["admits"], told["excludes"], told["on_bucket"]) == meaning


def test_what_a_condition_depends_on_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    """Tests of time and tags are shown as they are written, once each."""
    tag = 'resource.matchTag("1/environment", "prod")'
    _, document = _lint(capsys, "--expression", f"{_ANCHORED} && {tag} && ({_UNTIL_2030} || {tag})")

    assert _meaning(document)["depends_on"] == [tag, _UNTIL_2030]


@pytest.mark.parametrize(
    ("time", "rules"), [("2029-12-31T23:59:59Z", []), ("2030-01-01T01:00:00+01:00", ["condition-dead"])]
)
def test_a_time_that_is_past_is_dead_if_asked_then(
    time: str, rules: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a time, comparisons may be either; at one, they are what they are."""
    free, _ = _lint(capsys, "--expression", f"{_ANCHORED} && {_UNTIL_2030}")
    code, document = _lint(capsys, "--expression", f"{_ANCHORED} && {_UNTIL_2030}", "--at", time)

    assert free == 0
    assert (_rules(document), code) == (rules, len(rules))


def test_a_bucket_that_is_named_is_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    """A condition that was copied from another bucket is dead on this one."""
    code, document = _lint(capsys, "--expression", _ANCHORED, "--bucket", "other")

    assert (_rules(document), code) == (["condition-dead"], 1)
    assert _meaning(document)["where"] == "bucket other"


def test_a_file_is_pointed_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A condition over several lines, with a comment: the finding names line and column of what offends."""
    path = tmp_path / "condition.cel"
    path.write_text(f'// one folder\nresource.name.startsWith(\n  "{_OBJECTS}ab"\n)\n', encoding="utf-8")

    code = main(["policy", "lint", str(path)])

    output = capsys.readouterr().out
    assert code == 1
    assert f"--> {path}:3" in output
    assert "^^ no final slash" in output
    assert "objects    holds for gs://demo/ab (none is shorter)" in output


def test_stdin_takes_a_condition_or_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No condition begins with a brace, so what does is a plan."""
    told: list[list[object]] = []
    for data in (b'resource.name.endsWith("x")', _plan(tmp_path, 'resource.name.endsWith("y")').read_bytes()):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        told.append(_rules(_lint(capsys, "-")[1]))

    assert told == [["condition-unanchored"], ["condition-unanchored"]]


def test_every_condition_of_a_plan_is_judged_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equal conditions on one bucket mean the same, and what is no condition is not asked."""
    path = _plan(tmp_path, _ANCHORED, "", f"{_ANCHORED} && {_UNTIL_2030}", _ANCHORED)

    code, document = _lint(capsys, str(path), "--at", "2031-01-01T00:00:00Z")

    conditions = document["conditions"]
    assert isinstance(conditions, list)
    assert [condition["expression"] for condition in conditions if isinstance(condition, dict)] == [
        _ANCHORED,
        f"{_ANCHORED} && {_UNTIL_2030}",
    ]
    assert (_rules(document), code) == (["condition-dead"], 1)


def test_a_directory_is_judged_with_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """The conditions of a root module have places in its source."""
    case = Path(__file__).parents[3] / "policy_tests" / "cases" / "condition-unanchored" / "wrong"

    code = main(["policy", "lint", str(case)])

    output = capsys.readouterr().out
    assert code == 1
    assert f"--> {case}/main.tf:8  google_storage_bucket_iam_member.reader" in output
    assert "1 error (8 rules, 1 condition; " in output


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b'{"format_version": "1.2"'])
def test_nothing_is_not_clean(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file has nothing to check, and half a plan is no condition: neither exits 0."""
    path = tmp_path / "empty"
    path.write_bytes(content)

    code = main(["policy", "lint", str(path)])

    assert code == (2 if content.startswith(b"{") else 3)
    assert capsys.readouterr().err.startswith("error: ")


def test_a_plan_without_a_condition_has_nothing_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Empty is failure."""
    code = main(["policy", "lint", str(_plan(tmp_path, ""))])

    assert code == 3
    assert "no grant here has a condition" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either INPUT or --expression TEXT"),
        (["INPUT", "--expression", "true"], "give either INPUT or --expression TEXT"),
        (["--expression", "true", "--var-file", "x.tfvars"], "a condition has no variables"),
        (["PLAN", "--bucket", "demo"], "a plan says what each is attached to"),
        (["MISSING"], "no such file or directory"),
        (["LATIN"], "it is not UTF-8 byte=0"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would be ignored in silence is an error of usage."""
    latin = tmp_path / "latin"
    latin.write_bytes(b"\xe4")
    files = {"PLAN": str(_plan(tmp_path, _ANCHORED)), "MISSING": str(tmp_path / "missing"), "LATIN": str(latin)}

    code = main(["policy", "lint", *(files.get(argument, argument) for argument in arguments)])

    assert code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("time", ["tomorrow", "2030-01-01", "2030-01-01T00:00:00"])
def test_a_time_needs_its_zone(time: str) -> None:
    """Midnight without a zone is another instant for each reader."""
    with pytest.raises(SystemExit) as exit_:
        main(["policy", "lint", "--expression", "true", "--at", time])

    assert exit_.value.code == 2
