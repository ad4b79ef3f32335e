"""Findings as people and programs see them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from arco.policy.case import open_case
from arco.policy.explain import explain
from arco.policy.findings import Caret, Evidence, Finding, grouped, joined
from arco.policy.judge import ASSUMPTION, Judgement, judge
from arco.policy.report import render_findings, render_json, render_summary
from arco.policy.report.explanation import render_explanation, render_explanation_json
from arco.policy.rules import RULES
from arco.policy.values import Origin
from tests.fakes.deployments import deployed, member, prefix
from tests.fakes.lake import case

_PLACE = Origin("main.tf", 7, 3)
_FINDING = Finding(
    rule="sole-writer",
    severity="error",
    claim="two can create",
    help="confine the grant",
    origin=_PLACE,
    address="google_storage_bucket_iam_member.m",
    label='binding "state"',
    evidence=(Evidence("member", "user:a@example.com"), Evidence("condition", "abcdef", Caret(3, 2, "no final slash"))),
    witness="may create state/x",
)
_BLOCK = """\
error[sole-writer]: two can create
  --> main.tf:7  google_storage_bucket_iam_member.m, binding "state"
   |
   | member      user:a@example.com
   | condition   abcdef
   |                ^^ no final slash
   |
   = witness: may create state/x
   = help: confine the grant
   = docs: docs/rules.md#sole-writer
