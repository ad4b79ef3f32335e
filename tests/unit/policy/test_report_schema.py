"""Every JSON document that the command line prints is one of those that its published schema describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from arco.cli import main
from policy_tests.pairs import CASES
from tests.fakes.plan_builder import Json, change, plan, text

_ROOT = Path(__file__).parents[3]
_MATRIX = str(_ROOT / "infra" / "access_matrix.txt")
_HERE = [str(_ROOT / "infra" / "terraform"), "--var-file", str(_ROOT / "infra" / "environments" / "dev.tfvars")]
_WRONG = str(_ROOT / "policy_tests" / "cases" / "public-access" / "wrong")
_RIGHT = str(_ROOT / "policy_tests" / "cases" / "public-access" / "right")
_NAME = "tenant=acme/workspace=prod/state/x"
# One command line for each kind of document, and the definition that it must be.
_DOCUMENTS = {
    "check": ("judgement", ["check", *_HERE, "--matrix", _MATRIX]),
    "check, wrong": ("judgement", ["check", _WRONG]),
    "matrix": ("judgement", ["matrix", *_HERE, "--matrix", _MATRIX, "--check"]),
    "explain, yes": ("explanation", ["explain", "api", "storage.objects.get", _NAME, *_HERE, "--matrix", _MATRIX]),
    "explain, no": ("explanation", ["explain", "api", "storage.objects.create", _NAME, *_HERE, "--matrix", _MATRIX]),
    "who-can": ("who_can", ["who-can", "storage.objects.get", _NAME, *_HERE, "--matrix", _MATRIX]),
    "diff": ("difference", ["diff", _WRONG, _RIGHT]),
    "lint": ("lint", ["lint", _WRONG, "--at", "2030-01-01T00:00:00Z"]),
    "lint, refused": ("lint", ["lint", "--expression", 'resource.name.matches("x")']),
    "lint, undecided": (
        "lint",
        ["lint", "--expression", 'resource.name.extract("a{x}") == resource.name.extract("{x}")'],
    ),
    "usage": ("error", ["check", _WRONG, "--rule", "no-such-rule"]),
    "nothing to check": ("error", ["check", str(_ROOT / "tests" / "unit")]),
    "no such file": ("error", ["check", "no-such-file"]),
}


def _schema(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["policy", "schema"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def _closed(node: object) -> object:
    """Forbid what the schema does not name: the tests are stricter than a reader may be."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    if "properties" in node:
        closed.setdefault("unevaluatedProperties", False)
    return closed


def _printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> object:
    capsys.readouterr()
    main(["policy", *arguments, "--json"])
    return json.loads(capsys.readouterr().out)


def _only(schema: dict[str, Any], definition: str) -> Draft202012Validator:
    return Draft202012Validator({"$defs": schema["$defs"], "$ref": f"#/$defs/{definition}"})


def test_the_schema_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """By its own schema."""
    Draft202012Validator.check_schema(_schema(capsys))


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_every_document_is_described(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By the schema as it is published, as exactly the document that the command is for."""
    definition, arguments = _DOCUMENTS[name]
    schema = _schema(capsys)
    document = _printed(arguments, capsys)

    Draft202012Validator(schema).validate(document)
    _only(schema, definition).validate(document)


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_every_key_is_described(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No document holds a key that nobody wrote down."""
    definition, arguments = _DOCUMENTS[name]
    schema = _schema(capsys)
    closed = {"$defs": _closed(schema["$defs"])}

    _only(closed, definition).validate(_printed(arguments, capsys))


def test_every_definition_has_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever adds a kind of document adds its command line to this test."""
    described = {item["$ref"].rpartition("/")[2] for item in _schema(capsys)["oneOf"]}

    assert described == {definition for definition, _ in _DOCUMENTS.values()}


@pytest.mark.parametrize("key", ["schema_version", "verdict", "findings", "waived"])
def test_a_document_without_a_key_is_refused(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The schema is no blank form."""
    schema = _schema(capsys)
    document = _printed(_DOCUMENTS["check"][1], capsys)
    assert isinstance(document, dict)
    del document[key]

    assert not Draft202012Validator(schema).is_valid(document)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_finding_is_described(case: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401 (a case)
    """Of every rule, whatever it is about."""
    closed = {"$defs": _closed(_schema(capsys)["$defs"])}
    matrix = ["--matrix", str(case.matrix)] if case.matrix else []

    _only(closed, "judgement").validate(_printed(["check", str(case.source("wrong")), *matrix], capsys))


def test_a_plan_has_null_for_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And is described as well."""
    grant: dict[str, Json] = {
        "bucket": "demo",
        "role": "roles/storage.objectViewer",
        "member": "allUsers",
        "condition": [],
    }
    path = tmp_path / "plan.json"
    path.write_text(text(plan(change("google_storage_bucket_iam_member.x", grant))), encoding="utf-8")
    schema = _schema(capsys)
    document: Any = _printed(["check", str(path)], capsys)

    _only(schema, "judgement").validate(document)
    assert {finding["location"] for finding in document["findings"]} == {None}


def test_waivers_are_described(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A waived finding stands apart, with its waiver, and the verdict says that it is no proof."""
    waivers = tmp_path / "waivers.toml"
    rules = ("public-access", "condition-refused")
    address = "google_storage_bucket_iam_policy.demo"
    entry = "[[waiver]]\nrule = '{}'\naddress = '{}'\nreason = 'agreed'\nexpiry = 9999-12-31\n"
    waivers.write_text("".join(entry.format(rule, address) for rule in rules), encoding="utf-8")
    asked = [option for rule in rules for option in ("--rule", rule)]
    closed = {"$defs": _closed(_schema(capsys)["$defs"])}

    document: Any = _printed(["check", _WRONG, *asked, "--waivers", str(waivers)], capsys)

    _only(closed, "judgement").validate(document)
    assert document["findings"] == []
    assert document["verdict"] == "waived"
    assert document["waived"][0]["waiver"] == {
        "reason": "agreed",
        "expiry": "9999-12-31",
        "location": {"file": str(waivers), "line": 1, "column": 1},
    }
