"""Static mode: the JSON of data.google_iam_policy, written by hand from what the provider documents and does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from arco.policy.deployment import Deployment
from arco.policy.values import Document, Text, Unknown

Loader = Callable[..., Deployment]


def policy(load: Loader, blocks: str) -> Document:
    """Give the policy_data of one data source."""
    deployment = load(f'resource "terraform_data" "u" {{\n}}\ndata "google_iam_policy" "p" {{\n{blocks}\n}}\n')
    value = deployment.instances[1].values["policy_data"]
    assert deployment.instances[1].data
    assert isinstance(value, Document)
    return value


def binding(role: str, members: str, condition: str = "") -> str:
    """Write a binding block."""
    return f'binding {{\n  role = "{role}"\n  members = {members}\n{condition}\n}}\n'


def condition(title: str, expression: str, description: str = "") -> str:
    """Write a condition block."""
    described = f'  description = "{description}"\n' if description else ""
    return f'condition {{\n  title = "{title}"\n  expression = "{expression}"\n{described}}}\n'


def test_no_bindings_is_an_empty_object(load: Loader) -> None:
    """The provider leaves empty lists out."""
    assert policy(load, "").text.value == "{}"


def test_bindings_and_members_are_sorted(load: Loader) -> None:
    """By role, then without a condition before with one; members as strings."""
    blocks = (
        binding("roles/b", '["user:z@x", "user:a@x", "user:z@x"]')
        + binding("roles/a", '["user:b@x"]', condition("t", "true"))
        + binding("roles/a", '["user:a@x"]')
    )

    assert policy(load, blocks).text.value == (
        '{"bindings":['
        '{"members":["user:a@x"],"role":"roles/a"},'
        '{"condition":{"expression":"true","title":"t"},"members":["user:b@x"],"role":"roles/a"},'
        '{"members":["user:a@x","user:z@x"],"role":"roles/b"}]}'
    )


def test_equal_role_and_condition_are_merged(load: Loader) -> None:
    """Members of both blocks stand in one binding, repeated if both name them; a repeated block counts once."""
    one = binding("r", '["a", "b"]', condition("t", "e", "d"))
    two = binding("r", '["b", "c"]', condition("t", "e", "d"))

    assert policy(load, one + two + one).text.value == (
        '{"bindings":[{"condition":{"description":"d","expression":"e","title":"t"},"members":["a","b","b","c"],"role":"r"}]}'
    )


def test_conditions_sort_by_expression_then_title_then_description(load: Loader) -> None:
    """The provider's order."""
    blocks = "".join(
        binding("r", '["m"]', condition(*parts))
        for parts in (("b", "x"), ("a", "y"), ("a", "x", "2"), ("a", "x", "1"), ("a", "x"))
    )
    content = policy(load, blocks).content
    assert isinstance(content, Mapping)
    bindings = content["bindings"]
    assert isinstance(bindings, tuple)
    found = [
        "".join(text.value for name in ("expression", "title", "description") if isinstance(text := part[name], Text))
        for item in bindings
        if isinstance(item, Mapping) and isinstance(part := item["condition"], Mapping)
    ]

    assert found == ["xa", "xa1", "xa2", "xb", "ya"]


def test_go_spells_the_json(load: Loader) -> None:
    """`&`, `<` and `>` are escaped, other characters are not."""
    text = policy(load, binding("r", '["m"]', condition("é", 'a && b < c > \\"d\\"'))).text.value

    assert r"a \u0026\u0026 b \u003c c \u003e \"d\"" in text
    assert '"title":"é"' in text


def test_an_unknown_member_leaves_the_rest_visible(load: Loader) -> None:
    """The text is unknown; the content says what is known, and what is not."""
    blocks = binding("r", '["user:a@x", "user:${terraform_data.u.id}"]') + binding("s", '["m"]')
    document = policy(load, blocks)
    content = document.content
    assert isinstance(content, Mapping)
    bindings = content["bindings"]
    assert isinstance(bindings, tuple)
    first = bindings[0]
    assert isinstance(first, Mapping)
    members = first["members"]
    assert isinstance(members, tuple)

    assert not document.text.known
    assert [member.display() for member in members if isinstance(member, Text)] == ["user:a@x", "user:${?}"]
    assert len(bindings) == 2


def test_an_unknown_number_of_bindings_is_unknown(load: Loader) -> None:
    """A dynamic block that cannot be expanded makes the bindings unknown, never fewer."""
    blocks = 'dynamic "binding" {\n for_each = terraform_data.u.output\n content {\n  role = "r"\n }\n}\n'
    content = policy(load, blocks + binding("s", '["m"]')).content
    assert isinstance(content, Mapping)

    assert isinstance(content["bindings"], Unknown)
