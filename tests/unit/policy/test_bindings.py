"""What an IAM resource binds, and what it leaves open."""

from __future__ import annotations

import json

import pytest

from arco.errors import InputError
from arco.policy.bindings import Binding, Reader, bindings_of
from arco.policy.deployment import Instance
from arco.policy.model import Unsettled
from arco.policy.values import SetOf, Text, Unknown
from tests.fakes.deployments import Plain, instance

_UNKNOWN = Unknown("nobody said")
_CONDITION: Plain = [{"title": "t", "expression": "true"}]


def _read(built: Instance, form: str) -> tuple[list[Binding], list[Unsettled]]:
    unsettled: list[Unsettled] = []
    return list(bindings_of(Reader(built, unsettled), form)), unsettled


def _policy(text: str) -> Instance:
    return instance("google_storage_bucket_iam_policy", policy_data=text)


def test_a_member_is_a_binding_of_one() -> None:
    """`_iam_member` names one member and one role."""
    found, unsettled = _read(instance("m", role="r", member="user:a", condition=[]), "member")

    assert found == [Binding(Text.of("r"), (Text.of("user:a"),), "", None)]
    assert unsettled == []


def test_a_binding_lists_members_from_a_set() -> None:
    """`_iam_binding` holds a set."""
    members = SetOf((Text.of("user:a"), Text.of("user:b")))

    found, _ = _read(instance("b", role="r", members=members), "binding")

    assert [member.value for member in found[0].members] == ["user:a", "user:b"]


@pytest.mark.parametrize("condition", [None, [], SetOf(())])
def test_no_condition_is_written_in_three_ways(condition: Plain) -> None:
    """Null, an empty list and an empty set of blocks all mean unconditional."""
    found, unsettled = _read(instance("m", role="r", member="user:a", condition=condition), "member")

    assert found[0].condition is None
    assert unsettled == []


def test_a_condition_keeps_title_and_expression() -> None:
    """The title names the binding for people."""
    found, _ = _read(instance("m", role="r", member="user:a", condition=_CONDITION), "member")

    assert (found[0].title, found[0].condition) == ("t", Text.of("true"))


@pytest.mark.parametrize(
    "condition",
    [
        _UNKNOWN,
        [_UNKNOWN],
        [{"title": "t", "expression": _UNKNOWN}],
        [{"title": "t"}],
        [{"title": "a", "expression": "true"}, {"title": "b", "expression": "false"}],
    ],
)
def test_a_condition_that_is_not_known_is_not_none(condition: Plain) -> None:
    """An unknown condition may be false, and may be true: neither is assumed, and both are reported."""
    found, unsettled = _read(instance("m", role="r", member="user:a", condition=condition), "member")

    assert isinstance(found[0].condition, Unknown)
    assert unsettled


@pytest.mark.parametrize("block", [{"expression": "true"}, {"title": _UNKNOWN, "expression": "true"}])
def test_a_condition_without_a_known_title_is_left_open(block: Plain) -> None:
    """IAM refuses a condition without a title, and a title that is not known may be empty."""
    _, unsettled = _read(instance("m", role="r", member="user:a", condition=[block]), "member")

    assert [item.attribute for item in unsettled] == ["condition.title"]


def test_an_unknown_role_is_left_open() -> None:
    """Without its role, a binding is not read, and not forgotten."""
    found, unsettled = _read(instance("m", role=_UNKNOWN, member="user:a"), "member")

    assert found == []
    assert [(item.attribute, item.reason) for item in unsettled] == [("role", "nobody said")]


def test_one_unknown_member_does_not_hide_the_others() -> None:
    """Known members stay; the unknown one is reported."""
    found, unsettled = _read(instance("b", role="r", members=["user:a", _UNKNOWN, "user:c"]), "binding")

    assert [member.value for member in found[0].members] == ["user:a", "user:c"]
    assert [item.attribute for item in unsettled] == ["members"]


def test_text_that_is_known_in_part_is_left_open() -> None:
    """Half a name is nobody's name."""
    part = Text.join([Text.of("user:"), Text((_UNKNOWN,))])

    _, unsettled = _read(instance("m", role="r", member=part), "member")

    assert unsettled[0].reason == "known only in part: user:${?}: nobody said"


@pytest.mark.parametrize("values", [{}, {"members": None}, {"members": "user:a"}])
def test_members_that_are_no_list_are_left_open(values: dict[str, Plain]) -> None:
    """What is missing or misshapen is reported, not taken as nobody."""
    _, unsettled = _read(instance("b", role="r", **values), "binding")

    assert [item.attribute for item in unsettled] == ["members"]


def test_a_policy_is_read_from_its_json() -> None:
    """Every binding of the document, with its condition."""
    condition = {"title": "t", "expression": "true", "description": "d"}
    text = json.dumps({"bindings": [{"role": "r", "members": ["user:a", "user:b"], "condition": condition}]})

    found, unsettled = _read(_policy(text), "policy")

    assert [member.value for member in found[0].members] == ["user:a", "user:b"]
    assert found[0].condition == Text.of("true")
    assert unsettled == []


@pytest.mark.parametrize("text", ["{}", "null", '{"bindings": []}', '{"bindings": [{"role": "r"}]}'])
def test_an_empty_policy_binds_nobody(text: str) -> None:
    """The provider leaves empty fields out."""
    found, unsettled = _read(_policy(text), "policy")

    assert [binding.members for binding in found if binding.members] == []
    assert unsettled == []


@pytest.mark.parametrize(
    "text",
    [
        '{"Bindings": []}',
        '{"bindings": [{"Role": "r", "members": []}]}',
        '{"bindings": [{"role": "r", "MEMBERS": ["allUsers"]}]}',
        '{"bindings": [{"role": "r", "member\\u017f": ["allUsers"]}]}',
        '{"bindings": [{"role": "r", "members": [], "condition": {"title": "t", "Expression": "true"}}]}',
    ],
)
def test_a_key_in_other_letters_is_not_overlooked(text: str) -> None:
    """The provider matches keys without regard to case, so that such a policy means more than it seems to."""
    _, unsettled = _read(_policy(text), "policy")

    assert ["which the provider may read as" in item.reason for item in unsettled] == [True]


@pytest.mark.parametrize(
    "text",
    [
        '{"bindings": [{"role": "r"}], "bindings": []}',
        '{"bindings": [{"role": "r", "members": ["allUsers"], "members": []}]}',
    ],
)
def test_a_key_that_stands_twice_is_not_settled(text: str) -> None:
    """Readers of JSON disagree about which of the two counts."""
    _, unsettled = _read(_policy(text), "policy")

    assert any("twice" in item.reason for item in unsettled)


@pytest.mark.parametrize("text", ['{"bindings": {}}', '{"bindings": 1}', "[]", '"x"', '{"bindings": ["x"]}'])
def test_a_document_of_another_shape_is_left_open(text: str) -> None:
    """JSON that is not a policy is not an empty policy."""
    _, unsettled = _read(_policy(text), "policy")

    assert unsettled


@pytest.mark.parametrize("text", ["", "{", "{'bindings': []}"])
def test_text_that_is_no_json_is_refused(text: str) -> None:
    """The provider would refuse it as well."""
    with pytest.raises(InputError, match="policy_data is not a policy in JSON"):
        _read(_policy(text), "policy")


def test_an_unknown_policy_is_left_open() -> None:
    """A policy that Terraform knows after apply may say anything."""
    found, unsettled = _read(instance("p", policy_data=_UNKNOWN), "policy")

    assert found == []
    assert [(item.attribute, item.reason) for item in unsettled] == [("policy_data", "nobody said")]
