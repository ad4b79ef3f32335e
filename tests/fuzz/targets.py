"""What is fuzzed: each takes any bytes, and returns unless the gate breaks its promise on them.

The promise of all four: what is read is read in bounded time, and what is not is an InputError that names its source.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from arco.errors import InputError
from arco.policy.case import open_case
from arco.policy.conditions import Refusal, Resource, Space, evaluate, find_at_once, find_bucket, find_name, parse
from arco.policy.judge import judge
from arco.policy.matrix import parse_matrix, render_body, workspaces_of
from arco.policy.terraform.plan import load_plan_bytes
from arco.policy.terraform.static import load_directory
from tests.fakes.plan_builder import Json, Object, account, block, change, custom_role, module, refer, text
from tests.fakes.plan_builder import plan as plan_of
from tests.fuzz.small_plan import SMALL, load
from tests.tree import ROOT

__all__ = ["TARGETS", "seeds"]

_MATRIX = (ROOT / "infra/access_matrix.txt").read_text()
_DEPLOYMENT = load(SMALL)
_NAMES = ("a", "x/y", "t=a/w=b/ledger/x", "projects/_/buckets/b/objects/a/x")
# A search that costs more is undecided, as in a check, only sooner.
_STATES_MAX = 2_000


def condition(data: bytes) -> None:
    """Parse text as a condition; what is accepted is decided, evaluated, and the witness holds."""
    written = data.decode(errors="surrogateescape")
    parsed = parse(written)
    if isinstance(parsed, Refusal):
        assert 0 <= parsed.span.start <= parsed.span.end <= max(len(written), 1), parsed
        return
    for name in _NAMES:
        evaluate(parsed, Resource.object("b", name))
    space = Space.objects("b")
    verdict = find_at_once(parsed, space) or find_name(parsed, space, states_max=_STATES_MAX)
    witness = getattr(verdict, "name", None)
    if witness is not None:
        assert evaluate(parsed, Resource("storage.googleapis.com/Object", witness)) is not False, (written, witness)
    find_bucket(parsed, states_max=_STATES_MAX)


def matrix(data: bytes) -> None:
    """Parse text as a matrix; what is accepted spells its own table, and is applied to a plan or refused."""
    try:
        # As a file is read: what is no UTF-8 is refused before.
        parsed = parse_matrix(data.decode(errors="replace"), "matrix.txt")
        workspaces_of(parsed, _DEPLOYMENT)
    except InputError as error:
        _check_refusal(error)
        return
    rows = {role: dict(row) for role, row in parsed.rows.items()}
    assert parse_matrix(parsed.head + render_body(parsed.layout, rows), "again").rows == parsed.rows


def _check_refusal(error: InputError) -> None:
    """A refusal names its input, and fits on a line of a terminal or of a report."""
    str(error).encode(errors="surrogateescape")
    assert error.source


def plan(data: bytes) -> None:
    """Load bytes as a plan; what is accepted is judged, without a matrix."""
    try:
        judge(open_case(load_plan_bytes(data, "plan.json"), None))
    except InputError as error:
        _check_refusal(error)


def source(data: bytes) -> None:
    """Load bytes as a root module of one file; what is accepted is judged, without a matrix."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_bytes(data)
        try:
            judge(open_case(load_directory(folder), None))
        except InputError as error:
            _check_refusal(error)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "condition": condition,
    "matrix": matrix,
    "plan": plan,
    "source": source,
}


def seeds(target: str) -> Mapping[str, bytes]:
    """Give what a run begins with: what this repository has, and what was found before."""
    kept = sorted((Path(__file__).parent / "found" / target).glob("*"))
    found = {path.name: path.read_bytes() for path in kept}
    return found | {f"seed-{number}": data for number, data in enumerate(_SEEDS[target]())}


def _conditions() -> list[bytes]:
    start = 'resource.name.startsWith("projects/_/buckets/b/objects/a/")'
    return [
        written.encode()
        for written in (
            start,
            f"!({start}) || {start} && true",
            'resource.name.extract("projects/_/buckets/b/objects/t={t}/") != ""',
            'resource.name.extract("a{t}/") == resource.name.extract("a{t}/w/")',
            'resource.type == "storage.googleapis.com/Object" && resource.service != "x"',
            'request.time < timestamp("2030-01-01T00:00:00Z") && request.time.getHours("Europe/Berlin") >= 9',
            "resource.matchTag('1/env', 'prod') || resource.hasTagKeyId('x')",
            'resource.name == "\\u00e9\\x41\\101\\n" && -1.5 < 2',
            "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/x'])",
        )
    ]


def _files(*patterns: str) -> list[bytes]:
    return [path.read_bytes() for pattern in patterns for path in sorted(ROOT.glob(pattern))]


_CONDITION: Json = {"title": "t", "expression": 'resource.name.startsWith("projects/_/buckets/demo/objects/a/")'}
_BINDING: Json = {"role": "roles/storage.objectViewer", "members": ["user:a@example.com"], "condition": _CONDITION}
_ON: Object = {"bucket": "demo"}
_PLAN = plan_of(
    change("google_storage_bucket.b", {"name": "demo", "uniform_bucket_level_access": True}),
    change("google_storage_bucket_iam_policy.p", _ON | {"policy_data": json.dumps({"bindings": [_BINDING]})}),
    change('module.w["a"].google_storage_bucket_iam_member.m', _ON | {"role": "roles/viewer", "member": "allUsers"}),
    change("google_storage_bucket_iam_binding.x", _ON, unknown={"role": True, "members": [True, False]}),
    account('module.w["a"].google_service_account.a', "reader"),
    custom_role('google_project_iam_custom_role.r["a"]', "arco_get"),
    root=module(
        block("google_storage_bucket_iam_binding.x", {"role": refer("google_project_iam_custom_role.r", "each.key")})
    ),
    variables={"workspaces": ["a"]},
    prior={"resources": [], "child_modules": []},
)

_SEEDS: Mapping[str, Callable[[], list[bytes]]] = {
    "condition": _conditions,
    "matrix": lambda: [_MATRIX.encode()],
    "plan": lambda: [text(_PLAN).encode()],
    "source": lambda: _files("infra/terraform/**/*.tf", "policy_tests/lake/*.tf"),
}
