"""A finding's line is the one on which the offending characters are written, however they came into the condition."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_tests.inputs import findings_of, opened, rule_ids

_PREFIX = "projects/_/buckets/demo/objects/a"
_GRANT = r"""
resource "google_storage_bucket_iam_member" "reader" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = EXPRESSION
  }
}
"""
_QUOTED = r'"resource.name.startsWith(\"${NAME}\")"'
_VARIABLE = '\nvariable "prefix" {\n  type    = string\n  default = DEFAULT\n}\n'
_HEREDOC = f"""<<-EOT
      // one folder
      resource.name.startsWith(
        "{_PREFIX}"
      )
    EOT"""


def _grant(expression: str) -> str:
    return _GRANT.replace("EXPRESSION", expression)


def _read(name: str) -> str:
    return _grant(_QUOTED.replace("NAME", name))


_WAYS = {
    "literal": {"main.tf": _grant(_QUOTED.replace("${NAME}", _PREFIX))},
    "local": {"main.tf": _read("local.prefix") + f'\nlocals {{\n  prefix = "{_PREFIX}"\n}}\n'},
    "local of a local": {
        "main.tf": _read("local.prefix"),
        "locals.tf": f'locals {{\n  prefix = "${{local.objects}}a"\n  objects = "{_PREFIX[:-1]}"\n}}\n',
    },
    "default": {"main.tf": _read("var.prefix") + _VARIABLE.replace("DEFAULT", f'"{_PREFIX}"')},
    "tfvars": {
        "main.tf": _read("var.prefix") + _VARIABLE.replace("DEFAULT", "null"),
        "values.tfvars": f'\nprefix = "{_PREFIX}"\n',
    },
    "module": {
        "main.tf": f'module "child" {{\n  source = "./child"\n  prefix = "{_PREFIX}"\n}}\n',
        "child/main.tf": _read("var.prefix") + '\nvariable "prefix" {}\n',
    },
    "module in a module": {
        "main.tf": f'module "child" {{\n  source = "./child"\n  prefix = "{_PREFIX}"\n}}\n',
        "child/main.tf": 'variable "prefix" {}\n\nmodule "child" {\n  source = "./inner"\n  prefix = var.prefix\n}\n',
        "child/inner/main.tf": _read("var.prefix") + '\nvariable "prefix" {}\n',
    },
    "heredoc": {"main.tf": _grant(_HEREDOC)},
    "format": {
        "main.tf": _grant(r'format("resource.name.startsWith(\"%s\")", local.prefix)')
        + f'\nlocals {{\n  prefix = "{_PREFIX}"\n}}\n'
    },
    "for_each": {
        "main.tf": _read("each.value").replace('"reader" {', f'"reader" {{\n  for_each = {{ a = "{_PREFIX}" }}'),
    },
}
_PLACES = {
    "literal": ("main.tf", 9),
    "local": ("main.tf", 14),
    "local of a local": ("locals.tf", 2),
    "default": ("main.tf", 15),
    "tfvars": ("values.tfvars", 2),
    "module": ("main.tf", 3),
    "module in a module": ("main.tf", 3),
    "heredoc": ("main.tf", 12),
    "format": ("main.tf", 14),
    "for_each": ("main.tf", 3),
}


@pytest.mark.parametrize("way", _WAYS)
def test_a_finding_points_at_the_characters_that_offend(way: str, tmp_path: Path) -> None:
    """The caret's first character is the folder's, and its place is where that character stands."""
    for name, text in {"values.tfvars": "", **_WAYS[way]}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    found = findings_of(opened(tmp_path, [tmp_path / "values.tfvars"], None))

    assert rule_ids(found) == {"condition-no-slash"}
    (finding,) = found
    assert finding.origin is not None
    assert (Path(finding.origin.file).relative_to(tmp_path).as_posix(), finding.origin.line) == _PLACES[way]
    line = Path(finding.origin.file).read_text(encoding="utf-8").splitlines()[finding.origin.line - 1]
    assert line[finding.origin.column - 1] == "a"
    assert line[finding.origin.column] in '"\\'
