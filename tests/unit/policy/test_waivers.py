"""Waivers: what they cover, for how long, and what they can never cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from arco.errors import InputError, UsageError
from arco.policy.case import Case, open_case
from arco.policy.deployment import Instance
from arco.policy.judge import Judgement, judge
from arco.policy.rules import RULES
from arco.policy.values import Origin, Text
from arco.policy.waivers import Waivers, parse_waivers, read_waivers
from tests.fakes.deployments import deployed, member, prefix

_TODAY = date(2027, 1, 31)
_WAIVABLE = {rule.id: rule.waivable for rule in RULES}
_ADDRESS = "google_storage_bucket_iam_member.m"
_WAIVER = f"""\
# agreed on 2027-01-02
[[waiver]]
rule = "public-access"
address = "{_ADDRESS}"
reason = "the old download page"
expiry = 2027-01-31
"""


def _case(waivers: str = "", *, today: date = _TODAY, instances: Sequence[Instance] = ()) -> Case:
    case = open_case(deployed(*(instances or [member(who="allUsers")])), None)
    case.waivers = Waivers(tuple(parse_waivers(waivers, "waivers.toml", _WAIVABLE)), today)
    return case


def _judged(waivers: str, *, today: date = _TODAY, rules: Sequence[str] = ("public-access",)) -> Judgement:
    return judge(_case(waivers, today=today), rules)


def _rules(judgement: Judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings]


def test_a_waived_finding_does_not_count_and_is_kept() -> None:
    """It is no error, and every report can show it with the reason."""
    judgement = _judged(_WAIVER)

    assert judgement.errors == 0
    assert [(one.finding.rule, one.waiver.reason) for one in judgement.waived] == [
        ("public-access", "the old download page")
    ]


@pytest.mark.parametrize(
    ("field", "other"),
    [("rule", "condition-vacuous"), ("address", "google_storage_bucket_iam_member.m2"), ("address", "*")],
)
def test_a_waiver_of_something_else_waives_nothing(field: str, other: str) -> None:
    """Exactly one rule and one instance: no pattern, and no beginning of a name."""
    old = {"rule": "public-access", "address": _ADDRESS}[field]

    judgement = _judged(_WAIVER.replace(f'"{old}"', f'"{other}"'), rules=())

    assert "public-access" in _rules(judgement)
    assert "waiver" in _rules(judgement)


@pytest.mark.parametrize("key", ["binding", "member", "fingerprint"])
def test_a_waiver_can_be_narrowed(key: str) -> None:
    """To one binding, one member, or the grant as it stood when people agreed."""
    (finding,) = judge(_case(), ["public-access"]).findings
    value = {"binding": finding.label, "member": finding.member, "fingerprint": finding.fingerprint}[key]

    exact = _judged(f'{_WAIVER}{key} = "{value}"\n')
    other = _judged(f'{_WAIVER}{key} = "x{value}"\n')

    assert exact.errors == 0
    assert _rules(other) == ["public-access", "waiver"]


@pytest.mark.parametrize("spelled", ["m", 'binding "m"'])
def test_a_binding_is_named_by_its_title(spelled: str) -> None:
    """As its author wrote it, or as findings show it."""
    conditional = [member(who="allUsers", expression=prefix("a/"))]
    case = _case(f"{_WAIVER}binding = '{spelled}'\n", instances=conditional)

    assert _rules(judge(case, ["public-access"])) == []


def test_a_fingerprint_pins_the_grant() -> None:
    """With a wider role under the same address, the agreed exception is another one."""
    (before,) = judge(_case(), ["public-access"]).findings
    pinned = f'{_WAIVER}fingerprint = "{before.fingerprint}"\n'

    wider = _case(pinned, instances=[member("roles/storage.objectAdmin", "allUsers")])

    assert _rules(judge(wider, ["public-access"])) == ["public-access", "waiver"]


def test_the_last_day_is_the_expiry() -> None:
    """On the day itself the waiver still stands; on the next one its finding counts again, and so does the waiver."""
    last, next_day = (_judged(_WAIVER, today=_TODAY + timedelta(days=days)) for days in (0, 1))

    assert last.errors == 0
    assert _rules(next_day) == ["public-access", "waiver"]
    assert next_day.findings[-1].claim == "the waiver of public-access expired on 2027-01-31"


def test_an_expired_waiver_is_found_whatever_is_asked() -> None:
    """Nobody keeps one alive by asking less."""
    assert "waiver" in _rules(_judged(_WAIVER, today=date(2028, 1, 1), rules=("condition-vacuous",)))


def test_a_waiver_of_a_rule_that_is_not_asked_is_not_unused() -> None:
    """Nobody knows whether it would waive anything."""
    assert _rules(_judged(_WAIVER, rules=("condition-vacuous",))) == []


def test_the_second_of_two_equal_waivers_is_unused() -> None:
    """Removing one must not leave the other behind unseen."""
    assert _rules(_judged(_WAIVER + _WAIVER.replace("the old", "another"))) == ["waiver"]


def test_a_waiver_covers_its_instance_and_not_the_others_of_its_line() -> None:
    """Findings are joined for people after they are waived, so that fifty instances need fifty waivers."""
    line = Text.of("allUsers", Origin("main.tf", 3, 1))
    others = [member(who=line, name=name) for name in ("m", "n")]

    judgement = judge(_case(_WAIVER, instances=others), ["public-access"])

    assert [finding.address for finding in judgement.findings] == ["google_storage_bucket_iam_member.n"]
    assert [one.finding.address for one in judgement.waived] == [_ADDRESS]


@pytest.mark.parametrize("rule", ["unknown", "matrix-mismatch", "waiver"])
def test_the_gate_s_own_footing_cannot_be_waived(rule: str) -> None:
    """What was not decided, what people reviewed as a whole, and the waivers themselves."""
    with pytest.raises(InputError, match="cannot be waived") as caught:
        _case(_WAIVER.replace("public-access", rule))

    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("public-access", "public-acces", 3, "there is no rule 'public-acces': choose from "),
        ('reason = "the old download page"\n', "", 2, "the waiver has no 'reason'"),
        ("expiry = 2027-01-31\n", "", 2, "the waiver has no 'expiry'"),
        (f'address = "{_ADDRESS}"\n', "", 2, "the waiver has no 'address'"),
        ("the old download page", " ", 5, "'reason' is not text that says something"),
        (f'"{_ADDRESS}"', '""', 4, "'address' is not text that says something"),
        (f'"{_ADDRESS}"', f'["{_ADDRESS}"]', 4, "'address' is not text that says something"),
        ("2027-01-31", '"2027-01-31"', 6, "'expiry' is a date without quotes"),
        ("2027-01-31", "2027-01-31T00:00:00Z", 6, "'expiry' is a date without quotes"),
        ("2027-01-31", "2027-01-32", 6, "this is no TOML"),
        ("expiry", "expires", 6, "unknown key 'expires'"),
        ("[[waiver]]", "[[waivers]]", None, "unknown key 'waivers'"),
        ("[[waiver]]", "[waiver]", None, "write each waiver as a table of its own"),
        ("# agreed", "rule = 1\n# agreed", None, "unknown key 'rule'"),
    ],
)
def test_a_waiver_that_says_too_little_is_refused_with_its_line(
    old: str, new: str, line: int | None, message: str
) -> None:
    """A waiver that people misread is worse than none."""
    assert old in _WAIVER

    with pytest.raises(InputError) as caught:
        _case(_WAIVER.replace(old, new, 1))

    assert caught.value.message.startswith(message)
    assert (caught.value.source, caught.value.line) == ("waivers.toml", line)


def test_lines_are_counted_past_text_over_several_lines() -> None:
    """A header inside a reason opens no table."""
    text = _WAIVER.replace('"the old download page"', '"""\n[[waiver]]\nold"""')

    with pytest.raises(InputError) as caught:
        _case(text + _WAIVER.replace("public-access", "nothing"))

    assert caught.value.line == 11


@pytest.mark.parametrize("text", ["[" * 20_000, "x = " + "9" * 5000, "x = \x00", '[[waiver]]\nrule = "'])
def test_no_text_breaks_the_parser(text: str) -> None:
    """Whatever stands in the file, the answer is an error of input."""
    with pytest.raises(InputError):
        _case(text)


def test_a_file_without_waivers_waives_nothing() -> None:
    """It stays in place while there is nothing to waive."""
    assert _rules(_judged("# none\n")) == ["public-access"]


@pytest.mark.parametrize("data", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, data: bytes | None) -> None:
    """A waiver file that is not there is no file without waivers."""
    path = tmp_path / "waivers.toml"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(InputError, match="cannot read the waivers"):
        read_waivers(str(path), _TODAY, _WAIVABLE)


def test_judging_again_needs_no_new_case() -> None:
    """Which waivers were used is counted anew each time."""
    case = _case(_WAIVER)

    assert _rules(judge(case)) == _rules(judge(case))


def test_an_unknown_rule_is_refused_as_before() -> None:
    """Waivers add a rule to those that are asked, and no id to those that exist."""
    with pytest.raises(UsageError):
        _judged(_WAIVER, rules=("no-such-rule",))


def test_a_waiver_is_about_one_finding_of_the_rule() -> None:
    """Whose findings name an address: a finding without one is nobody's to waive."""
    (finding,) = judge(_case(), ["public-access"]).findings
    (waiver,) = parse_waivers(_WAIVER, "waivers.toml", _WAIVABLE)

    assert waiver.names(finding)
    assert not waiver.names(replace(finding, address=""))
