"""IAM's condition language: parse it as IAM does, evaluate it for one name, decide it for all names."""

from arco.policy.conditions.decide import Found, Nothing, Space, Undecided, Verdict, find_name, find_object, find_resource
from arco.policy.conditions.evaluate import Resource, evaluate
from arco.policy.conditions.parser import LOGICAL_OPERATORS_MAX, parse
from arco.policy.conditions.tree import (
    All,
    Constant,
    Either,
    Expression,
    ExtractPair,
    ExtractTest,
    Free,
    NameTest,
    Not,
    Opaque,
    Refusal,
    Span,
    Template,
    Test,
    TestKind,
    leaves,
)

__all__ = [
    "LOGICAL_OPERATORS_MAX",
    "All",
    "Constant",
    "Either",
    "Expression",
    "ExtractPair",
    "ExtractTest",
    "Found",
    "Free",
    "NameTest",
    "Not",
    "Nothing",
    "Opaque",
    "Refusal",
    "Resource",
    "Space",
    "Span",
    "Template",
    "Test",
    "TestKind",
    "Undecided",
    "Verdict",
    "evaluate",
    "find_name",
    "find_object",
    "find_resource",
    "leaves",
    "parse",
]
