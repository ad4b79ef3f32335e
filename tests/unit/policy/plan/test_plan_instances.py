"""Which instances a plan leaves behind, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from arco.policy.deployment import Deployment, Instance
from arco.policy.terraform.plan import load_plan_text
from arco.policy.values import Text, Unknown, Value
from tests.fakes.plan_builder import Json, Object, account, change, plan, stored, text

MEMBER = "google_storage_bucket_iam_member.x"
OLD: Object = {"bucket": "old", "role": "roles/storage.admin", "member": "allUsers", "condition": []}
NEW: Object = {"bucket": "new", "role": "roles/storage.objectViewer", "member": "user:a@example.com", "condition": []}


def _load(*changes: Object, **more: Json) -> Deployment:
    return load_plan_text(text(plan(*changes, more=more)), "plan.json")


def _only(loaded: Deployment) -> Instance:
    (instance,) = loaded.instances
    return instance


def _text(value: Value) -> str:
    assert isinstance(value, Text)
    return value.value


@pytest.mark.parametrize("actions", [["no-op"], ["create"], ["update"], ["delete", "create"], ["create", "delete"]])
def test_instance_that_will_exist_counts_as_it_will_be(actions: list[str]) -> None:
    """Unchanged, created, updated and replaced instances count with what they will be, unchanged ones included."""
    instance = _only(_load(change(MEMBER, NEW, before=OLD, actions=actions)))

    assert _text(instance.values["bucket"]) == "new"
    assert instance.note == ""


def test_deleted_instance_does_not_count() -> None:
    """What is destroyed grants nothing afterwards."""
    loaded = _load(change(MEMBER, None, before=OLD, actions=["delete"]), account("google_service_account.a", "reader"))

    assert [instance.address for instance in loaded.instances] == ["google_service_account.a"]


def test_forgotten_grant_still_grants() -> None:
    """A removed block without destruction leaves the real grant, as it was."""
    instance = _only(_load(change(MEMBER, None, before=OLD, actions=["forget"])))

    assert _text(instance.values["member"]) == "allUsers"
    assert instance.note == "kept by forget"


def test_replacement_that_forgets_leaves_both() -> None:
    """The old object stays beside the new one."""
    loaded = _load(change(MEMBER, NEW, before=OLD, actions=["create", "forget"]))

    assert [(_text(one.values["bucket"]), one.note) for one in loaded.instances] == [
        ("new", ""),
        ("old", "kept by forget"),
    ]


def test_deposed_object_counts_beside_the_current_one() -> None:
    """A deposed grant is still real until its deletion succeeds."""
    loaded = _load(
        change(MEMBER, NEW, before=NEW, actions=["no-op"]),
        change(MEMBER, None, before=OLD, actions=["delete"], deposed="a1b2c3d4"),
    )

    assert [(_text(one.values["bucket"]), one.note) for one in loaded.instances] == [("new", ""), ("old", "deposed")]


@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"]])
def test_abandoned_object_stays(actions: list[str]) -> None:
    """`deletion_policy = "ABANDON"` makes a deletion leave the thing alive."""
    role: Object = {"role_id": "old_role", "project": "demo-project", "deletion_policy": "ABANDON"}
    after: Object | None = {**role, "role_id": "new_role"} if "create" in actions else None

    loaded = _load(change("google_project_iam_custom_role.r", after, before=role, actions=actions))

    assert loaded.instances[-1].note == "kept by deletion_policy ABANDON"
    assert _text(loaded.instances[-1].values["role_id"]) == "old_role"


def test_instance_has_terraforms_address_and_its_parts() -> None:
    """Address, type, name, module and key are as given, with any characters in the keys."""
    address = 'module.workspace["acme/prod"].google_storage_bucket_iam_member.x["a.b/c"]'

    instance = _only(_load(change(address, NEW)))

    assert instance.address == address
    assert (instance.type, instance.name) == ("google_storage_bucket_iam_member", "x")
    assert (instance.module, instance.index) == ('module.workspace["acme/prod"]', "a.b/c")


def test_count_index_zero_is_an_index() -> None:
    """The first instance of a count differs from an instance without count."""
    assert _only(_load(change(f"{MEMBER}[0]", NEW))).index == 0


def test_instances_of_one_block_are_told_apart() -> None:
    """Nothing is keyed by the block's name alone."""
    loaded = _load(*(change(f'{MEMBER}["{key}"]', NEW) for key in "abc"))

    assert [instance.index for instance in loaded.instances] == ["a", "b", "c"]


