"""What is no complete plan is refused, with the file's name and the cure, and without any of its values."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from arco.errors import EmptyInputError, InputError
from arco.policy.terraform.plan import load_plan, load_plan_text
from tests.fakes.plan_builder import Json, account, change, plan, stored, text

PRIVATE = "hunter2-very-secret"
GRANT = change(
    "google_storage_bucket_iam_member.x",
    {"bucket": "demo", "role": "roles/storage.objectViewer", "member": f"user:{PRIVATE}@example.com", "condition": []},
)


def _refused(built: str, kind: type[InputError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        load_plan_text(built, "plan.json")
    assert caught.value.source == "plan.json"
    assert PRIVATE not in str(caught.value)
    return str(caught.value)


def test_plan_that_is_complete_loads() -> None:
    """The plan that the refusals below are variants of is accepted."""
    loaded = load_plan_text(text(plan(GRANT)), "plan.json")

    assert [instance.address for instance in loaded.instances] == ["google_storage_bucket_iam_member.x"]
    assert loaded.source == "plan.json"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"errored": True}, "the plan failed"),
        ({"complete": False}, "not complete"),
        ({"deferred_changes": [{"reason": "provider_config_unknown", "resource_change": GRANT}]}, "defers changes"),
        ({"format_version": "2.0"}, "format_version='2.0'"),
        ({"format_version": "0.2"}, "format_version='0.2'"),
        ({"format_version": 1.2}, "path=format_version"),
        ({"errored": "no"}, "path=errored"),
        ({"complete": 1}, "path=complete"),
        ({"resource_changes": {}}, "path=resource_changes"),
        ({"resource_changes": [1]}, "path=resource_changes[0]"),
    ],
)
def test_plan_of_another_state_or_shape_is_refused(more: dict[str, Json], words: str) -> None:
    """A failed, partial, deferring, foreign or malformed plan is an input error that says which."""
    assert words in _refused(text(plan(GRANT, more=more)))


def test_variable_of_another_shape_is_refused() -> None:
    """A variable is an object with a value, and the path to what is not is named."""
    built = plan(GRANT)
    built["variables"] = {"x": PRIVATE}

    assert "path=variables.x" in _refused(text(built))


@pytest.mark.parametrize("minor", ["1.0", "1.2", "1.9"])
def test_minor_versions_of_the_format_are_read(minor: str) -> None:
    """A minor version only adds, so an unknown one is accepted."""
    assert load_plan_text(
        text(plan(GRANT, more={"format_version": minor, "brand_new": {"x": 1}})), "plan.json"
    ).instances


def test_plan_without_completeness_flags_is_read() -> None:
    """Terraform before 1.8 writes neither flag; absence is no refusal."""
    built = plan(GRANT)
    del built["complete"], built["errored"]

    assert load_plan_text(text(built), "plan.json").instances


@pytest.mark.parametrize(
    ("built", "words"),
    [
        ({"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}, "JSON of a state"),
        ({"version": 4, "lineage": "x", "resources": []}, "a state file"),
        ({"@level": "info", "@message": "Terraform 1.11.4"}, "the log of"),
        ({"name": "arco"}, "no format_version"),
        ({"format_version": "1.0", "provider_schemas": {}}, "no resource_changes"),
        ([1], "no JSON object"),
        ("plan", "no JSON object"),
    ],
)
def test_other_json_is_named_for_what_it_is(built: Json, words: str) -> None:
    """A state, a log or any other JSON is refused with the command that writes a plan."""
    message = _refused(json.dumps(built))

    assert words in message
    assert "terraform show -json" in message


def test_log_of_many_lines_is_refused() -> None:
    """The log of `terraform plan -json` has an object a line, which is not JSON."""
    assert "terraform show -json" in _refused('{"@level":"info"}\n{"@level":"info"}\n')


@pytest.mark.parametrize("cut", [1, 40, 400, -1])
def test_truncated_plan_is_refused_with_its_place(cut: int) -> None:
    """A file that ends too early says so, and where."""
    whole = text(plan(GRANT))

    assert _refused(whole[:cut]).startswith("plan.json:1:")


def test_truncated_plan_says_truncated() -> None:
    """The most common cause is named."""
    assert "truncated JSON" in _refused(text(plan(GRANT))[:-2])


@pytest.mark.parametrize("blank", ["", " \n"])
def test_empty_file_is_refused(blank: str) -> None:
    """An empty file is no plan, and says so plainly."""
    assert "an empty file" in _refused(blank)


@pytest.mark.parametrize(
    ("built", "words"),
    [
        ('{"format_version": "1.2", "format_version": "1.2"}', "key='format_version'"),
        ('{"format_version": "1.2", "x": 1e999}', "too large"),
        ('{"format_version": "1.2", "x": NaN}', "NaN"),
        (f'{{"format_version": "1.2", "x": {"9" * 5000}}}', "too long"),
        ('{"format_version": "1.2", "x": "\\ud800"}', "surrogate"),
        (f'{{"x": {"[" * 200_000}{"]" * 200_000}}}', "nested too deeply"),
    ],
)
def test_json_that_readers_take_differently_is_refused(built: str, words: str) -> None:
    """Duplicate keys, huge numbers, non-JSON constants, half surrogates and bottomless nesting are input errors."""
    assert words in _refused(built)


def test_deeply_nested_value_is_refused_not_crashed() -> None:
    """Nesting that JSON bears and the loader does not is an input error too."""
    deep = "[" * 900 + "]" * 900
    built = text(plan(GRANT)).replace('"roles/storage.objectViewer"', deep)

    with contextlib.suppress(InputError):
        assert load_plan_text(built, "plan.json").instances


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"PK\x03\x04\x14\x00", "a binary plan file"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\n\xff"}', "not UTF-8"),
    ],
)
def test_file_that_is_not_utf8_json_is_refused_with_its_cure(tmp_path: Path, raw: bytes, words: str) -> None:
    """A binary plan, another encoding or a byte order mark is told apart, and the file named."""
    path = tmp_path / "plan.json"
    path.write_bytes(raw)

    with pytest.raises(InputError, match=words) as caught:
        load_plan(path)

    assert caught.value.source == str(path)


def test_bad_byte_is_located_by_line(tmp_path: Path) -> None:
    """The line of the first byte that is not UTF-8 is given."""
    path = tmp_path / "plan.json"
    path.write_bytes(b'{\n"a": "\xff"}')

    with pytest.raises(InputError) as caught:
        load_plan(path)

    assert caught.value.line == 2


def test_missing_file_and_directory_are_input_errors(tmp_path: Path) -> None:
    """A path that cannot be read is an input error, not an OSError."""
    for path in (tmp_path, tmp_path / "absent.json"):
        with pytest.raises(InputError, match="cannot read"):
            load_plan(str(path))


def test_plan_of_nothing_is_empty() -> None:
    """A plan with no entry at all has nothing to decide, which is another error than a broken one."""
    _refused(text(plan()), EmptyInputError)


def test_plan_that_leaves_the_changes_out_is_empty() -> None:
    """Terraform leaves an empty list of changes out."""
    built = plan()
    del built["resource_changes"]

    _refused(text(built), EmptyInputError)


def test_plan_that_destroys_everything_is_empty() -> None:
    """After a destroy there is nothing to decide."""
    gone = change("google_storage_bucket.b", None, before={"name": "demo"}, actions=["delete"])

    _refused(text(plan(gone)), EmptyInputError)


def test_refresh_only_plan_is_refused_not_empty() -> None:
    """A plan that has state but no changes would hide every grant in it."""
    built = plan(prior={"resources": [stored("google_storage_bucket.b", {"name": "demo"})]})
    del built["resource_changes"]

    message = _refused(text(built))

    assert "refresh-only" in message


@pytest.mark.parametrize("actions", [["destroy"], [], ["create", "update"], ["delete", "forget"], ["open"]])
def test_action_that_is_not_known_refuses_the_plan(actions: list[str]) -> None:
    """An action of a later Terraform could mean anything, so nothing is decided."""
    odd = change("google_storage_bucket.b", {"name": "demo"}, actions=actions)

    assert "an action that this version does not know" in _refused(text(plan(odd)))


def test_two_entries_for_one_address_are_refused() -> None:
    """One instance has one future."""
    message = _refused(
        text(plan(account("google_service_account.a", "reader"), account("google_service_account.a", "b")))
    )

    assert "two entries for one address" in message


def test_entry_without_its_object_is_refused() -> None:
    """A creation that creates nothing is malformed, never an absence."""
    assert "without the object" in _refused(text(plan(change("google_storage_bucket.b", None))))


def test_error_carries_no_cause_that_holds_the_text() -> None:
    """A logged traceback must not print the plan through the decoder's own error."""
    with pytest.raises(InputError) as caught:
        load_plan_text(text(plan(GRANT))[:-1], "plan.json")

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
