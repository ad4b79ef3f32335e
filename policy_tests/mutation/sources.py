"""Operators over the source: this repository's Terraform, edited as people edit it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from arco.policy.deployment import Deployment
from arco.policy.terraform import load
from arco.policy.values import Document, SetOf, Text, Value
from policy_tests.inputs import MODULES
from policy_tests.mutation.access import Resource
from policy_tests.mutation.operators import Changed, Registry
from policy_tests.mutation.plans import Plan
from policy_tests.renaming import copied

__all__ = ["SOURCES", "Source"]

SOURCES = Registry()
_Mutants = Iterator[tuple[str, Changed]]
_Edit = tuple[str, str, str]
_CONDITIONS, _GRANTS, _POLICY = (f"modules/workspace/{name}.tf" for name in ("iam_conditions", "grants", "iam"))
_ROLES, _MAIN = "roles.tf", "main.tf"
_VARIABLES = (
    'project  = "arco-catalog-dev"\nlocation = "EUROPE-WEST3"\n'
    'workspaces = [{ tenant = "acme", workspace = "prod" }]\n'
    'administrators = ["group:arco-administrators@example.com", '
    '"serviceAccount:deployer@arco-catalog-dev.iam.gserviceaccount.com"]\n'
)
_ROOTS = ("cursors", "heads", "l0", "ledger", "locks", "manifests", "quarantine", "state")


class Source:
    """A copy of the root module, in which edits are made and undone."""

    def __init__(self) -> None:
        """Copy it."""
        self._home = tempfile.TemporaryDirectory()
        self._directory = copied(MODULES, Path(self._home.name) / "terraform")
        self._variables = Path(self._home.name) / "one.tfvars"
        self._variables.write_text(_VARIABLES, encoding="utf-8")

    def load(self, edits: tuple[_Edit, ...]) -> Deployment:
        """Load it with edits, each of which must fit in exactly one place."""
        before: dict[Path, str] = {}
        try:
            for name, find, put in edits:
                path = self._directory / name
                text = path.read_text(encoding="utf-8")
                before.setdefault(path, text)
                if text.count(find) != 1:
                    message = f"{find!r} stands {text.count(find)} times in {name}"
                    raise ValueError(message)
                path.write_text(text.replace(find, put), encoding="utf-8")
            return load(self._directory, [self._variables])
        finally:
            for path, text in before.items():
                path.write_text(text, encoding="utf-8")

    @staticmethod
    def resources(deployment: Deployment) -> Iterator[Resource]:
        """Give what will exist, for the oracle."""
        for instance in deployment.instances:
            if not instance.data:
                yield instance.type, {name: _plain(value) for name, value in instance.values.items()}


def _plain(value: Value) -> Any:  # noqa: ANN401 (whatever Terraform has)
    if isinstance(value, Text):
        return value.value if value.known else None
    if isinstance(value, Document):
        return value.text.value
    if isinstance(value, SetOf):
        return [_plain(item) for item in value.items]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _line(root: str) -> str:
    """Give the expression of a root, as it stands in the source."""
    return f'"resource.name.startsWith(\\"${{local.scope}}{root}/\\")"'


def _conditions(template: str) -> _Mutants:
    """Rewrite each condition: {A} is the test as it stands within the quotes, {R} the root."""
    for root in _ROOTS:
        text = template.replace("{A}", _line(root)[1:-1]).replace("{R}", root)
        yield f"condition {root}", ((_CONDITIONS, _line(root), text),)


@SOURCES.add("a prefix loses its slash in the source", over_source=True)
def source_slash_dropped(_plan: Plan) -> _Mutants:
    return _conditions('"resource.name.startsWith(\\"${local.scope}{R}\\")"')


@SOURCES.add("a condition is negated in the source", over_source=True)
def source_negated(_plan: Plan) -> _Mutants:
    return _conditions('"!({A})"')


@SOURCES.add("a condition is true in the source", over_source=True)
def source_condition_true(_plan: Plan) -> _Mutants:
    return _conditions('"true"')


@SOURCES.add("a condition loses its scope in the source", over_source=True)
def source_suffix(_plan: Plan) -> _Mutants:
    return _conditions('"resource.name.endsWith(\\"/{R}/\\")"')


def _verbs(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield account, root and verb of each grant."""
    for account, body in re.findall(r"^    (\w+) = \{\n((?:      .*\n)+)    \}", text, re.MULTILINE):
        yield from ((account, root, verb) for root, verb in re.findall(r'(\w+) += "(\w+)"', body))


