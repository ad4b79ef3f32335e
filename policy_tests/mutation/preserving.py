"""Operators over the plan that change no access: order, names, and how a grant is split, joined or spelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policy_tests.mutation.operators import Changed, Registry
from policy_tests.mutation.plans import POLICY, ROLE, Binding, Entry, Plan
from policy_tests.mutation.sites import SITES, expression, folder, literal

__all__ = ["PRESERVING"]

PRESERVING = Registry()
_Mutants = Iterator[tuple[str, Changed]]
_SOON = 'request.time < timestamp("2031-01-01T00:00:00Z")'
_END, _INNER = '/")', '/inner/")'
_PAIRS = ((2, 22), (1, 5), (3, 4), (7, 10), (24, 25), (21, 23))


def _rewritten(plan: Plan, *rewritings: Callable[[str], str]) -> _Mutants:
    for number, index in enumerate(SITES):
        text = rewritings[number % len(rewritings)](expression(plan, index))
        yield f"binding {index}", plan.with_expression(index, text)


@PRESERVING.add("bindings, members and resources stand in another order", preserving=True)
def reordered(plan: Plan) -> _Mutants:
    bindings = plan.bindings
    yield "bindings backwards", plan.with_bindings(bindings[::-1])
    yield "bindings rotated", plan.with_bindings(bindings[7:] + bindings[:7])
    yield "bindings by title", plan.with_bindings(sorted(bindings, key=lambda b: str(b.get("condition"))))
    yield "members backwards", plan.with_bindings([b | {"members": b["members"][::-1]} for b in bindings])
    yield "resources backwards", plan.with_entries(plan.entries[::-1])
    yield "resources by name", plan.with_entries(sorted(plan.entries, key=lambda entry: str(entry["address"])[::-1]))


@PRESERVING.add("a binding has another title, or a description", preserving=True)
def retitled(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        condition = plan.bindings[index]["condition"]
        changed = {"title": f"grant {index}"} if number % 2 else {"description": "who needs this, and why"}
        yield f"binding {index}", plan.with_binding(index, condition=condition | changed)


def _in_place_of(plan: Plan, index: int, *bindings: Binding) -> Plan:
    return plan.with_bindings([*plan.bindings[:index], *bindings, *plan.bindings[index + 1 :]])


def _titled(binding: Binding, title: str, text: str) -> Binding:
    return binding | {"condition": {"title": title, "expression": text}}


@PRESERVING.add("a binding is split by its members", preserving=True)
def split_by_member(plan: Plan) -> _Mutants:
    for index, binding in enumerate(plan.bindings):
        if len(binding["members"]) > 1:
            one, other = ([member] for member in binding["members"])
            yield (
                f"binding {index}",
                _in_place_of(plan, index, binding | {"members": one}, binding | {"members": other}),
            )
            both = binding | {"members": [*one, *other]}
            yield f"binding {index}, one of them twice", _in_place_of(plan, index, binding | {"members": one}, both)
            yield f"binding {index}, itself twice", _in_place_of(plan, index, both, both)


@PRESERVING.add("a binding is split by a subfolder", preserving=True)
def split_by_folder(plan: Plan) -> _Mutants:
    for index in SITES:
        text, binding = expression(plan, index), plan.bindings[index]
        inner = text.replace(_END, _INNER)
        parts = _titled(binding, "inner", f"{text} && {inner}"), _titled(binding, "outer", f"{text} && !({inner})")
        yield f"binding {index}", _in_place_of(plan, index, *parts)


@PRESERVING.add("a binding is split by time", preserving=True)
def split_by_time(plan: Plan) -> _Mutants:
    for index in SITES:
        text, binding = expression(plan, index), plan.bindings[index]
        parts = _titled(binding, "now", f"{text} && {_SOON}"), _titled(binding, "then", f"{text} && !({_SOON})")
        yield f"binding {index}", _in_place_of(plan, index, *parts)


@PRESERVING.add("two bindings of one role and account are joined", preserving=True)
def joined(plan: Plan) -> _Mutants:
    for first, second in _PAIRS:
        one, other = plan.bindings[first], plan.bindings[second]
        if (one["role"], one["members"]) != (other["role"], other["members"]):
            continue
        left, right = expression(plan, first), expression(plan, second)
        for text in (f"{left} || {right}", f"!(!({left}) && !{right})"):
            kept = [_titled(one, "both", text) if b == one else b for b in plan.bindings if b != other]
            yield f"bindings {first} and {second}", plan.with_bindings(kept)


@PRESERVING.add("double negation", preserving=True)
def double_negation(plan: Plan) -> _Mutants:
    return _rewritten(plan, lambda a: f"!(!({a}))", lambda a: f"!!{a}")


@PRESERVING.add("De Morgan's laws", preserving=True)
def de_morgan(plan: Plan) -> _Mutants:
    return _rewritten(plan, lambda a: f"!(!{a} || !{a})", lambda a: f"!(!{a} && !({a}))")


@PRESERVING.add("A || A, A && A", preserving=True)
def idempotence(plan: Plan) -> _Mutants:
    return _rewritten(plan, lambda a: f"{a} || {a}", lambda a: f"{a} && {a}")


@PRESERVING.add("A || (A && B), A && (A || B)", preserving=True)
def absorption(plan: Plan) -> _Mutants:
    other = expression(plan, 17)
    return _rewritten(plan, lambda a: f"{a} || ({a} && {other})", lambda a: f"{a} && ({a} || {other})")


@PRESERVING.add("(A && B) || (A && !B)", preserving=True)
def cases(plan: Plan) -> _Mutants:
    return _rewritten(
        plan,
        lambda a: f'({a} && resource.name.endsWith("x")) || ({a} && !resource.name.endsWith("x"))',
        lambda a: f"({a} && {_SOON}) || ({a} && !({_SOON}))",
    )


@PRESERVING.add("constants that decide nothing", preserving=True)
def constants(plan: Plan) -> _Mutants:
    return _rewritten(plan, lambda a: f"true && {a}", lambda a: f"{a} || false")


@PRESERVING.add("the service is asked for, which is always the same", preserving=True)
def service(plan: Plan) -> _Mutants:
    return _rewritten(plan, lambda a: f'resource.service == "storage.googleapis.com" && {a}')


@PRESERVING.add("a prefix of the prefix is asked for as well", preserving=True)
def shorter_prefix(plan: Plan) -> _Mutants:
    bucket = literal(plan, SITES[0]).partition("/objects/")[0]
    return _rewritten(plan, lambda a: f'resource.name.startsWith("{bucket}/") && {a}')


@PRESERVING.add("a longer prefix is allowed as well", preserving=True)
def longer_prefix(plan: Plan) -> _Mutants:
    return _rewritten(plan, lambda a: f"{a} || {a.replace(_END, _INNER)}")


@PRESERVING.add("an extract with the whole scope in it, in place of the prefix", preserving=True)
def anchored_extract(plan: Plan) -> _Mutants:
    """What begins with the first occurrence of the bucket's name, and nothing else does: the prefix is the same."""
    for index in SITES:
        whole = literal(plan, index)
        scope = whole.rpartition("/")[0].rpartition("/")[0]
        last = whole.split("/")[-2]
        text = f'resource.name.startsWith("{scope}/") && resource.name.extract("{scope}/{{x}}/") == "{last}"'
        yield f"binding {index}", plan.with_expression(index, text)


