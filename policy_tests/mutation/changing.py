"""Operators over the plan that change access, or would in another place: conditions and bindings."""

from __future__ import annotations

from collections.abc import Iterator

from policy_tests.mutation.operators import Changed, Registry
from policy_tests.mutation.plans import Binding, Plan
from policy_tests.mutation.sites import (
    ACCOUNTS,
    CUSTOM,
    SITES,
    account,
    custom,
    expression,
    folder,
    literal,
    root,
    with_folder,
)

__all__ = ["CHANGING"]

CHANGING = Registry()
_BUCKET_TYPE = 'resource.type == "storage.googleapis.com/Bucket"'
_PREDEFINED = (
    "roles/storage.objectViewer",
    "roles/storage.objectCreator",
    "roles/storage.objectUser",
    "roles/storage.objectAdmin",
    "roles/storage.legacyObjectOwner",
)
_Mutants = Iterator[tuple[str, Changed]]


def _root_of(binding: Binding) -> str:
    text: str = binding["condition"]["expression"]
    return text.split("/")[-2]


def _rewritten(plan: Plan, template: str, sites: tuple[int, ...] = SITES) -> _Mutants:
    """Put another condition in each place: {A} is the condition, {L} its literal, {R} its root, {B} its bucket."""
    for index in sites:
        whole = literal(plan, index)
        parts = {"A": expression(plan, index), "L": whole, "R": root(plan, index), "B": whole.split("/")[3]}
        text = template
        for name, part in parts.items():
            text = text.replace(f"{{{name}}}", part)
        yield f"binding {index}", plan.with_expression(index, text)


@CHANGING.add("a binding loses its condition")
def condition_dropped(plan: Plan) -> _Mutants:
    return ((f"binding {index}", plan.with_binding(index, condition=None)) for index in SITES)


@CHANGING.add("a prefix loses its final slash")
def slash_dropped(plan: Plan) -> _Mutants:
    return (
        (f"binding {index}", plan.with_expression(index, with_folder(plan, index, root(plan, index))))
        for index in SITES
    )


@CHANGING.add("a prefix loses the last character of its folder")
def character_dropped(plan: Plan) -> _Mutants:
    for index in SITES:
        yield f"binding {index}", plan.with_expression(index, with_folder(plan, index, f"{root(plan, index)[:-1]}/"))


@CHANGING.add("a prefix gains a character before its slash")
def character_added(plan: Plan) -> _Mutants:
    for index in SITES:
        yield f"binding {index}", plan.with_expression(index, with_folder(plan, index, f"{root(plan, index)}2/"))