def _grants() -> tuple[str, list[tuple[str, str, str]]]:
    text = (MODULES / _GRANTS).read_text(encoding="utf-8")
    return text, list(_verbs(text))


def _grant_edit(account: str, root: str, put: str) -> _Edit:
    """Replace the line of one grant."""
    text, _ = _grants()
    start = text.index(f"    {account} = {{\n")
    end = text.index("    }\n", start)
    block = text[start:end]
    (line,) = re.findall(rf"^      {root} += .*\n", block, re.MULTILINE)
    return _GRANTS, block, block.replace(line, put)


@SOURCES.add("an account gets another verb under a root, in the source", over_source=True)
def source_verb_swapped(_plan: Plan) -> _Mutants:
    verbs = ("get", "create", "swap", "sweep")
    for number, (account, root, verb) in enumerate(_grants()[1][::2]):
        other = next(v for v in verbs[number % len(verbs) :] + verbs if v != verb)
        yield f"{account} {root} {other}", (_grant_edit(account, root, f'      {root} = "{other}"\n'),)


@SOURCES.add("a grant is dropped in the source", over_source=True)
def source_grant_dropped(_plan: Plan) -> _Mutants:
    for account, root, _ in _grants()[1][::3]:
        yield f"{account} {root}", (_grant_edit(account, root, ""),)


@SOURCES.add("an account gets a root more, in the source", over_source=True)
def source_grant_added(_plan: Plan) -> _Mutants:
    held = {(account, root) for account, root, _ in _grants()[1]}
    for number, (account, root, verb) in enumerate(_grants()[1][::4]):
        more = next(name for name in _ROOTS[number % len(_ROOTS) :] + _ROOTS if (account, name) not in held)
        line = f'      {root} = "{verb}"\n      {more} = "get"\n'
        yield f"{account} {more}", (_grant_edit(account, root, line),)


@SOURCES.add("an account may list, in the source", over_source=True)
def source_lister_added(_plan: Plan) -> _Mutants:
    find = 'listers = ["antientropy", "gc"]'
    for account in ("api", "compactor", "invoker", "reader"):
        yield account, ((_GRANTS, find, f'listers = ["antientropy", "gc", "{account}"]'),)
    yield "gc twice", ((_GRANTS, find, 'listers = ["antientropy", "gc", "gc"]'),)
    yield "not gc", ((_GRANTS, find, 'listers = ["antientropy"]'),)


@SOURCES.add("a verb's role holds more, in the source", over_source=True)
def source_role_gains(_plan: Plan) -> _Mutants:
    text = (MODULES / _ROLES).read_text(encoding="utf-8")
    for verb, more in (
        ("get", "storage.objects.update"),
        ("create", "storage.objects.delete"),
        ("swap", "storage.objects.update"),
        ("sweep", "storage.objects.create"),
        ("list", "storage.buckets.update"),
        ("administer", "storage.objects.get"),
    ):
        start = text.index(f"    {verb} = {{")
        end = text.index("permissions = [", start) + len("permissions = [")
        yield f"{verb} {more}", ((_ROLES, text[start:end], f'{text[start:end]}"{more}", '),)


