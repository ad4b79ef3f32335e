"""What a plan leaves unknown is settled through references only where it is sound, and listed as an assumption."""

from __future__ import annotations

import pytest

from arco.policy.terraform.plan import load_plan_text
from arco.policy.values import Text, Unknown, Value
from tests.fakes.plan_builder import (
    Json,
    Object,
    account,
    block,
    change,
    constant,
    custom_role,
    module,
    plan,
    refer,
    stored,
    text,
)
from tests.fakes.plan_grants import ACCOUNT, BUCKET, EMAIL, MEMBER, NAME, ROLE, grant, load, reason_of, settle, value_of


def test_role_that_refers_to_a_custom_role_is_its_name() -> None:
    """A role's name is computed by the provider from its project and id."""
    for attribute in ("name", "id"):
        assert settle("role", refer(f"{ROLE}.{attribute}"), custom_role(ROLE, "arco_get")) == Text.of(NAME)


def test_role_of_an_organization_is_resolved_too() -> None:
    """Organisation roles have another name."""
    address = "google_organization_iam_custom_role.r"
    role = change(address, {"role_id": "arco_get", "org_id": "123"}, unknown={"name": True, "id": True})

    assert settle("role", refer(f"{address}.name"), role) == Text.of("organizations/123/roles/arco_get")


@pytest.mark.parametrize("attribute", ["title", "role_id", "stage", "deleted", "permissions"])
def test_role_that_refers_to_another_attribute_stays_unknown(attribute: str) -> None:
    """Only the role's name can stand in a binding."""
    assert "does not settle it" in reason_of(
        settle("role", refer(f"{ROLE}.{attribute}"), custom_role(ROLE, "arco_get"))
    )


def test_member_that_refers_to_an_account_is_that_account() -> None:
    """IAM accepts an account's e-mail behind one prefix only, so text beside `.email` is known."""
    for attribute in ("member", "email"):
        found = settle("member", refer(f"{ACCOUNT}.{attribute}"), account(ACCOUNT, "reader"))

        assert found == Text.of(f"serviceAccount:{EMAIL}")


@pytest.mark.parametrize("attribute", ["name", "id", "unique_id", "account_id"])
def test_member_that_refers_to_no_email_stays_unknown(attribute: str) -> None:
    """Another attribute of an account is no member as it stands."""
    assert isinstance(settle("member", refer(f"{ACCOUNT}.{attribute}"), account(ACCOUNT, "reader")), Unknown)


def test_member_stays_unknown_where_the_accounts_email_is_known() -> None:
    """A known e-mail cannot be what makes a member unknown, so something else does."""
    found = settle("member", refer(f"{ACCOUNT}.email"), account(ACCOUNT, "reader", known=True))

    assert "does not settle it" in reason_of(found)


@pytest.mark.parametrize("project", ["example.com:demo", "123456789012", "demo_project"])
def test_account_of_an_unusual_project_stays_unknown(project: str) -> None:
    """The e-mail of a domain-scoped or numbered project does not follow the rule."""
    found = settle("member", refer(f"{ACCOUNT}.email"), account(ACCOUNT, "reader", project=project))

    assert "is not known either" in reason_of(found)


def test_bucket_that_refers_to_a_buckets_id_is_its_name() -> None:
    """A bucket's id is its name."""
    bucket = change(BUCKET, {"name": "demo-bucket"}, unknown={"id": True, "url": True})

    assert settle("bucket", refer(f"{BUCKET}.id"), bucket) == Text.of("demo-bucket")


def test_bucket_with_a_random_name_stays_unknown() -> None:
    """A random suffix is known only after apply."""
    bucket = change(BUCKET, {}, unknown={"id": True, "name": True})

    assert "known only after apply" in reason_of(settle("bucket", refer(f"{BUCKET}.id"), bucket))
    assert "known only after apply" in reason_of(settle("bucket", refer(f"{BUCKET}.name"), bucket))


def test_bucket_through_a_managed_folder_is_followed() -> None:
    """One resource may pass on the bucket that it was given."""
    folder = "google_storage_managed_folder.f"
    address = "google_storage_managed_folder_iam_member.x"
    root = module(
        block(address, {"bucket": refer(f"{folder}.bucket")}), block(folder, {"bucket": refer(f"{BUCKET}.id")})
    )

    loaded = load(
        grant(address, "bucket"),
        change(folder, {"name": "f/"}, unknown={"bucket": True, "id": True}),
        change(BUCKET, {"name": "demo-bucket"}, unknown={"id": True}),
        root=root,
    )

    assert value_of(loaded, address, "bucket") == Text.of("demo-bucket")


