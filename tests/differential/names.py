"""Names of objects that are near the literals of a policy, where two readings of one condition part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random  # noqa: TID251 - every draw is replayed from the seed that a failure prints
from typing import Final

from arco.policy.conditions import ExtractPair, ExtractTest, NameTest, leaves
from arco.policy.model import Grant, ScopeKind

__all__ = ["names_near"]

_NAME_BYTES_MAX: Final = 1024
_ODD: Final = (
    "x",
    "tenant=ledger/x",
    "a//b",
    "%2Fstate%2F",
    "?name=state/&x#y",
    "ünïcode/日本/🐟",
    "a\u0301/á",
    "{tenant}/{path}",
    " leading and trailing ",
    "../state/x",
    "./state/./x",
    "y" * _NAME_BYTES_MAX,
    "é" * (_NAME_BYTES_MAX // 2),
    "\t\x01\x7f",
    '"quoted\\"',
    "a+b=c&d;e,f",
)


def names_near(grants: Sequence[Grant], bucket: str, random: Random) -> list[str]:
    """Give names at, before, behind and between all literals of the conditions of `grants`, and odd ones; sorted."""
    literals = sorted({literal for grant in grants for literal in _literals(grant, bucket) if literal})
    found: set[str] = {*_ODD}
    for literal in literals:
        found.update(_around(literal, random))
    for _ in range(min(len(literals) * 2, 60)):
        left, right = random.choice(literals), random.choice(literals)
        found.add(left[: random.randint(0, len(left))] + right[random.randint(0, len(right)) :])
    return sorted(name for name in found if _is_name(name))


def _literals(grant: Grant, bucket: str) -> Iterator[str]:
    if grant.scope.kind is ScopeKind.MANAGED_FOLDER:
        yield grant.scope.folder
    beginning = f"projects/_/buckets/{bucket}/objects/"
    for leaf, _ in leaves(grant.expression):
        texts: list[str] = []
        if isinstance(leaf, NameTest):
            texts = [leaf.test.literal]
        elif isinstance(leaf, ExtractTest):
            before, literal, behind = leaf.template.prefix, leaf.test.literal, leaf.template.suffix
            texts = [f"{before}{literal}{behind}", f"{before}a{behind}", f"{before}{literal}{behind}b{behind}"]
            texts += [f"{before}b{behind}{before}{literal}{behind}", f"{behind}{before}{literal}{behind}"]
        elif isinstance(leaf, ExtractPair):
            before, behind, other = leaf.left.prefix, leaf.left.suffix, leaf.right.suffix
            texts = [f"{before}a{behind}", f"{before}a{other}", f"{before}a{other}b{behind}", f"{before}{other}"]
        for text in texts:
            # What is no name of an object here stays as it is: it may stand within one.
            yield text.rpartition("/objects/")[2] if "/objects/" in text else text
            yield text.removeprefix(beginning).removeprefix("objects/")


def _around(literal: str, random: Random) -> Iterator[str]:
    at = random.randrange(len(literal))
    yield literal
    yield literal + "x"
    yield literal[:-1]
    yield literal[:-1] + "x"
    yield literal.rstrip("/") + "_old/x"
    yield "x/" + literal.lstrip("/") + "x"
    yield literal + literal
    yield literal.upper() + "x"
    yield literal.replace("/", "%2F") + "x"
    yield literal.replace("/", "//") + "x"
    yield literal[:at] + literal[at + 1 :] + "x"
    yield literal[:at] + chr(ord(literal[at]) + 1) + literal[at + 1 :] + "x"
    yield literal[:at] + "ß" + literal[at:] + "x"
    yield literal + "../" + "state/x"
    if random.random() < 0.15:
        # A name of the greatest length costs the procedure as much as ten others.
        yield literal + "n" * (_NAME_BYTES_MAX - len(literal.encode()))


def _is_name(name: str) -> bool:
    legal = name not in {"", ".", ".."} and "\r" not in name and "\n" not in name
    return legal and len(name.encode()) <= _NAME_BYTES_MAX