def test_moved_and_imported_instances_need_nothing_special() -> None:
    """A former address and an import leave the instance what it is."""
    entry = change(MEMBER, NEW, before=NEW, actions=["no-op"]) | {
        "previous_address": "google_storage_bucket_iam_member.y"
    }
    entry["change"] = {**entry["change"], "importing": {"id": "x"}}  # type: ignore[dict-item]

    assert _only(_load(entry)).address == MEMBER


def test_unknown_attribute_is_present_and_says_why() -> None:
    """An attribute that `after` leaves out is an Unknown that names the attribute and when it is known."""
    after: Object = {"role": "roles/x", "member": "allUsers"}

    value = _only(_load(change(MEMBER, after, unknown={"bucket": True}))).values["bucket"]

    assert isinstance(value, Unknown)
    assert f"{MEMBER}.bucket is known only after apply" in value.reason


def test_unknown_item_of_a_list_stands_in_its_place() -> None:
    """Null in `after` with true in `after_unknown` is an unknown item, beside known ones."""
    binding = change(
        "google_storage_bucket_iam_binding.x",
        {**NEW, "members": ["allUsers", None]},
        unknown={"members": [False, True]},
    )

    known, unknown = _only(_load(binding)).values["members"]  # type: ignore[misc]

    assert known == Text.of("allUsers")
    assert isinstance(unknown, Unknown)


def test_null_that_is_not_marked_is_null() -> None:
    """A plain null is a known absence."""
    assert _only(_load(change(MEMBER, {**NEW, "etag": None}))).values["etag"] is None


def test_unknown_expression_of_a_known_condition_is_unknown() -> None:
    """A condition block with an unknown expression is there, and its expression is not known."""
    after: Object = {**NEW, "condition": [{"title": "t", "description": None}]}

    found = _only(_load(change(MEMBER, after, unknown={"condition": [{"expression": True}]}))).values["condition"]

    assert isinstance(found, tuple)
    assert isinstance(found[0], Mapping)
    assert _text(found[0]["title"]) == "t"
    assert isinstance(found[0]["expression"], Unknown)


@pytest.mark.parametrize("unknown", [{}, {"condition": []}, {"condition": False}])
def test_empty_condition_that_is_known_means_unconditional(unknown: Object) -> None:
    """`condition = []` without a mark stays an empty tuple."""
    assert _only(_load(change(MEMBER, NEW, unknown=unknown))).values["condition"] == ()


def test_empty_condition_that_is_unknown_is_not_unconditional() -> None:
    """A condition that is unknown as a whole must never read as no condition."""
    value = _only(_load(change(MEMBER, NEW, unknown={"condition": True}))).values["condition"]

    assert isinstance(value, Unknown)


@pytest.mark.parametrize("mark", [[True], [True, False, False], {"0": True}, "yes", 1])
def test_marks_of_another_shape_make_the_whole_unknown(mark: Json) -> None:
    """Where `after_unknown` does not fit `after`, nothing of the attribute is trusted."""
    binding = change("google_storage_bucket_iam_binding.x", {"members": ["a", "b"]}, unknown={"members": mark})

    assert isinstance(_only(_load(binding)).values["members"], Unknown)


def test_instance_that_is_unknown_as_a_whole_trusts_nothing() -> None:
    """`after_unknown: true` makes every attribute unknown."""
    entry = change(MEMBER, NEW)
    entry["change"] = {**entry["change"], "after_unknown": True}  # type: ignore[dict-item]

    assert all(isinstance(value, Unknown) for value in _only(_load(entry)).values.values())


def test_policy_text_stays_text() -> None:
    """`policy_data` is not parsed here."""
    policy = change("google_storage_bucket_iam_policy.p", {"bucket": "b", "policy_data": '{"bindings":[]}'})

    assert _only(_load(policy)).values["policy_data"] == Text.of('{"bindings":[]}')


def test_unknown_policy_text_stays_unknown() -> None:
    """A policy from a deferred data source cannot be rebuilt."""
    policy = change("google_storage_bucket_iam_policy.p", {"bucket": "b"}, unknown={"policy_data": True})

    assert isinstance(_only(_load(policy)).values["policy_data"], Unknown)


def test_deferred_data_source_counts_as_data() -> None:
    """A `read` at apply is a data instance whose results are unknown."""
    read = change("data.google_iam_policy.p", {"binding": []}, unknown={"policy_data": True}, actions=["read"])

    instance = _only(_load(read))

    assert instance.data
    assert isinstance(instance.values["policy_data"], Unknown)