def test_service_account_id_is_the_accounts_full_name() -> None:
    """Impersonation names the account that is taken over."""
    address = "google_service_account_iam_member.x"
    for attribute in ("name", "id"):
        loaded = load(
            change(address, {"role": "roles/x"}, unknown={"service_account_id": True}),
            account(ACCOUNT, "reader"),
            root=module(block(address, {"service_account_id": refer(f"{ACCOUNT}.{attribute}")})),
        )

        assert value_of(loaded, address, "service_account_id") == Text.of(
            f"projects/demo-project/serviceAccounts/{EMAIL}"
        )


def test_workload_in_a_nested_block_carries_its_account() -> None:
    """Nested blocks are followed as the attributes of the top are."""
    service = "google_cloud_run_v2_service.s"
    loaded = load(
        change(service, {"template": [{}]}, unknown={"template": [{"service_account": True}]}),
        account(ACCOUNT, "reader"),
        root=module(block(service, {"template": [{"service_account": refer(f"{ACCOUNT}.email")}]})),
    )

    assert value_of(loaded, service, "template") == ({"service_account": Text.of(EMAIL)},)


def test_every_reference_taken_is_listed_as_an_assumption() -> None:
    """What rests on a lone reference is said, with the value and what it reads."""
    loaded = load(
        grant(MEMBER, "role"),
        custom_role(ROLE, "arco_get"),
        root=module(block(MEMBER, {"role": refer(f"{ROLE}.name")})),
    )

    (assumption,) = loaded.assumptions
    assert assumption.startswith(f"{MEMBER}.role is {NAME}, as it refers to {ROLE}.name alone")
    assert "no function rewrites that" in assumption


def test_known_plan_assumes_nothing() -> None:
    """Values that the plan states need no assumption."""
    assert not load(grant(), root=module(block(MEMBER, {}))).assumptions


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

    assert words in reason_of(settle("role", expression, custom_role(ROLE, "arco_get"), bucket))


@pytest.mark.parametrize("expression", [{"references": "x"}, {"references": [1]}, {"references": [".."]}, 1, "x", []])
def test_expression_of_another_shape_stays_unknown(expression: Json) -> None:
    """A configuration that is not understood settles nothing."""
    root = module(block(MEMBER, {"role": expression}))

    assert isinstance(value_of(load(grant(MEMBER, "role"), root=root), MEMBER, "role"), Unknown)


def test_role_stays_unknown_beside_one_whose_name_continues_it() -> None:
    """A plan does not show `"${role.name}_all"`, so a role of that name makes the reference ambiguous."""
    found = settle(
        "role",
        refer(f"{ROLE}.name"),
        custom_role(ROLE, "arco_get"),
        custom_role("google_project_iam_custom_role.other", "arco_get_all"),
    )

    assert "text around that could name something else" in reason_of(found)


def test_email_stays_unknown_beside_one_that_ends_in_it() -> None:
    """A plan does not show `"serviceAccount:data-${account.email}"` either; `.member` leaves no room for text."""
    other = account("google_service_account.other", "data-reader")

    assert isinstance(settle("member", refer(f"{ACCOUNT}.email"), account(ACCOUNT, "reader"), other), Unknown)
    assert isinstance(settle("member", refer(f"{ACCOUNT}.member"), account(ACCOUNT, "reader"), other), Text)


def test_forgotten_instance_is_not_what_a_reference_reads() -> None:
    """Configuration refers to what Terraform manages, not to what it lets go of."""
    forgotten = change(ACCOUNT, None, before={"account_id": "reader", "project": "demo-project"}, actions=["forget"])

    assert isinstance(settle("member", refer(f"{ACCOUNT}.member"), forgotten), Unknown)


def test_accounts_own_computed_attributes_are_filled_in() -> None:
    """What the provider computes from known attributes is known here."""
    loaded = load(account(ACCOUNT, "reader"), root=module())

    assert value_of(loaded, ACCOUNT, "email") == Text.of(EMAIL)
    assert value_of(loaded, ACCOUNT, "member") == Text.of(f"serviceAccount:{EMAIL}")
    assert isinstance(value_of(loaded, ACCOUNT, "unique_id"), Unknown)


def _without_project(provider: Object, expressions: Object) -> Value:
    found = change(ACCOUNT, {"account_id": "reader"}, unknown={"project": True, "email": True})
    configuration: Object = {
        "provider_config": {"google": {"name": "google", "expressions": provider}},
        "root_module": module(block(ACCOUNT, expressions)),
    }
    return value_of(load(found, root=module(), configuration=configuration), ACCOUNT, "email")


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

    loaded = load_plan_text(text(plan(grant(MEMBER, "member"), root=root, prior=prior)), "plan.json")

    assert isinstance(value_of(loaded, MEMBER, "member"), Unknown)