@PRESERVING.add("a literal is spelled in another way", preserving=True)
def spelled(plan: Plan) -> _Mutants:
    return _rewritten(
        plan,
        lambda a: a.replace('"', "'"),
        lambda a: a.replace("state", "st\\u0061te").replace("objects", "\\x6fbjects"),
        lambda a: a.replace("tenant", "\\x74enant"),
        lambda a: a.replace("/workspace", "\\u002fworkspace"),
    )


@PRESERVING.add("blanks, lines and parentheses", preserving=True)
def spaced(plan: Plan) -> _Mutants:
    return _rewritten(
        plan,
        lambda a: f"  {a}\n",
        lambda a: f"(({a}))",
        lambda a: a.replace("(", "( ").replace(")", " )"),
        lambda a: f"({a}\n  || false)",
    )


@PRESERVING.add("a grant within another one is added", preserving=True)
def redundant_binding(plan: Plan) -> _Mutants:
    for index in SITES:
        inner = expression(plan, index).replace(_END, _INNER)
        extra = _titled(plan.bindings[index], "inner", inner)
        yield f"binding {index}: {folder(plan, index)}", plan.with_bindings([*plan.bindings, extra])


@PRESERVING.add("a member is named twice, or in other letters", preserving=True)
def member_spelled(plan: Plan) -> _Mutants:
    for number, index in enumerate(SITES):
        (member,) = plan.bindings[index]["members"]
        kind, _, name = member.partition(":")
        members = [member, member] if number % 2 else [f"{kind}:{name.upper()}"]
        yield f"binding {index}", plan.with_binding(index, members=members)