def test_data_source_known_at_plan_comes_from_the_prior_state() -> None:
    """Known data sources stand nowhere else, at any depth of modules."""
    prior: Object = {
        "resources": [stored("data.google_project.p", {"number": "1"})],
        "child_modules": [
            {
                "address": 'module.w["a"]',
                "resources": [stored('module.w["a"].data.google_iam_policy.p', {"policy_data": "{}"})],
            }
        ],
    }

    loaded = load_plan_text(text(plan(change(MEMBER, NEW), prior=prior)), "plan.json")

    found = {one.address: one for one in loaded.instances if one.data}
    assert set(found) == {"data.google_project.p", 'module.w["a"].data.google_iam_policy.p'}
    assert found['module.w["a"].data.google_iam_policy.p'].module == 'module.w["a"]'


def test_deferred_data_source_hides_its_former_result() -> None:
    """What will be read again is unknown, whatever it was before."""
    read = change("data.google_iam_policy.p", {}, unknown={"policy_data": True}, actions=["read"])
    prior: Object = {"resources": [stored("data.google_iam_policy.p", {"policy_data": "old"})]}

    instance = _only(load_plan_text(text(plan(read, prior=prior)), "plan.json"))

    assert isinstance(instance.values["policy_data"], Unknown)


def test_object_of_the_state_that_the_plan_skips_is_a_gap() -> None:
    """A real object without an entry still grants; the loader says that it cannot enumerate it."""
    prior: Object = {"resources": [stored(MEMBER, OLD)]}

    loaded = load_plan_text(text(plan(account("google_service_account.a", "reader"), prior=prior)), "plan.json")

    assert [(gap.address, gap.type) for gap in loaded.gaps] == [(MEMBER, "google_storage_bucket_iam_member")]


def test_variables_are_values_in_clear() -> None:
    """Root variables are loaded; one without a value is absent."""
    built = plan(change(MEMBER, NEW), variables={"workspaces": [{"tenant": "acme"}]})
    built["variables"] = {**built["variables"], "unset": {}}  # type: ignore[dict-item]

    loaded = load_plan_text(text(built), "plan.json")

    assert loaded.variables == {"workspaces": ({"tenant": Text.of("acme")},)}


def _drift(*names: str, kind: str = "google_storage_bucket_iam_binding") -> Object:
    after: Object = {**NEW, "etag": "1", "members": ["a"]}
    return change(f"{kind}.x", {**after, **dict.fromkeys(names, "2")}, before=after, actions=["update"])


def test_drift_of_a_grant_is_a_gap_that_names_the_attributes() -> None:
    """What was changed outside of Terraform makes the plan speak of another world."""
    loaded = _load(change(MEMBER, NEW), resource_drift=[_drift("members", "etag")])

    (gap,) = loaded.gaps
    assert gap.address == "google_storage_bucket_iam_binding.x"
    assert gap.reason == "changed outside of Terraform: etag, members"


def test_drift_of_an_etag_alone_is_no_gap() -> None:
    """Every change of a policy by others moves the etag of each grant in it."""
    assert not _load(change(MEMBER, NEW), resource_drift=[_drift("etag")]).gaps


def test_drift_that_deleted_a_grant_is_a_gap() -> None:
    """A grant that somebody removed by hand is drift too."""
    gone = change(MEMBER, None, before=OLD, actions=["delete"])

    assert _load(change(MEMBER, NEW), resource_drift=[gone]).gaps


@pytest.mark.parametrize("kind", ["google_storage_bucket_object", "google_compute_disk", "terraform_data"])
def test_drift_of_what_grants_nothing_is_no_gap(kind: str) -> None:
    """Contents and unrelated resources may drift."""
    assert not _load(change(MEMBER, NEW), resource_drift=[_drift("members", kind=kind)]).gaps


@pytest.mark.parametrize(
    "kind",
    [
        "google_project_iam_custom_role",
        "google_organization_iam_custom_role",
        "google_config_deployment",
        "google_deployment_manager_deployment",
        "google_privileged_access_manager_entitlement",
        "google_service_account",
    ],
)
def test_drift_of_what_can_make_a_grant_is_a_gap(kind: str) -> None:
    """A role that gained a permission, and a deployment that makes whatever its own configuration says."""
    assert [gap.type for gap in _load(change(MEMBER, NEW), resource_drift=[_drift("members", kind=kind)]).gaps] == [
        kind
    ]


def test_drift_alone_is_not_empty() -> None:
    """A plan that only shows drift of a grant is undecided, not empty."""
    gone = change(MEMBER, None, before=OLD, actions=["delete"])

    assert _load(resource_drift=[gone]).gaps
