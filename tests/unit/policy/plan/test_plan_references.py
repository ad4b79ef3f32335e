"""What a plan leaves unknown is settled through references only where it is sound, and listed as an assumption."""

from __future__ import annotations

import pytest

from arco.policy.deployment import Deployment
from arco.policy.terraform.plan import load_plan_text
from arco.policy.values import Text, Unknown, Value
from tests.fakes.plan_builder import (
    Json,
    Object,
    account,
    block,
    call,
    change,
    constant,
    custom_role,
    module,
    plan,
    refer,
    stored,
    text,
)

MEMBER = "google_storage_bucket_iam_member.x"
BINDING = "google_storage_bucket_iam_binding.x"
ROLE = "google_project_iam_custom_role.r"
ACCOUNT = "google_service_account.a"
BUCKET = "google_storage_bucket.b"
NAME = "projects/demo-project/roles/arco_get"
EMAIL = "reader@demo-project.iam.gserviceaccount.com"


def _load(*changes: Object, root: Object, **more: Json) -> Deployment:
    return load_plan_text(text(plan(*changes, root=root, more=more)), "plan.json")


def _value(loaded: Deployment, address: str, name: str) -> Value:
    (instance,) = [one for one in loaded.instances if one.address == address]
    return instance.values[name]


def _member(address: str = MEMBER, *unknown: str) -> Object:
    after: Object = {"bucket": "demo", "role": "roles/x", "member": "allUsers", "condition": []}
    known: Object = {name: value for name, value in after.items() if name not in unknown}
    return change(address, known, unknown=dict.fromkeys(unknown, True))


def _settle(attribute: str, expression: Object, *others: Object) -> Value:
    """Load a grant whose `attribute` is unknown and written as `expression`, beside `others`."""
    root = module(block(MEMBER, {attribute: expression}))
    return _value(_load(_member(MEMBER, attribute), *others, root=root), MEMBER, attribute)


def _reason(value: Value) -> str:
    assert isinstance(value, Unknown)
    return value.reason


def test_role_that_refers_to_a_custom_role_is_its_name() -> None:
    """A role's name is computed by the provider from its project and id."""
    for attribute in ("name", "id"):
        assert _settle("role", refer(f"{ROLE}.{attribute}"), custom_role(ROLE, "arco_get")) == Text.of(NAME)


def test_role_of_an_organization_is_resolved_too() -> None:
    """Organisation roles have another name."""
    address = "google_organization_iam_custom_role.r"
    role = change(address, {"role_id": "arco_get", "org_id": "123"}, unknown={"name": True, "id": True})

    assert _settle("role", refer(f"{address}.name"), role) == Text.of("organizations/123/roles/arco_get")


@pytest.mark.parametrize("attribute", ["title", "role_id", "stage", "deleted", "permissions"])
def test_role_that_refers_to_another_attribute_stays_unknown(attribute: str) -> None:
    """Only the role's name can stand in a binding."""
    assert "does not settle it" in _reason(_settle("role", refer(f"{ROLE}.{attribute}"), custom_role(ROLE, "arco_get")))


def test_member_that_refers_to_an_account_is_that_account() -> None:
    """IAM accepts an account's e-mail behind one prefix only, so text beside `.email` is known."""
    for attribute in ("member", "email"):
        found = _settle("member", refer(f"{ACCOUNT}.{attribute}"), account(ACCOUNT, "reader"))

        assert found == Text.of(f"serviceAccount:{EMAIL}")


@pytest.mark.parametrize("attribute", ["name", "id", "unique_id", "account_id"])
def test_member_that_refers_to_no_email_stays_unknown(attribute: str) -> None:
    """Another attribute of an account is no member as it stands."""
    assert isinstance(_settle("member", refer(f"{ACCOUNT}.{attribute}"), account(ACCOUNT, "reader")), Unknown)


def test_member_stays_unknown_where_the_accounts_email_is_known() -> None:
    """A known e-mail cannot be what makes a member unknown, so something else does."""
    found = _settle("member", refer(f"{ACCOUNT}.email"), account(ACCOUNT, "reader", known=True))

    assert "does not settle it" in _reason(found)


