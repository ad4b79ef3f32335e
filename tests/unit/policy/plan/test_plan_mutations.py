"""No text, however broken, makes the loader do anything but load or refuse."""

from __future__ import annotations

import contextlib
import json
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from arco.errors import InputError
from arco.policy.deployment import Deployment
from arco.policy.terraform.plan import load_plan_text
from tests.fakes.plan_builder import account, block, call, change, custom_role, module, plan, refer, stored, text

Document: TypeAlias = "dict[str, Document] | list[Document] | str | int | float | bool | None"

CHILD = module(
    block(
        "google_storage_bucket_iam_binding.x", {"role": refer("var.role"), "members": refer("google_service_account.a")}
    ),
    outputs={"email": refer("google_service_account.a.email")},
)
BINDING = change(
    'module.w["a"].google_storage_bucket_iam_binding.x',
    {"bucket": "demo", "members": [None, "allUsers"], "condition": [{"title": "t"}]},
    unknown={"role": True, "members": [True, False], "condition": [{"expression": True}]},
)
WHOLE = plan(
    BINDING,
    account('module.w["a"].google_service_account.a', "reader"),
    custom_role('google_project_iam_custom_role.r["a"]', "arco_get"),
    change("google_storage_bucket.old", None, before={"name": "old"}, actions=["forget"]),
    root=module(calls={"w": call({"role": refer("google_project_iam_custom_role.r", "each.key")}, CHILD)}),
    variables={"workspaces": ["a"]},
    prior={"resources": [stored("data.google_project.p", {"number": "1"})], "child_modules": []},
    more={
        "resource_drift": [
            change("google_storage_bucket_iam_policy.p", {"etag": "2"}, before={"etag": "1"}, actions=["update"])
        ]
    },
)
TEXT = text(WHOLE)

SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "delete", "module.", 'a["', "each.key", 1.5])
)
JUNK = (
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["references", "a"]), SCALARS, max_size=1)
)


def _loads_or_refuses(built: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(load_plan_text(built, "plan.json"), Deployment)


def _places(document: Document, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


PLACES = _places(json.loads(TEXT))


@given(st.integers(0, len(TEXT)))
def test_truncated_text_is_loaded_or_refused(length: int) -> None:
    """A plan cut at any character is an input error or (whole) a deployment."""
    _loads_or_refuses(TEXT[:length])


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 8), st.text(max_size=4))
def test_text_with_a_replaced_part_is_loaded_or_refused(start: int, length: int, part: str) -> None:
    """Any characters in place of any others never crash the loader."""
    _loads_or_refuses(TEXT[:start] + part + TEXT[start + length :])


@given(st.sampled_from(PLACES), JUNK)
def test_plan_with_a_replaced_value_is_loaded_or_refused(place: tuple[str | int, ...], junk: Document) -> None:
    """Any JSON in place of any value of a plan never crashes the loader."""
    document: Document = json.loads(TEXT)
    if not place:
        document = junk
    else:
        holder = document
        for step in place[:-1]:
            holder = holder[step]  # type: ignore[index]
        holder[place[-1]] = junk  # type: ignore[index]

    _loads_or_refuses(json.dumps(document))


@given(st.text(max_size=40))
def test_any_text_is_loaded_or_refused(built: str) -> None:
    """Text that was never a plan is an input error."""
    _loads_or_refuses(built)