@PRESERVING.add("a binding without members, or an unused role, is added", preserving=True)
def idle(plan: Plan) -> _Mutants:
    for index in SITES[:5]:
        nobody = plan.bindings[index] | {"members": []}
        yield f"binding {index} for nobody", plan.with_bindings([*plan.bindings, nobody])
    for number, index in enumerate(plan.of_type(ROLE)[:3]):
        after = dict(plan.entries[index]["change"]["after"]) | {"role_id": f"idle_{number}"}
        yield f"idle role {number}", plan.with_resource(ROLE, f"idle_{number}", after)


@PRESERVING.add("a custom role has another id, in the role and where it is granted", preserving=True)
def role_renamed(plan: Plan) -> _Mutants:
    for index in plan.of_type(ROLE):
        verb = str(plan.entries[index]["index"])

        def edit(entry: Entry, verb: str = verb) -> None:
            entry["change"]["after"]["role_id"] = f"other_{verb}"

        bindings = [b | {"role": b["role"].replace(f"arco_{verb}", f"other_{verb}")} for b in plan.bindings]
        yield f"role {verb}", plan.edited(index, edit).with_bindings(bindings)


@PRESERVING.add("a role's permissions stand in another order, or twice", preserving=True)
def permissions_reordered(plan: Plan) -> _Mutants:
    for number, index in enumerate(plan.of_type(ROLE)):
        held = plan.entries[index]["change"]["after"]["permissions"]
        other = held[::-1] if number % 2 == 0 and len(held) > 1 else [*held, *held]

        def edit(entry: Entry, other: list[str] = other) -> None:
            entry["change"]["after"]["permissions"] = other

        yield f"role {plan.entries[index]['index']}", plan.edited(index, edit)


@PRESERVING.add("a policy moves to another address, or exists already", preserving=True)
def moved(plan: Plan) -> _Mutants:
    where = plan.of_type(POLICY)[0]
    old: str = plan.entries[where]["address"]

    def renamed(entry: Entry) -> None:
        entry |= {"address": old.replace(".catalog", ".whole"), "name": "whole", "previous_address": old}

    def moved_out(entry: Entry) -> None:
        entry |= {"address": "google_storage_bucket_iam_policy.catalog", "previous_address": old}
        del entry["module_address"]

    def in_another_module(entry: Entry) -> None:
        module = 'module.lake["acme.prod"]'
        entry |= {"address": f"{module}.google_storage_bucket_iam_policy.catalog", "module_address": module}

    def unchanged(entry: Entry) -> None:
        entry["change"] |= {"actions": ["no-op"], "before": entry["change"]["after"], "after_unknown": {}}

    def imported(entry: Entry) -> None:
        unchanged(entry)
        entry["change"] |= {"importing": {"id": "b/x"}}

    def replaced(entry: Entry) -> None:
        entry["change"] |= {"actions": ["delete", "create"], "before": entry["change"]["after"]}

    for edit in (renamed, moved_out, in_another_module, replaced):
        yield edit.__name__, plan.edited(where, edit)
    # A policy that exists already stands on a bucket that does: a new one would begin without it.
    standing = plan
    for bucket in plan.of_type("google_storage_bucket"):
        standing = standing.edited(bucket, unchanged)
    for edit in (unchanged, imported):
        yield edit.__name__, standing.edited(where, edit)