@pytest.mark.parametrize("project", ["example.com:demo", "123456789012", "demo_project"])
def test_account_of_an_unusual_project_stays_unknown(project: str) -> None:
    """The e-mail of a domain-scoped or numbered project does not follow the rule."""
    found = _settle("member", refer(f"{ACCOUNT}.email"), account(ACCOUNT, "reader", project=project))

    assert "is not known either" in _reason(found)


def test_bucket_that_refers_to_a_buckets_id_is_its_name() -> None:
    """A bucket's id is its name."""
    bucket = change(BUCKET, {"name": "demo-bucket"}, unknown={"id": True, "url": True})

    assert _settle("bucket", refer(f"{BUCKET}.id"), bucket) == Text.of("demo-bucket")


def test_bucket_with_a_random_name_stays_unknown() -> None:
    """A random suffix is known only after apply."""
    bucket = change(BUCKET, {}, unknown={"id": True, "name": True})

    assert "known only after apply" in _reason(_settle("bucket", refer(f"{BUCKET}.id"), bucket))
    assert "known only after apply" in _reason(_settle("bucket", refer(f"{BUCKET}.name"), bucket))


def test_bucket_through_a_managed_folder_is_followed() -> None:
    """One resource may pass on the bucket that it was given."""
    folder = "google_storage_managed_folder.f"
    grant = "google_storage_managed_folder_iam_member.x"
    root = module(block(grant, {"bucket": refer(f"{folder}.bucket")}), block(folder, {"bucket": refer(f"{BUCKET}.id")}))

    loaded = _load(
        _member(grant, "bucket"),
        change(folder, {"name": "f/"}, unknown={"bucket": True, "id": True}),
        change(BUCKET, {"name": "demo-bucket"}, unknown={"id": True}),
        root=root,
    )

    assert _value(loaded, grant, "bucket") == Text.of("demo-bucket")


def test_service_account_id_is_the_accounts_full_name() -> None:
    """Impersonation names the account that is taken over."""
    grant = "google_service_account_iam_member.x"
    for attribute in ("name", "id"):
        loaded = _load(
            change(grant, {"role": "roles/x"}, unknown={"service_account_id": True}),
            account(ACCOUNT, "reader"),
            root=module(block(grant, {"service_account_id": refer(f"{ACCOUNT}.{attribute}")})),
        )

        assert _value(loaded, grant, "service_account_id") == Text.of(f"projects/demo-project/serviceAccounts/{EMAIL}")


def test_workload_in_a_nested_block_carries_its_account() -> None:
    """Nested blocks are followed as the attributes of the top are."""
    service = "google_cloud_run_v2_service.s"
    loaded = _load(
        change(service, {"template": [{}]}, unknown={"template": [{"service_account": True}]}),
        account(ACCOUNT, "reader"),
        root=module(block(service, {"template": [{"service_account": refer(f"{ACCOUNT}.email")}]})),
    )

    assert _value(loaded, service, "template") == ({"service_account": Text.of(EMAIL)},)


def test_every_reference_taken_is_listed_as_an_assumption() -> None:
    """What rests on a lone reference is said, with the value and what it reads."""
    loaded = _load(
        _member(MEMBER, "role"),
        custom_role(ROLE, "arco_get"),
        root=module(block(MEMBER, {"role": refer(f"{ROLE}.name")})),
    )

    assert loaded.assumptions == (f"{MEMBER}.role is {NAME}, as it refers to {ROLE}.name alone",)


def test_known_plan_assumes_nothing() -> None:
    """Values that the plan states need no assumption."""
    assert not _load(_member(), root=module(block(MEMBER, {}))).assumptions


@pytest.mark.parametrize(
    ("references", "words"),
    [
        ((f"{ROLE}.name", "var.suffix"), "several references"),
        ((f"{ROLE}.name", f"{ROLE}.name"), "several references"),
        (("var.admin", f"{ROLE}.name"), "several references"),
        (("local.role",), "local value"),
        (("each.key",), "for_each"),
        (("each.value.role",), "for_each"),
        (("data.google_iam_role.r.name",), "data source"),
        (("google_project_iam_custom_role.absent.name",), "no google_project_iam_custom_role.absent"),
        (("google_storage_bucket.b.id",), "does not settle it"),
        ((), "does not show what it refers to"),
    ],
)
def test_role_that_cannot_be_rebuilt_stays_unknown(references: tuple[str, ...], words: str) -> None:
    """Combined, hidden or unrelated references are never guessed at, and the reason says why."""
    bucket = change(BUCKET, {"name": "demo-bucket"}, unknown={"id": True})
    expression = refer(*references) if references else {}

    assert words in _reason(_settle("role", expression, custom_role(ROLE, "arco_get"), bucket))


