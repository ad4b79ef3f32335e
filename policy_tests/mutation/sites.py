"""Where a plan can be changed: its conditional bindings, their parts, and the accounts of a workspace."""

from __future__ import annotations

from policy_tests.mutation.plans import Plan

__all__ = ["ACCOUNTS", "CUSTOM", "SITES", "account", "custom", "expression", "folder", "literal", "root", "with_folder"]

# Conditional bindings of the first policy: each account, each root and each verb occurs.
SITES = (1, 2, 5, 8, 17, 20, 22, 24)
ACCOUNTS = ("antientropy", "api", "compactor", "gc", "invoker", "reader")
CUSTOM = ("administer", "create", "get", "list", "swap", "sweep")


def expression(plan: Plan, index: int) -> str:
    """Give the condition of a binding."""
    text: str = plan.bindings[index]["condition"]["expression"]
    return text


def literal(plan: Plan, index: int) -> str:
    """Give the one literal of a condition."""
    return expression(plan, index).split('"')[1]


def folder(plan: Plan, index: int) -> str:
    """Give the folder of a condition: its literal without bucket."""
    return literal(plan, index).partition("/objects/")[2]


def root(plan: Plan, index: int) -> str:
    """Give the root of a condition, without slash."""
    return literal(plan, index).split("/")[-2]


def with_folder(plan: Plan, index: int, name: str) -> str:
    """Give the condition of a binding for another folder of the same scope; `name` brings its slash."""
    return expression(plan, index).replace(f'{root(plan, index)}/")', f'{name}")')


def custom(plan: Plan, verb: str) -> str:
    """Give the full name of a custom role."""
    return f"{plan.bindings[0]['role'].rpartition('_')[0]}_{verb}"


def account(plan: Plan, name: str) -> str:
    """Give the member that plays `name` in the first workspace; invoker holds nothing, and is in no binding."""
    known: str = next(b["members"][0] for b in plan.bindings if b["members"][0].startswith("serviceAccount:compactor-"))
    return known.replace("compactor", name)
