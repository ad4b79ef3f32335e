"""References find the instance of the same key, through for_each, count, module inputs and outputs."""

from __future__ import annotations

import pytest

from arco.policy.deployment import Deployment
from arco.policy.values import Text, Unknown, Value
from tests.fakes.plan_builder import Object, account, block, call, constant, custom_role, module, refer
from tests.fakes.plan_grants import ACCOUNT, MEMBER, NAME, ROLE, grant, load, reason_of, settle, value_of


def test_literal_key_picks_that_instance() -> None:
    """A reference with a key reads one instance of a `for_each`."""
    roles = [custom_role(f'{ROLE}["{key}"]', f"arco_{key}") for key in ("get", "put")]

    assert settle("role", refer(f'{ROLE}["get"].name'), *roles) == Text.of(NAME)


def test_literal_index_picks_that_instance() -> None:
    """A reference with a number reads one instance of a `count`."""
    roles = [custom_role(f"{ROLE}[{number}]", f"arco_{number}") for number in range(2)]

    assert settle("role", refer(f"{ROLE}[1].name"), *roles) == Text.of("projects/demo-project/roles/arco_1")


def test_reference_to_several_instances_stays_unknown() -> None:
    """A splat or computed key reads all instances as far as a plan shows."""
    roles = [custom_role(f'{ROLE}["{key}"]', f"arco_{key}") for key in ("get", "put")]

    assert "several instances" in reason_of(settle("role", refer(ROLE), *roles))


def _each(key: Object, keys: tuple[str, ...], role_keys: tuple[str, ...], **more: Object) -> Deployment:
    return load(
        *(grant(f'{MEMBER}["{one}"]', "role") for one in keys),
        *(custom_role(f'{ROLE}["{one}"]', f"arco_{number}") for number, one in enumerate(role_keys)),
        root=module(block(MEMBER, {"role": key}, **more)),
    )


def test_each_key_picks_the_instance_of_the_same_key() -> None:
    """`r[each.key].name` reads `r` and `each.key`, and only the attributes that are unknown can be meant."""
    loaded = _each(refer(ROLE, "each.key"), ("a", "b"), ("b", "a"))

    assert value_of(loaded, f'{MEMBER}["a"]', "role") == Text.of("projects/demo-project/roles/arco_1")
    assert value_of(loaded, f'{MEMBER}["b"]', "role") == Text.of("projects/demo-project/roles/arco_0")


def test_each_key_may_leave_instances_out() -> None:
    """Fewer grants than roles are fine as long as no text around the keys would fit."""
    assert isinstance(value_of(_each(refer(ROLE, "each.key"), ("a",), ("a", "b")), f'{MEMBER}["a"]', "role"), Text)


def test_each_key_stays_unknown_where_text_around_it_would_fit() -> None:
    """A plan does not show `r["${each.key}-x"]`."""
    loaded = _each(refer(ROLE, "each.key"), ("a", "b"), ("a", "b", "a-x", "b-x"))

    assert isinstance(value_of(loaded, f'{MEMBER}["a"]', "role"), Unknown)


def test_each_key_beside_an_attribute_stays_unknown() -> None:
    """`"${r.name}-${each.key}"` reads an attribute and the key: a combination."""
    assert isinstance(
        value_of(_each(refer(f"{ROLE}.name", "each.key"), ("a",), ("a",)), f'{MEMBER}["a"]', "role"), Unknown
    )


def test_each_value_of_a_chained_for_each_is_followed() -> None:
    """`for_each = r` makes each.value the role of the same key."""
    loaded = _each(refer("each.value.name"), ("a", "b"), ("a", "b"), for_each=refer(ROLE))

    assert value_of(loaded, f'{MEMBER}["b"]', "role") == Text.of("projects/demo-project/roles/arco_1")


@pytest.mark.parametrize("for_each", [refer("local.roles"), refer(ROLE, "var.x"), refer(f"{ROLE}.name"), constant([])])
def test_each_value_of_another_for_each_stays_unknown(for_each: Object) -> None:
    """What is not the resource itself may be anything."""
    loaded = _each(refer("each.value.name"), ("a",), ("a",), for_each=for_each)

    assert isinstance(value_of(loaded, f'{MEMBER}["a"]', "role"), Unknown)


def _count(grants: int, roles: int) -> Value:
    loaded = load(
        *(grant(f"{MEMBER}[{number}]", "role") for number in range(grants)),
        *(custom_role(f"{ROLE}[{number}]", f"arco_{number}") for number in range(roles)),
        root=module(block(MEMBER, {"role": refer(ROLE, "count.index")})),
    )
    return value_of(loaded, f"{MEMBER}[0]", "role")


def test_count_index_picks_the_instance_of_the_same_number() -> None:
    """As many grants as roles leave no room for a sum."""
    assert _count(2, 2) == Text.of("projects/demo-project/roles/arco_0")


def test_count_index_stays_unknown_where_a_sum_would_fit() -> None:
    """A plan does not show `r[count.index + 1]`."""
    assert isinstance(_count(2, 3), Unknown)


def test_module_input_is_followed_to_the_callers_resource() -> None:
    """A role passed into each instance of a module is the one of that instance."""
    child = module(block(MEMBER, {"role": refer("var.role")}))
    root = module(calls={"w": call({"role": refer(ROLE, "each.key")}, child)})
    keys = ("a", "b")

    loaded = load(
        *(grant(f'module.w["{key}"].{MEMBER}', "role") for key in keys),
        *(custom_role(f'{ROLE}["{key}"]', f"arco_{key}") for key in keys),
        root=root,
    )

    assert value_of(loaded, f'module.w["b"].{MEMBER}', "role") == Text.of("projects/demo-project/roles/arco_b")