@pytest.mark.parametrize("expression", [{"references": "x"}, {"references": [1]}, {"references": [".."]}, 1, "x", []])
def test_expression_of_another_shape_stays_unknown(expression: Json) -> None:
    """A configuration that is not understood settles nothing."""
    root = module(block(MEMBER, {"role": expression}))

    assert isinstance(_value(_load(_member(MEMBER, "role"), root=root), MEMBER, "role"), Unknown)


def test_role_stays_unknown_beside_one_whose_name_continues_it() -> None:
    """A plan does not show `"${role.name}_all"`, so a role of that name makes the reference ambiguous."""
    found = _settle(
        "role",
        refer(f"{ROLE}.name"),
        custom_role(ROLE, "arco_get"),
        custom_role("google_project_iam_custom_role.other", "arco_get_all"),
    )

    assert "text around that could name something else" in _reason(found)


def test_email_stays_unknown_beside_one_that_ends_in_it() -> None:
    """A plan does not show `"serviceAccount:data-${account.email}"` either; `.member` leaves no room for text."""
    other = account("google_service_account.other", "data-reader")

    assert isinstance(_settle("member", refer(f"{ACCOUNT}.email"), account(ACCOUNT, "reader"), other), Unknown)
    assert isinstance(_settle("member", refer(f"{ACCOUNT}.member"), account(ACCOUNT, "reader"), other), Text)


def test_literal_key_picks_that_instance() -> None:
    """A reference with a key reads one instance of a `for_each`."""
    roles = [custom_role(f'{ROLE}["{key}"]', f"arco_{key}") for key in ("get", "put")]

    assert _settle("role", refer(f'{ROLE}["get"].name'), *roles) == Text.of(NAME)


def test_literal_index_picks_that_instance() -> None:
    """A reference with a number reads one instance of a `count`."""
    roles = [custom_role(f"{ROLE}[{number}]", f"arco_{number}") for number in range(2)]

    assert _settle("role", refer(f"{ROLE}[1].name"), *roles) == Text.of("projects/demo-project/roles/arco_1")


def test_reference_to_several_instances_stays_unknown() -> None:
    """A splat or computed key reads all instances as far as a plan shows."""
    roles = [custom_role(f'{ROLE}["{key}"]', f"arco_{key}") for key in ("get", "put")]

    assert "several instances" in _reason(_settle("role", refer(ROLE), *roles))


def _each(key: Object, keys: tuple[str, ...], role_keys: tuple[str, ...], **more: Object) -> Deployment:
    return _load(
        *(_member(f'{MEMBER}["{one}"]', "role") for one in keys),
        *(custom_role(f'{ROLE}["{one}"]', f"arco_{number}") for number, one in enumerate(role_keys)),
        root=module(block(MEMBER, {"role": key}, **more)),
    )


def test_each_key_picks_the_instance_of_the_same_key() -> None:
    """`r[each.key].name` reads `r` and `each.key`, and only the attributes that are unknown can be meant."""
    loaded = _each(refer(ROLE, "each.key"), ("a", "b"), ("b", "a"))

    assert _value(loaded, f'{MEMBER}["a"]', "role") == Text.of("projects/demo-project/roles/arco_1")
    assert _value(loaded, f'{MEMBER}["b"]', "role") == Text.of("projects/demo-project/roles/arco_0")


def test_each_key_may_leave_instances_out() -> None:
    """Fewer grants than roles are fine as long as no text around the keys would fit."""
    assert isinstance(_value(_each(refer(ROLE, "each.key"), ("a",), ("a", "b")), f'{MEMBER}["a"]', "role"), Text)


