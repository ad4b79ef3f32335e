"""Unknown items of a list of members are settled all together or not at all."""

from __future__ import annotations

import pytest

from arco.policy.values import Text, Unknown, Value
from tests.fakes.plan_builder import Json, Object, account, block, change, module, refer
from tests.fakes.plan_grants import ACCOUNT, BINDING, EMAIL, load, value_of


def _members(expression: Object, items: list[Json], *others: Object) -> Value:
    marks: list[Json] = [item is None for item in items]
    binding = change(BINDING, {"role": "roles/x", "members": items}, unknown={"members": marks})
    root = module(block(BINDING, {"members": expression}))
    return value_of(load(binding, *others, root=root), BINDING, "members")


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

    loaded = load(binding, account(ACCOUNT, "reader"), root=root)

    assert isinstance(value_of(loaded, BINDING, "members"), Unknown)
