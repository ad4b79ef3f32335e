"""JUnit XML, read back by a library that knows nothing of the gate."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from arco.cli import main
from arco.policy.judge import Judgement
from arco.policy.report.junit import render_junit
from arco.policy.rules import RULES
from arco.policy.values import Origin, Text
from policy_tests.inputs import MATRIX, ROOT
from tests.fakes.deployments import member, prefix
from tests.fakes.judgements import hostile, judged, run_of, waiver_of

_EVERYBODY = ("allUsers", "user:ann@example.com")
_PUBLIC = "google_storage_bucket_iam_member.m"


def _suite(text: str) -> TestSuite:
    (suite,) = JUnitXml.fromstring(text.encode())
    assert isinstance(suite, TestSuite)
    return suite


def _cases(text: str) -> list[TestCase]:
    return list(_suite(text))


def _of(judgement: Judgement) -> dict[tuple[str | None, str | None], TestCase]:
    cases = _cases(render_junit(run_of(judgement)))
    by_name = {(case.classname, case.name): case for case in cases}
    assert len(cases) == len(by_name)
    return by_name


def _public(*, waivers: str = "") -> Judgement:
    return judged(
        member(who="allUsers"), member(expression=prefix("a/"), name="n"), waivers=waivers, only=["public-access"]
    )


def test_there_is_a_case_for_each_rule_and_principal() -> None:
    """What was asked about whom, whatever came of it."""
    judgement = _public()

    assert set(_of(judgement)) == {(rule.id, who) for rule in judgement.asked for who in _EVERYBODY}


def test_the_case_of_a_finding_fails_and_no_other() -> None:
    """It says what, and in its text where and why."""
    cases = _of(_public())

    assert {key for key, case in cases.items() if case.result} == {("public-access", "allUsers")}
    (failure,) = cases["public-access", "allUsers"].result
    assert isinstance(failure, Failure)
    assert failure.message == "allUsers holds roles/storage.legacyObjectReader on bucket demo"
    assert f"plan.json  {_PUBLIC}" in str(failure.text)


def test_every_principal_of_one_line_fails() -> None:
    """Other formats show one finding for one line; here, each of them is asked for by name."""
    both = ("allUsers", "allAuthenticatedUsers")
    line = Origin("main.tf", 3, 1)
    judgement = judged(*(member(who=Text.of(who, line)) for who in both), only=["public-access"])
    cases = _of(judgement)

    assert len(judgement.findings) == 1
    assert all(cases["public-access", who].result for who in both)


def test_counts_are_those_of_the_cases() -> None:
    """A reader that shows only the header shows the truth."""
    suite = _suite(render_junit(run_of(hostile("x", count=2, waived=1))))
    results = Counter(type(case.result[0]) for case in suite if case.result)

    assert (suite.failures, suite.errors, suite.skipped) == (results[Failure], results[Error], results[Skipped])
    assert suite.tests == len(list(suite))
    assert suite.failures == 1


def test_a_warning_fails_nothing() -> None:
    """As it does not change the exit code; it stands in what the case printed."""
    both = hostile("x", count=2)
    case = _of(replace(both, findings=both.findings[1:], each=both.each[1:]))["sole-writer", "x"]

    assert case.result == []
    assert str(case.system_out).startswith("warning[sole-writer]: x\n")


def test_a_waived_finding_is_skipped_with_its_reason() -> None:
    """Neither passed nor failed."""
    cases = _of(_public(waivers=waiver_of("public-access", _PUBLIC, "the download page")))

    (skipped,) = cases["public-access", "allUsers"].result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "waived until 2027-01-31: the download page"


def test_rules_not_asked_are_skipped() -> None:
    """A rule that needs a matrix did not pass for want of one."""
    judgement = judged()
    cases = _of(judgement)

    for rule in judgement.not_asked:
        (skipped,) = cases[rule.id, "the input"].result
        assert isinstance(skipped, Skipped)
        assert skipped.message == "not asked, for want of --matrix"


def test_this_repository_passes_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    """Rules times principals, through the command line."""
    variables = str(ROOT / "infra" / "environments" / "dev.tfvars")
    source = str(ROOT / "infra" / "terraform")

    code = main(["policy", "check", source, "--var-file", variables, "--matrix", str(MATRIX), "--format", "junit"])

    suite = _suite(capsys.readouterr().out)
    assert code == 0
    assert (suite.failures, suite.errors, suite.skipped) == (0, 0, 0)
    assert suite.tests == 17 * len(RULES)


def test_what_could_not_run_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report without a case would be green."""
    code = main(["policy", "check", str(tmp_path / "gone"), "--format", "junit"])

    (case,) = _cases(capsys.readouterr().out)
    (error,) = case.result
    assert code == 2
    assert isinstance(error, Error)
    assert error.message.endswith("there is no such file or directory")