def test_each_key_stays_unknown_where_text_around_it_would_fit() -> None:
    """A plan does not show `r["${each.key}-x"]`."""
    loaded = _each(refer(ROLE, "each.key"), ("a", "b"), ("a", "b", "a-x", "b-x"))

    assert isinstance(_value(loaded, f'{MEMBER}["a"]', "role"), Unknown)


def test_each_key_beside_an_attribute_stays_unknown() -> None:
    """`"${r.name}-${each.key}"` reads an attribute and the key: a combination."""
    assert isinstance(
        _value(_each(refer(f"{ROLE}.name", "each.key"), ("a",), ("a",)), f'{MEMBER}["a"]', "role"), Unknown
    )


def test_each_value_of_a_chained_for_each_is_followed() -> None:
    """`for_each = r` makes each.value the role of the same key."""
    loaded = _each(refer("each.value.name"), ("a", "b"), ("a", "b"), for_each=refer(ROLE))

    assert _value(loaded, f'{MEMBER}["b"]', "role") == Text.of("projects/demo-project/roles/arco_1")


@pytest.mark.parametrize("for_each", [refer("local.roles"), refer(ROLE, "var.x"), refer(f"{ROLE}.name"), constant([])])
def test_each_value_of_another_for_each_stays_unknown(for_each: Object) -> None:
    """What is not the resource itself may be anything."""
    loaded = _each(refer("each.value.name"), ("a",), ("a",), for_each=for_each)

    assert isinstance(_value(loaded, f'{MEMBER}["a"]', "role"), Unknown)


def _count(grants: int, roles: int) -> Value:
    loaded = _load(
        *(_member(f"{MEMBER}[{number}]", "role") for number in range(grants)),
        *(custom_role(f"{ROLE}[{number}]", f"arco_{number}") for number in range(roles)),
        root=module(block(MEMBER, {"role": refer(ROLE, "count.index")})),
    )
    return _value(loaded, f"{MEMBER}[0]", "role")


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

    loaded = _load(
        *(_member(f'module.w["{key}"].{MEMBER}', "role") for key in keys),
        *(custom_role(f'{ROLE}["{key}"]', f"arco_{key}") for key in keys),
        root=root,
    )

    assert _value(loaded, f'module.w["b"].{MEMBER}', "role") == Text.of("projects/demo-project/roles/arco_b")


def test_whole_resource_as_input_is_followed_to_the_attribute() -> None:
    """`var.role.name` of an input that is the resource reads its name; another attribute does not settle it."""
    for attribute, kind in (("name", Text), ("title", Unknown)):
        child = module(block(MEMBER, {"role": refer(f"var.role.{attribute}")}))
        root = module(calls={"w": call({"role": refer(ROLE)}, child)})

        loaded = _load(_member(f"module.w.{MEMBER}", "role"), custom_role(ROLE, "arco_get"), root=root)

        assert isinstance(_value(loaded, f"module.w.{MEMBER}", "role"), kind)


def test_module_output_is_followed_into_the_module() -> None:
    """An output that is a role's name stands for it, with a module's key too."""
    child = module(outputs={"role": refer(f"{ROLE}.name")})
    root = module(block(MEMBER, {"role": refer('module.roles["x"].role')}), calls={"roles": call({}, child)})

    loaded = _load(_member(MEMBER, "role"), custom_role(f'module.roles["x"].{ROLE}', "arco_get"), root=root)

    assert _value(loaded, MEMBER, "role") == Text.of(NAME)


def test_output_passed_into_another_module_is_followed() -> None:
    """Outputs and inputs may be chained."""
    roles = module(outputs={"role": refer(f"{ROLE}.id")})
    grants = module(block(MEMBER, {"role": refer("var.role")}))
    root = module(calls={"roles": call({}, roles), "grants": call({"role": refer("module.roles.role")}, grants)})

    loaded = _load(
        _member(f"module.grants.{MEMBER}", "role"), custom_role(f"module.roles.{ROLE}", "arco_get"), root=root
    )

    assert _value(loaded, f"module.grants.{MEMBER}", "role") == Text.of(NAME)