def test_whole_resource_as_input_is_followed_to_the_attribute() -> None:
    """`var.role.name` of an input that is the resource reads its name; another attribute does not settle it."""
    for attribute, kind in (("name", Text), ("title", Unknown)):
        child = module(block(MEMBER, {"role": refer(f"var.role.{attribute}")}))
        root = module(calls={"w": call({"role": refer(ROLE)}, child)})

        loaded = load(grant(f"module.w.{MEMBER}", "role"), custom_role(ROLE, "arco_get"), root=root)

        assert isinstance(value_of(loaded, f"module.w.{MEMBER}", "role"), kind)


def test_module_output_is_followed_into_the_module() -> None:
    """An output that is a role's name stands for it, with a module's key too."""
    child = module(outputs={"role": refer(f"{ROLE}.name")})
    root = module(block(MEMBER, {"role": refer('module.roles["x"].role')}), calls={"roles": call({}, child)})

    loaded = load(grant(MEMBER, "role"), custom_role(f'module.roles["x"].{ROLE}', "arco_get"), root=root)

    assert value_of(loaded, MEMBER, "role") == Text.of(NAME)


def test_output_passed_into_another_module_is_followed() -> None:
    """Outputs and inputs may be chained."""
    roles = module(outputs={"role": refer(f"{ROLE}.id")})
    grants = module(block(MEMBER, {"role": refer("var.role")}))
    root = module(calls={"roles": call({}, roles), "grants": call({"role": refer("module.roles.role")}, grants)})

    loaded = load(grant(f"module.grants.{MEMBER}", "role"), custom_role(f"module.roles.{ROLE}", "arco_get"), root=root)

    assert value_of(loaded, f"module.grants.{MEMBER}", "role") == Text.of(NAME)


@pytest.mark.parametrize(
    "given", [refer(f"{ROLE}.name", "var.suffix"), refer("local.role"), constant("x"), refer("module.absent.role"), {}]
)
def test_input_that_cannot_be_rebuilt_stays_unknown(given: Object) -> None:
    """An input is held to the same rule as an attribute."""
    child = module(block(MEMBER, {"role": refer("var.role")}))
    root = module(calls={"w": call({"role": given}, child)})

    loaded = load(grant(f"module.w.{MEMBER}", "role"), custom_role(ROLE, "arco_get"), root=root)

    assert isinstance(value_of(loaded, f"module.w.{MEMBER}", "role"), Unknown)


def test_input_indexed_by_the_key_stays_unknown() -> None:
    """`var.roles[each.key]` does not show which of the input's values is read."""
    child = module(block(MEMBER, {"role": refer("var.roles", "each.key")}))
    root = module(calls={"w": call({"roles": refer(ROLE)}, child)})

    loaded = load(
        grant(f'module.w.{MEMBER}["a"]', "role"),
        custom_role(f'{ROLE}["a"]', "a_role"),
        custom_role(f'{ROLE}["b"]', "b_role"),
        root=root,
    )

    assert isinstance(value_of(loaded, f'module.w.{MEMBER}["a"]', "role"), Unknown)


def test_input_of_one_role_indexed_by_the_key_stays_unknown() -> None:
    """Not even an input with one reference shows what `var.roles[each.key]` reads."""
    child = module(block(MEMBER, {"role": refer("var.roles", "each.key")}))
    root = module(calls={"w": call({"roles": refer(f"{ROLE}.name")}, child)})

    loaded = load(grant(f'module.w.{MEMBER}["a"]', "role"), custom_role(ROLE, "arco_get"), root=root)

    assert isinstance(value_of(loaded, f'module.w.{MEMBER}["a"]', "role"), Unknown)


def test_two_whole_references_are_two() -> None:
    """A repeated resource is a second reference, not a prefix of the first."""
    assert isinstance(value_of(_each(refer(ROLE, ROLE, "each.key"), ("a",), ("a",)), f'{MEMBER}["a"]', "role"), Unknown)


def test_module_indexed_by_the_key_stays_unknown() -> None:
    """`module.m[each.key].role` does not show which output is read."""
    root = module(
        block(MEMBER, {"role": refer("module.m", "each.key")}),
        calls={"m": call({}, module(outputs={"role": refer(f"{ROLE}.name")}))},
    )

    loaded = load(grant(f'{MEMBER}["a"]', "role"), custom_role(f'module.m["a"].{ROLE}', "arco_get"), root=root)

    assert isinstance(value_of(loaded, f'{MEMBER}["a"]', "role"), Unknown)


def test_reference_reads_its_own_module_instance() -> None:
    """Two instances of a module read their own accounts, not each other's."""
    child = module(block(MEMBER, {"member": refer(f"{ACCOUNT}.member")}))
    keys = ("acme/prod", "acme/lab")

    loaded = load(
        *(grant(f'module.w["{key}"].{MEMBER}', "member") for key in keys),
        *(account(f'module.w["{key}"].{ACCOUNT}', f"reader-{key[5:]}") for key in keys),
        root=module(calls={"w": call({}, child)}),
    )

    assert value_of(loaded, f'module.w["acme/lab"].{MEMBER}', "member") == Text.of(
        "serviceAccount:reader-lab@demo-project.iam.gserviceaccount.com"
    )


def test_reference_in_a_circle_is_not_followed_forever() -> None:
    """Terraform refuses circles; a file that has one is refused or leaves the value unknown."""
    child = module(block(MEMBER, {"role": refer("var.role")}), outputs={"role": refer("var.role")})
    root = module(calls={"w": call({"role": refer("module.w.role")}, child)})

    loaded = load(grant(f"module.w.{MEMBER}", "role"), root=root)

    assert isinstance(value_of(loaded, f"module.w.{MEMBER}", "role"), Unknown)