"""


def _judged(*findings: Finding) -> Judgement:
    clean = judge(open_case(deployed(member(expression=prefix("a/"))), None))
    return Judgement(findings, clean.asked, clean.not_asked, 1, 1, 1, clean.assumptions)


def _finding(claim: str = "c", *, place: Origin | None = _PLACE, address: str = "a", about: str = "m") -> Finding:
    evidence = (Evidence("member", about),) if about else ()
    return Finding("sole-writer", "error", claim, "h", place, address, evidence=evidence)


def test_a_finding_reads_like_a_compiler_s() -> None:
    """Claim, place, evidence with its caret, witness, help, docs."""
    assert render_findings(_judged(_FINDING), colour=False) == _BLOCK


def test_colour_adds_nothing_but_colour() -> None:
    """Without its escapes the text is the same."""
    coloured = render_findings(_judged(_FINDING), colour=True)

    assert "\033[1;31merror[sole-writer]" in coloured
    for escape in ("\033[1m", "\033[1;31m", "\033[1;34m", "\033[0m"):
        coloured = coloured.replace(escape, "")
    assert coloured == _BLOCK


@pytest.mark.parametrize("character", ["\n", "\r", "\033[2J", "\u202e", "\x00", "\x9b", "\ud800"])
def test_no_name_forges_a_line(character: str) -> None:
    """What an input spells can neither end a line nor move the cursor, wherever it is printed."""
    evil = f"user:a{character}no errors (11 rules)"
    finding = Finding(
        "sole-writer",
        "error",
        evil,
        evil,
        Origin(evil, 1, 1),
        evil,
        evil,
        (Evidence("member", evil),),
        evil,
        evil,
        evil,
        (evil,),
    )

    text = render_findings(_judged(finding), colour=False)

    assert character not in text.replace("\n", "") or character == "\n"
    assert not any(line.startswith("no errors") for line in text.splitlines())


def test_the_summary_says_how_much_was_looked_at() -> None:
    """The last line is the verdict; before it stand what was not asked and what is assumed."""
    summary = render_summary(_judged(_FINDING), 12.4)

    asked, assumed, snapshot, verdict = summary.splitlines()
    assert asked.startswith("not asked, for want of --matrix: sole-writer, ")
    assert assumed.startswith("assumed: access inherited from the project")
    assert snapshot == "assumed: Google's own roles hold what they held on 2026-08-22"
    always = sum(not rule.needs_layout for rule in RULES)
    assert verdict == f"1 error ({always} rules, 1 grant, 1 principal, 1 bucket; decided for all object names in 12 ms)"


def test_a_clean_summary_says_no_errors() -> None:
    """Zero is spelled out."""
    assert "\nno errors (" in render_summary(_judged(), 1)


def test_warnings_are_counted_apart() -> None:
    """Only errors make the check fail."""
    warning = Finding("sole-writer", "warning", "c", "h")
    judgement = _judged(warning)

    assert judgement.errors == 0
    assert "no errors, 1 warning (" in render_summary(judgement, 1)


def test_instances_of_one_line_are_one_finding() -> None:
    """Fifty workspaces made of one line are mended in one place."""
    (finding,) = grouped([_finding(address=address) for address in ("a", "b", "b", "c")])

    assert (finding.address, finding.others) == ("a", ("b", "c"))


def test_other_instances_are_counted_and_some_shown() -> None:
    """The first is shown in full, five by name, each on its line, so that an address can be copied."""
    few, many = (grouped([_finding(address=name) for name in names])[0] for names in ("abcdef", "abcdefgh"))

    shown = "".join(f"      and {name}\n" for name in "bcdef")
    assert f"  a\n{shown}   |" in render_findings(_judged(few), colour=False)
    assert f"{shown}      … and 2 more (all in --json)\n   |" in render_findings(_judged(many), colour=False)


def test_a_finding_without_a_line_names_the_file() -> None:
    """A plan has no lines, and who reads a log of many plans needs to know which it was."""
    text = render_findings(_judged(_finding(place=None)), colour=False, source="plan.json")

    assert "  --> plan.json  a\n" in text


def test_different_places_are_different_findings() -> None:
    """Two lines are mended twice."""
    found = grouped([_finding(), _finding(place=Origin("main.tf", 8, 3))])

    assert len(found) == 2


def test_without_a_place_the_claim_tells_findings_apart() -> None:
    """A plan has no lines: address and claim stand for them."""
    found = grouped([_finding("c", place=None), _finding("c", place=None), _finding("d", place=None)])

    assert [finding.claim for finding in found] == ["c", "d"]


def test_findings_about_no_grant_keep_their_claims() -> None:
    """Two letters that one row lacks are written on one line, and are two findings."""
    found = grouped([_finding("lacks 'c'", about=""), _finding("lacks 'r'", about="")])

    assert [finding.claim for finding in found] == ["lacks 'c'", "lacks 'r'"]


@pytest.mark.parametrize(("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_lists_are_spelled_as_people_do(names: list[str], text: str) -> None:
    """One, two, many."""
    assert joined(names) == text


def test_the_json_says_what_was_asked_and_found() -> None:
    """Everything that the plain text says, by name."""
    document = json.loads(render_json(_judged(_FINDING), "plan.json", 1.23456))

    assert document["schema_version"] == 1
    assert document["verdict"] == "refuted"
    assert set(document["rules"]["asked"]) | set(document["rules"]["not_asked"]) == {rule.id for rule in RULES}
    assert document["counts"] == {"grants": 1, "principals": 1, "buckets": 1}
    assert document["findings"][0]["location"] == {"file": "main.tf", "line": 7, "column": 3}
    assert document["findings"][0]["witness"] == "may create state/x"
    assert document["findings"][0]["evidence"]["condition"] == "abcdef"


def test_a_clean_json_is_proved_and_may_hold_the_matrix() -> None:
    """The computed matrix comes with it where there is one."""
    document = json.loads(render_json(_judged(), "plan.json", 1, {"api": {"state/": "r"}}))

    assert document["verdict"] == "proved"
    assert document["matrix"] == {"api": {"state/": "r"}}


def test_an_explained_yes_shows_the_grant() -> None:
    """Verdict, place, role and condition, and who else may."""
    text = render_explanation(explain(case(), "api", "storage.objects.get", "ws=a/state/x"))

    assert text.startswith("yes: serviceAccount:api-a@demo-project.iam.gserviceaccount.com may use storage.objects.get")
    assert 'binding "api get state/"' in text
    assert "(true)" in text
    assert "  who else may: compactor of a (" in text
    assert "assumed:" not in text


def test_an_explained_no_says_why_not() -> None:
    """Either no grant gives it, or none of those that do reaches the name."""
    found = case()

    never = render_explanation(explain(found, "api", "storage.objects.create", "ws=a/state/x"))
    elsewhere = render_explanation(explain(found, "api", "storage.objects.get", "ws=a/other/x"))

    assert "no grant in this input gives it storage.objects.create there" in never
    assert "it holds storage.objects.get by 2 grants, and none reaches this name:" in elsewhere
    assert "(false)" in elsewhere
    assert "who may: nobody in this input" in elsewhere
    assert f"  assumed: {ASSUMPTION}\n" in never


def test_an_explanation_warns_of_what_is_not_settled() -> None:
    """A no beside an unknown grant is not the last word."""
    found = case(member("roles/nobody.knows", scope={"bucket": "lake-a"}))

    text = render_explanation(explain(found, "api", "storage.objects.create", "ws=a/state/x"))

    assert "beware: 1 thing is not settled in this input" in text


def test_no_condition_forges_a_line_of_an_explanation() -> None:
    """A condition over several lines is shown on one."""
    grant = member(expression=prefix("a/") + "\n|| true\nyes", who="user:a@example.com")
    found = open_case(deployed(grant), None)

    text = render_explanation(explain(found, "user:a@example.com", "storage.objects.get", "a/x"))

    assert not any(line.startswith("yes") for line in text.splitlines()[1:])


def test_an_explanation_for_programs() -> None:
    """One document with every answer."""
    document = json.loads(render_explanation_json(explain(case(), "gc", "storage.objects.list", "ws=a/state/x")))

    (answer,) = document["answers"]
    assert answer["verdict"] == "yes"
    assert answer["target"] == "bucket lake-a"
    assert answer["grants"][0]["condition"] is None
    assert answer["grants"][0]["verdict"] == "yes"


def test_half_a_surrogate_pair_is_printed() -> None:
    """No encoding has it; a question may be asked with it, and so may a plan's."""
    finding = _finding("a\ud800b")

    assert "a b" in render_findings(_judged(finding), colour=False)
    assert "a\\ud800b" in render_json(_judged(finding), "plan.json", 1)


def test_every_member_of_one_mistake_is_named() -> None:
    """One line with three members is one finding, and three people to talk to."""
    evidence = (Evidence("member", "user:a"),)
    one = Finding("r", "error", "a may", "help", Origin("f.tf", 1, 1), "x.y", "binding", evidence, member="user:a")
    two, three = (replace(one, member=name, claim=f"{name} may") for name in ("user:b", "user:c"))

    (found,) = grouped([one, two, three])

    assert found.others == ("user:b", "user:c")


def test_two_kinds_of_mistake_on_one_line_are_two_findings() -> None:
    """Mending the first would show the second, as if it were new."""
    evidence = (Evidence("member", "user:a"),)
    one = Finding("r", "error", "a may create", "help", Origin("f.tf", 1, 1), "x.y", "binding", evidence, kind="create")

    assert len(grouped([one, replace(one, kind="delete", claim="a may delete")])) == 2