@pytest.mark.parametrize(
    "given", [refer(f"{ROLE}.name", "var.suffix"), refer("local.role"), constant("x"), refer("module.absent.role"), {}]
)
def test_input_that_cannot_be_rebuilt_stays_unknown(given: Object) -> None:
    """An input is held to the same rule as an attribute."""
    child = module(block(MEMBER, {"role": refer("var.role")}))
    root = module(calls={"w": call({"role": given}, child)})

    loaded = _load(_member(f"module.w.{MEMBER}", "role"), custom_role(ROLE, "arco_get"), root=root)

    assert isinstance(_value(loaded, f"module.w.{MEMBER}", "role"), Unknown)


def test_input_indexed_by_the_key_stays_unknown() -> None:
    """`var.roles[each.key]` does not show which of the input's values is read."""
    child = module(block(MEMBER, {"role": refer("var.roles", "each.key")}))
    root = module(calls={"w": call({"roles": refer(ROLE)}, child)})

    loaded = _load(
        _member(f'module.w.{MEMBER}["a"]', "role"),
        custom_role(f'{ROLE}["a"]', "a_role"),
        custom_role(f'{ROLE}["b"]', "b_role"),
        root=root,
    )

    assert isinstance(_value(loaded, f'module.w.{MEMBER}["a"]', "role"), Unknown)


def test_module_indexed_by_the_key_stays_unknown() -> None:
    """`module.m[each.key].role` does not show which output is read."""
    root = module(
        block(MEMBER, {"role": refer("module.m", "each.key")}),
        calls={"m": call({}, module(outputs={"role": refer(f"{ROLE}.name")}))},
    )

    loaded = _load(_member(f'{MEMBER}["a"]', "role"), custom_role(f'module.m["a"].{ROLE}', "arco_get"), root=root)

    assert isinstance(_value(loaded, f'{MEMBER}["a"]', "role"), Unknown)


def test_reference_reads_its_own_module_instance() -> None:
    """Two instances of a module read their own accounts, not each other's."""
    child = module(block(MEMBER, {"member": refer(f"{ACCOUNT}.member")}))
    keys = ("acme/prod", "acme/lab")

    loaded = _load(
        *(_member(f'module.w["{key}"].{MEMBER}', "member") for key in keys),
        *(account(f'module.w["{key}"].{ACCOUNT}', f"reader-{key[5:]}") for key in keys),
        root=module(calls={"w": call({}, child)}),
    )

    assert _value(loaded, f'module.w["acme/lab"].{MEMBER}', "member") == Text.of(
        "serviceAccount:reader-lab@demo-project.iam.gserviceaccount.com"
    )


def _members(expression: Object, items: list[Json], *others: Object) -> Value:
    marks: list[Json] = [item is None for item in items]
    binding = change(BINDING, {"role": "roles/x", "members": items}, unknown={"members": marks})
    root = module(block(BINDING, {"members": expression}))
    return _value(_load(binding, *others, root=root), BINDING, "members")


def test_one_unknown_member_is_the_one_account_that_is_read() -> None:
    """Constants in a list have no reference."""
    found = _members(refer(f"{ACCOUNT}.member"), ["allUsers", None], account(ACCOUNT, "reader"))

    assert found == (Text.of("allUsers"), Text.of(f"serviceAccount:{EMAIL}"))


def test_as_many_unknown_members_as_accounts_are_those_accounts() -> None:
    """Two references and two unknown items are the two accounts, in whatever order."""
    accounts = [account(f"google_service_account.{name}", f"{name}-account") for name in ("a", "b")]

    found = _members(refer("google_service_account.b.email", "google_service_account.a.email"), [None, None], *accounts)

    assert found == tuple(
        Text.of(f"serviceAccount:{name}-account@demo-project.iam.gserviceaccount.com") for name in ("a", "b")
    )


def test_splat_over_all_accounts_is_all_of_them() -> None:
    """A list over a whole resource has as many unknown items as instances."""
    accounts = [account(f'{ACCOUNT}["{key}"]', f"reader-{key}") for key in ("x", "y")]

    found = _members(refer(ACCOUNT), [None, None], *accounts)

    assert isinstance(found, tuple)
    assert all(isinstance(item, Text) for item in found)


