"""No code outside the storage package writes by name, and no write anywhere goes without a precondition (R56)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tree import files, read

STORAGE = Path("arco/storage")
# It is Cloud Storage to others, and names are what it is asked for; it writes over what it has read alone.
EMULATOR = Path("arco/emulator")
PRECONDITIONS = {"if_version", "if_generation_match"}
# A bucket's writes, and those of the client of Cloud Storage below it.
BUCKET_WRITES = {"put": 3, "delete": 2}
CLIENT_WRITES = {
    "compose",
    "copy_blob",
    "delete_blob",
    "delete_blobs",
    "rewrite",
    "upload_from_file",
    "upload_from_filename",
    "upload_from_string",
}


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Give each call of an attribute, decorators not counted: a route's `put` writes nothing."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    decorators = {id(one) for node in ast.walk(tree) if isinstance(node, functions) for one in node.decorator_list}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and id(node) not in decorators:
            yield node, node.func.attr


def raw_writes(source: str) -> list[str]:
    """Give the calls that write by name, which nothing outside the storage package may make."""
    return [
        f"line {call.lineno}: {name}"
        for call, name in _calls(ast.parse(source))
        if name in BUCKET_WRITES or name in CLIENT_WRITES
    ]


def _is_conditional(call: ast.Call, name: str) -> bool:
    """Whether a write names its precondition, by position or by name, and it is not None."""
    named = [word.value for word in call.keywords if word.arg in PRECONDITIONS]
    least = BUCKET_WRITES.get(name)
    if not named and least is not None and len(call.args) >= least:
        named = call.args[least - 1 : least]
    return bool(named) and not any(isinstance(value, ast.Constant) and value.value is None for value in named)


def unconditional_writes(source: str) -> list[str]:
    """Give the writes without a precondition, and the definitions that would let a caller forget it."""
    tree = ast.parse(source)
    writes = BUCKET_WRITES.keys() | CLIENT_WRITES
    found = [
        f"line {call.lineno}: {name}"
        for call, name in _calls(tree)
        if name in writes and not _is_conditional(call, name)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef) and node.name in BUCKET_WRITES:
            last = node.args.args[-1].arg
            if last not in PRECONDITIONS or node.args.defaults:
                found.append(f"line {node.lineno}: def {node.name}")
    return found


def _modules(*, inside: bool) -> list[Path]:
    arco = [path for path in files(".py") if path.parts[0] == "arco" and not path.is_relative_to(EMULATOR)]
    return [path for path in arco if path.is_relative_to(STORAGE) is inside]


def test_nothing_outside_storage_writes_by_name() -> None:
    """Components write through views, whose methods are named by what they write."""
    modules = _modules(inside=False)
    found = {str(path): raw for path in modules if (raw := raw_writes(read(path)))}

    assert modules
    assert not found


def test_no_write_is_unconditional() -> None:
    """Every write in the storage package names a version or absence, and no definition has a default for it."""
    modules = _modules(inside=True)
    found = {str(path): raw for path in modules if (raw := unconditional_writes(read(path)))}

    assert modules
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "await bucket.put(name, data, ABSENT)",
        "asyncio.gather(bucket.put(name, data, version))",
        "await self._bucket.delete(name, version)",
        "blob.upload_from_string(data)",
    ],
)
def test_raw_write_is_seen(source: str) -> None:
    """A bucket's write outside the storage package is seen, awaited or not, conditional or not."""
    assert raw_writes(source)


@pytest.mark.parametrize(
    "source",
    [
        "await bucket.put(name, data)",
        "await bucket.put(name, data, None)",
        "await bucket.put(name, data, if_version=None)",
        "await bucket.delete(name)",
        "blob.upload_from_string(data)",
        "blob.delete()",
        "async def put(self, name, data): ...",
        "async def put(self, name, data, if_version=None): ...",
        "async def delete(self, name): ...",
    ],
)
def test_unconditional_write_is_seen(source: str) -> None:
    """A write without a precondition is seen, and so is a definition that does not demand one."""
    assert unconditional_writes(source)


@pytest.mark.parametrize(
    "source",
    [
        "@router.put('/tables')\nasync def replace(): ...",
        "await segments.put_ledger(key, data)",
        "queue.put_nowait(item)",
    ],
)
def test_what_writes_no_object_is_let_be(source: str) -> None:
    """Routes of HTTP, queues and the methods of views are no raw writes."""
    assert not raw_writes(source)