@CHANGING.add("a prefix ends in two slashes")
def slash_doubled(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.startsWith("{L}/")')


@CHANGING.add("a prefix ends in a star, which is no wildcard")
def star_added(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.startsWith("{L}*")')


@CHANGING.add("a folder is spelled in capitals")
def folder_in_capitals(plan: Plan) -> _Mutants:
    for index in SITES:
        name = f"{root(plan, index).capitalize()}/"
        yield f"binding {index}", plan.with_expression(index, with_folder(plan, index, name))


@CHANGING.add("a folder is swapped for another root")
def roots_swapped(plan: Plan) -> _Mutants:
    roots = sorted({root(plan, index) for index in SITES})
    for number, index in enumerate(SITES):
        other = next(name for name in roots[number % len(roots) :] + roots if name != root(plan, index))
        yield f"binding {index} to {other}", plan.with_expression(index, with_folder(plan, index, f"{other}/"))


@CHANGING.add("a prefix is cut to the scope of the workspace")
def scope_only(plan: Plan) -> _Mutants:
    return ((f"binding {index}", plan.with_expression(index, with_folder(plan, index, ""))) for index in SITES)


@CHANGING.add("a prefix is cut to the bucket's name")
def bucket_level_name(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.startsWith("projects/_/buckets/{B}")')


@CHANGING.add("a prefix is cut within the bucket's name")
def bucket_name_cut(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.startsWith("projects/_/buckets/arco-")')


@CHANGING.add("a prefix names another bucket")
def other_bucket(plan: Plan) -> _Mutants:
    for index in SITES:
        whole = literal(plan, index)
        text = expression(plan, index).replace(whole.split("/")[3], "some-other-bucket")
        yield f"binding {index}", plan.with_expression(index, text)


@CHANGING.add("a condition is negated")
def negated(plan: Plan) -> _Mutants:
    return _rewritten(plan, "!({A})")


@CHANGING.add("a condition is joined with its negation")
def tautology(plan: Plan) -> _Mutants:
    return _rewritten(plan, "{A} || !({A})")


@CHANGING.add("a condition is met with its negation")
def contradiction(plan: Plan) -> _Mutants:
    return _rewritten(plan, "{A} && !({A})")


@CHANGING.add("a prefix becomes a suffix")
def ends_with(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.endsWith("/{R}/")')


@CHANGING.add("a suffix is allowed beside the prefix")
def or_ends_with(plan: Plan) -> _Mutants:
    return _rewritten(plan, '{A} || resource.name.endsWith("/{R}")')


@CHANGING.add("an extract that is not anchored at the bucket")
def unanchored_extract(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.extract("/workspace=prod/{root}/") == "{R}"')


@CHANGING.add("an extract to the end of the name")
def extract_to_the_end(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.extract("/workspace=prod/{rest}").startsWith("{R}/")')


@CHANGING.add("a prefix becomes one name")
def equality(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name == "{L}"')


@CHANGING.add("a prefix becomes every name but one")
def inequality(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name != "{L}"')


@CHANGING.add("a subfolder is excepted")
def exception_added(plan: Plan) -> _Mutants:
    return _rewritten(plan, '{A} && !resource.name.startsWith("{L}tmp/")')


@CHANGING.add("one name is excepted")
def name_excepted(plan: Plan) -> _Mutants:
    return _rewritten(plan, '{A} && resource.name != "{L}x"')


@CHANGING.add("a sibling is allowed as well")
def sibling_added(plan: Plan) -> _Mutants:
    for index in SITES:
        sibling = with_folder(plan, index, f"{root(plan, index)}_old/")
        yield f"binding {index}", plan.with_expression(index, f"{expression(plan, index)} || {sibling}")


@CHANGING.add("a prefix is empty")
def empty_prefix(plan: Plan) -> _Mutants:
    return _rewritten(plan, 'resource.name.startsWith("")')


@CHANGING.add("everything in the scope but the other roots")
def all_but_the_others(plan: Plan) -> _Mutants:
    roots = sorted({name for b in plan.bindings if "condition" in b for name in [_root_of(b)]})
    for index in SITES:
        others = [with_folder(plan, index, f"{name}/") for name in roots if name != root(plan, index)]
        text = " && ".join([with_folder(plan, index, ""), f"!({' || '.join(others[:6])})"])
        yield f"binding {index}", plan.with_expression(index, text)


@CHANGING.add("a suffix is allowed within the scope")
def suffix_within_the_scope(plan: Plan) -> _Mutants:
    for index in SITES:
        within = f'{with_folder(plan, index, "")} && resource.name.endsWith("/{root(plan, index)}/x")'
        text = f"{expression(plan, index)} || ({within})"
        yield f"binding {index}", plan.with_expression(index, text)


@CHANGING.add("one name is allowed as well, of the greatest length")
def longest_name(plan: Plan) -> _Mutants:
    for index in SITES:
        beside = f"{folder(plan, index)[:-1]}~"
        name = f"projects/_/buckets/{plan.buckets[0]}/objects/{beside.ljust(1024, 'x')}"
        yield f"binding {index}", plan.with_expression(index, f'{expression(plan, index)} || resource.name == "{name}"')


@CHANGING.add("a condition asks for a bucket")
def type_confused(plan: Plan) -> _Mutants:
    return _rewritten(plan, f"{_BUCKET_TYPE} && {{A}}")


@CHANGING.add("who lists or administers may do so on anything but the bucket")
def bucket_excepted(plan: Plan) -> _Mutants:
    for index, binding in enumerate(plan.bindings):
        if "condition" not in binding:
            for template in (f"!({_BUCKET_TYPE})", 'resource.name != "{}"', 'resource.name.startsWith("{}/")'):
                text = template.replace("{}", f"projects/_/buckets/{plan.buckets[0]}")
                condition = {"title": "not the bucket", "expression": text}
                yield f"binding {index}: {text}", plan.with_binding(index, condition=condition)


@CHANGING.add("a condition ends some day")
def ends_some_day(plan: Plan) -> _Mutants:
    return _rewritten(plan, '{A} && request.time < timestamp("2031-01-01T00:00:00Z")')


@CHANGING.add("everything is allowed until some day")
def opens_until_some_day(plan: Plan) -> _Mutants:
    return _rewritten(plan, '{A} || request.time < timestamp("2031-01-01T00:00:00Z")')


@CHANGING.add("the list is confined to a folder, which no list is")
def list_conditioned(plan: Plan) -> _Mutants:
    index = next(i for i, binding in enumerate(plan.bindings) if binding["role"].endswith("_list"))
    for site in (*SITES[:4], *SITES[5:7]):
        condition = {"title": "confined", "expression": expression(plan, site)}
        yield f"list within {folder(plan, site)}", plan.with_binding(index, condition=condition)


@CHANGING.add("a binding is dropped")
def binding_dropped(plan: Plan) -> _Mutants:
    for index in SITES:
        yield f"binding {index}", plan.with_bindings([*plan.bindings[:index], *plan.bindings[index + 1 :]])


@CHANGING.add("a binding with the same title opens another folder")
def second_binding_with_the_same_title(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        other = expression(plan, SITES[(number + 3) % len(SITES)])
        binding = plan.bindings[index]
        twin = binding | {"condition": binding["condition"] | {"expression": other}}
        yield f"binding {index}", plan.with_bindings([*plan.bindings, twin])


@CHANGING.add("a binding gets another custom role")
def role_swapped(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        verb = next(
            v for v in CUSTOM[number % len(CUSTOM) :] + CUSTOM if custom(plan, v) != plan.bindings[index]["role"]
        )
        yield f"binding {index} to {verb}", plan.with_binding(index, role=custom(plan, verb))


@CHANGING.add("a binding gets a predefined role")
def role_widened(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        role = _PREDEFINED[number % len(_PREDEFINED)]
        yield f"binding {index} to {role}", plan.with_binding(index, role=role)


@CHANGING.add("a binding gets an account of the workspace more")
def member_added(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        binding = plan.bindings[index]
        name = next(
            n for n in ACCOUNTS[number % len(ACCOUNTS) :] + ACCOUNTS if account(plan, n) not in binding["members"]
        )
        yield (
            f"binding {index} for {name}",
            plan.with_binding(index, members=[*binding["members"], account(plan, name)]),
        )


@CHANGING.add("a binding is given to another account of the workspace")
def member_replaced(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        binding = plan.bindings[index]
        names = ACCOUNTS[(number + 2) % len(ACCOUNTS) :] + ACCOUNTS
        name = next(n for n in names if account(plan, n) not in binding["members"])
        yield f"binding {index} for {name}", plan.with_binding(index, members=[account(plan, name)])


@CHANGING.add("a binding gets somebody without a row")
def stranger_added(plan: Plan) -> _Mutants:
    strangers = ("user:eve@example.com", "group:all@example.com", "domain:example.com", "principal://iam/x/subject/y")
    for number, index in enumerate(SITES):
        who = strangers[number % len(strangers)]
        yield f"binding {index} for {who}", plan.with_binding(index, members=[*plan.bindings[index]["members"], who])


@CHANGING.add("a binding gets everybody")
def everybody_added(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        who = ("allUsers", "allAuthenticatedUsers")[number % 2]
        yield f"binding {index} for {who}", plan.with_binding(index, members=[*plan.bindings[index]["members"], who])


@CHANGING.add("the lister or administrator is another, more, or fewer")
def members_of_the_unconditional(plan: Plan) -> _Mutants:
    for index, binding in enumerate(plan.bindings):
        if "condition" not in binding:
            first, second = binding["members"][:2]
            for label, members in (
                ("fewer", [first]),
                ("fewer", [second]),
                ("more", [first, second, account(plan, "api")]),
            ):
                yield f"binding {index} {label}", plan.with_binding(index, members=members)