@pytest.mark.parametrize(
    ("references", "items"),
    [
        ((f"{ACCOUNT}.email", "google_service_account.b.email"), [None]),
        ((f"{ACCOUNT}.email",), [None, None]),
        ((f"{ACCOUNT}.email", "var.more"), [None, None]),
        (("local.members",), [None]),
    ],
)
def test_members_that_do_not_match_their_references_stay_unknown(
    references: tuple[str, ...], items: list[Json]
) -> None:
    """Where numbers differ or a reference is hidden, every unknown member stays unknown."""
    found = _members(
        refer(*references), items, account(ACCOUNT, "reader"), account("google_service_account.b", "other-one")
    )

    assert isinstance(found, tuple)
    assert all(isinstance(item, Unknown) for item in found)


def test_members_that_are_unknown_as_a_whole_stay_unknown() -> None:
    """A list without known length is not one account."""
    binding = change(BINDING, {"role": "roles/x"}, unknown={"members": True})
    root = module(block(BINDING, {"members": refer(f"{ACCOUNT}.member")}))

    loaded = _load(binding, account(ACCOUNT, "reader"), root=root)

    assert isinstance(_value(loaded, BINDING, "members"), Unknown)


def test_forgotten_instance_is_not_what_a_reference_reads() -> None:
    """Configuration refers to what Terraform manages, not to what it lets go of."""
    forgotten = change(ACCOUNT, None, before={"account_id": "reader", "project": "demo-project"}, actions=["forget"])

    assert isinstance(_settle("member", refer(f"{ACCOUNT}.member"), forgotten), Unknown)


def test_accounts_own_computed_attributes_are_filled_in() -> None:
    """What the provider computes from known attributes is known here."""
    loaded = _load(account(ACCOUNT, "reader"), root=module())

    assert _value(loaded, ACCOUNT, "email") == Text.of(EMAIL)
    assert _value(loaded, ACCOUNT, "member") == Text.of(f"serviceAccount:{EMAIL}")
    assert isinstance(_value(loaded, ACCOUNT, "unique_id"), Unknown)


def _without_project(provider: Object, expressions: Object) -> Value:
    found = change(ACCOUNT, {"account_id": "reader"}, unknown={"project": True, "email": True})
    configuration: Object = {
        "provider_config": {"google": {"name": "google", "expressions": provider}},
        "root_module": module(block(ACCOUNT, expressions)),
    }
    return _value(_load(found, root=module(), configuration=configuration), ACCOUNT, "email")


def test_project_of_the_provider_is_taken_if_it_is_a_constant() -> None:
    """An account without a project is in the provider's."""
    assert _without_project({"project": constant("demo-project")}, {}) == Text.of(EMAIL)


def test_project_of_the_provider_that_is_computed_stays_unknown() -> None:
    """A variable may stand beside text that a plan does not show."""
    assert isinstance(_without_project({"project": refer("var.project")}, {}), Unknown)


def test_project_that_the_block_computes_is_not_the_providers() -> None:
    """An unknown project of the block's own is another one."""
    found = _without_project({"project": constant("demo-project")}, {"project": refer("google_project.p.project_id")})

    assert isinstance(found, Unknown)


def test_data_source_in_the_state_does_not_settle_an_unknown() -> None:
    """A data source that was read is known, so it cannot be what is unknown."""
    prior: Object = {"resources": [stored("data.google_service_account.d", {"email": EMAIL})]}
    root = module(block(MEMBER, {"member": refer("data.google_service_account.d.email")}))

    loaded = load_plan_text(text(plan(_member(MEMBER, "member"), root=root, prior=prior)), "plan.json")

    assert isinstance(_value(loaded, MEMBER, "member"), Unknown)


def test_reference_in_a_circle_is_not_followed_forever() -> None:
    """Terraform refuses circles; a file that has one is refused or leaves the value unknown."""
    child = module(block(MEMBER, {"role": refer("var.role")}), outputs={"role": refer("var.role")})
    root = module(calls={"w": call({"role": refer("module.w.role")}, child)})

    loaded = _load(_member(f"module.w.{MEMBER}", "role"), root=root)

    assert isinstance(_value(loaded, f"module.w.{MEMBER}", "role"), Unknown)