@SOURCES.add("the scope or a name that everything hangs on is another, in the source", over_source=True)
def source_scope_changed(_plan: Plan) -> _Mutants:
    scope = "objects/tenant=${var.tenant}/workspace=${var.workspace}/"
    for label, put in (
        ("no tenant", "objects/workspace=${var.workspace}/"),
        ("no workspace", "objects/tenant=${var.tenant}/"),
        ("no scope", "objects/"),
        ("no slash", "objects/tenant=${var.tenant}/workspace=${var.workspace}"),
        ("workspace first", "objects/workspace=${var.workspace}/tenant=${var.tenant}/"),
    ):
        yield label, ((_CONDITIONS, scope, put),)
    yield "shorter bucket", ((_CONDITIONS, "${local.bucket_name}/objects", "arco-/objects"),)


@SOURCES.add("a condition by an equal expression, in the source", preserving=True, over_source=True)
def source_rewritten(_plan: Plan) -> _Mutants:
    for template in ('"!(!({A}))"', '"{A} || {A}"'):
        yield from list(_conditions(template))[:5]


@SOURCES.add("a condition by a heredoc, a function or a template, in the source", preserving=True, over_source=True)
def source_spelled(_plan: Plan) -> _Mutants:
    templates = (
        '<<-EOT\n      resource.name.startsWith("${local.scope}{R}/")\n    EOT\n',
        'format("resource.name.startsWith(%q)", "${local.scope}{R}/")',
        'join("", ["resource.name.startsWith(", jsonencode("${local.scope}{R}/"), ")"])',
        '"resource.name.startsWith(\\"${join("/", [trimsuffix(local.scope, "/"), "{R}", ""])}\\")"',
        'replace("resource.name.startsWith(\'${local.scope}{R}/\')", "\'", "\\"")',
    )
    for template in templates:
        yield from list(_conditions(template))[:2]


@SOURCES.add("a local of its own for a part, in the source", preserving=True, over_source=True)
def source_local_introduced(_plan: Plan) -> _Mutants:
    for root in _ROOTS:
        yield (
            root,
            (
                (_CONDITIONS, _line(root), f"local.only_{root}"),
                (_CONDITIONS, "  conditions = {", f"  only_{root} = {_line(root)}\n\n  conditions = {{"),
            ),
        )


@SOURCES.add("another order, in the source", preserving=True, over_source=True)
def source_reordered(_plan: Plan) -> _Mutants:
    text = (MODULES / _CONDITIONS).read_text(encoding="utf-8")
    lines = re.findall(r"^    \w+ += \".*\n", text, re.MULTILINE)
    yield "conditions", ((_CONDITIONS, "".join(lines), "".join(reversed(lines))),)
    yield "listers", ((_GRANTS, '["antientropy", "gc"]', '["gc", "antientropy"]'),)
    yield "administrators", ((_POLICY, "members = var.administrators", "members = reverse(sort(var.administrators))"),)
    yield "bindings", ((_POLICY, "for_each = local.bindings", "for_each = reverse(local.bindings)"),)
    swap = '["storage.objects.create", "storage.objects.delete", "storage.objects.get"]'
    turned = '["storage.objects.get", "storage.objects.delete", "storage.objects.create"]'
    yield "permissions", ((_ROLES, swap, turned),)


@SOURCES.add("the module, its key or a title has another name, in the source", preserving=True, over_source=True)
def source_renamed(_plan: Plan) -> _Mutants:
    outputs = ("outputs.tf", "in module.workspace :", "in module.lake :")
    move = 'moved {\n  from = module.workspace\n  to   = module.lake\n}\n\nmodule "lake" {'
    yield "module", ((_MAIN, 'module "workspace" {', move), outputs)
    yield "key", ((_MAIN, '"${w.tenant}/${w.workspace}" => w', '"${w.workspace}.of.${w.tenant}" => w'),)
    yield "title", ((_POLICY, 'title      = "${account} ${verb} ${root}"', 'title      = "${root}: ${account}"'),)
    yield "title of all", ((_POLICY, 'title      = "${account} ${verb} ${root}"', 'title      = "granted"'),)
    yield "description", ((_POLICY, "title      = binding.value.title", 'title = "x"\n        description = "y"'),)
