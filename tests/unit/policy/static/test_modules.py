"""Static mode: modules, instances, references, gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from arco.errors import InputError
from arco.policy.deployment import Deployment
from arco.policy.values import Document, Text, Unknown, Value

Loader = Callable[..., Deployment]

ACCOUNTS = {
    "main.tf": """
provider "google" {
  project = var.project
}
variable "project" {
  default = "demo-project"
}
module "workspace" {
  source   = "./modules/workspace"
  for_each = { "acme/prod" = "x", "b\\"c" = "y" }
  key      = each.key
  value    = each.value
}
resource "google_storage_bucket_iam_member" "all" {
  bucket = "b"
  role   = "roles/storage.objectViewer"
  member = module.workspace["acme/prod"].member
}
""",
    "modules/workspace/main.tf": """
variable "key" {}
variable "value" {}
resource "google_service_account" "a" {
  for_each   = toset(["k"])
  account_id = "api-${var.value}-${each.value}"
}
resource "google_storage_bucket" "b" {
  count = 2
  name  = "bucket-${count.index}"
}
output "member" {
  value = google_service_account.a["k"].member
}
""",
}


def text(value: Value) -> str:
    """Give text as people see it."""
    assert isinstance(value, Text)
    return value.display()


def instance(deployment: Deployment, address: str) -> Mapping[str, Value]:
    """Give the values at an address."""
    return next(found.values for found in deployment.instances if found.address == address)


def test_addresses_are_terraforms(load: Loader) -> None:
    """Module paths and keys are spelled as Terraform prints them, quotes escaped."""
    deployment = load(ACCOUNTS)

    assert [found.address for found in deployment.instances] == [
        "google_storage_bucket_iam_member.all",
        'module.workspace["acme/prod"].google_service_account.a["k"]',
        'module.workspace["acme/prod"].google_storage_bucket.b[0]',
        'module.workspace["acme/prod"].google_storage_bucket.b[1]',
        'module.workspace["b\\"c"].google_service_account.a["k"]',
        'module.workspace["b\\"c"].google_storage_bucket.b[0]',
        'module.workspace["b\\"c"].google_storage_bucket.b[1]',
    ]
    assert [found.index for found in deployment.instances] == [None, "k", 0, 1, "k", 0, 1]
    assert deployment.instances[1].module == 'module.workspace["acme/prod"]'


def test_a_member_is_followed_through_outputs_and_provider(load: Loader) -> None:
    """The account's member comes from account id and the provider's project, through a module's output."""
    values = instance(load(ACCOUNTS), "google_storage_bucket_iam_member.all")

    assert text(values["member"]) == "serviceAccount:api-x-k@demo-project.iam.gserviceaccount.com"


def test_each_piece_of_text_points_at_its_own_line(load: Loader) -> None:
    """Text that crosses modules is placed where each part was written."""
    values = instance(load(ACCOUNTS), "google_storage_bucket_iam_member.all")
    member = values["member"]
    assert isinstance(member, Text)
    shown = member.display()

    assert str(member.origin_at(shown.index("api"))) == "infra/modules/workspace/main.tf:6"
    assert str(member.origin_at(shown.index("x-k"))) == "infra/main.tf:10"
    assert str(member.origin_at(shown.index("demo"))) == "infra/main.tf:6"


def test_a_domain_scoped_project_leaves_the_email_unknown(load: Loader) -> None:
    """The e-mail of an account in `example.com:demo` is spelled in another way, which is not guessed."""
    deployment = load('resource "google_service_account" "a" {\n account_id = "x"\n project = "example.com:demo"\n}\n')

    assert isinstance(deployment.instances[0].values["email"], Unknown)


def test_an_unknown_project_leaves_the_rest_of_the_email_known(load: Loader) -> None:
    """Only what comes from the environment is unknown."""
    deployment = load('resource "google_service_account" "a" {\n account_id = "x"\n}\n')
    email = deployment.instances[0].values["email"]

    assert text(email) == "x@${?}.iam.gserviceaccount.com"


def test_an_alias_chooses_its_own_project(load: Loader) -> None:
    """`provider = google.other` and a module's `providers` decide whose project counts."""
    deployment = load({
        "main.tf": """
provider "google" {
  project = "first"
}
provider "google" {
  alias   = "other"
  project = "second"
}
resource "google_project_iam_custom_role" "r" {
  provider = google.other
  role_id  = "a"
}
module "m" {
  source    = "./m"
  providers = { google = google.other }
}
""",
        "m/main.tf": 'resource "google_project_iam_custom_role" "r" {\n  role_id = "b"\n}\n',
    })  # fmt: skip

    assert [text(found.values["name"]) for found in deployment.instances] == [
        "projects/second/roles/a",
        "projects/second/roles/b",
    ]


@pytest.mark.parametrize("argument", ["for_each = toset([terraform_data.u.id])", "count = terraform_data.u.input"])
def test_instances_that_cannot_be_counted_are_a_gap(load: Loader, argument: str) -> None:
    """An unknown `for_each` or `count` leaves a gap with its address, and references to it unknown."""
    deployment = load(f"""
resource "terraform_data" "u" {{
}}
resource "google_storage_bucket_iam_member" "m" {{
  {argument}
  role = "x"
}}
resource "other" "o" {{
  v = google_storage_bucket_iam_member.m
}}
""")

    assert [(gap.address, gap.type) for gap in deployment.gaps] == [
        ("google_storage_bucket_iam_member.m", "google_storage_bucket_iam_member")
    ]
    assert "terraform_data.u" in deployment.gaps[0].reason
    assert isinstance(instance(deployment, "other.o")["v"], Unknown)


def test_a_module_with_an_unknown_for_each_is_a_gap(load: Loader) -> None:
    """Nothing inside such a module can be enumerated, and nothing is."""
    deployment = load({
        "main.tf": """
resource "terraform_data" "u" {
}
module "m" {
  source   = "./m"
  for_each = toset([terraform_data.u.id])
}
""",
        "m/main.tf": 'resource "x" "y" {\n}\n',
    })  # fmt: skip

    assert [(gap.address, gap.type) for gap in deployment.gaps] == [("module.m", "module")]
    assert [found.address for found in deployment.instances] == ["terraform_data.u"]


@pytest.mark.parametrize(
    ("block", "type_"),
    [
        ('import {\n  to = a.b\n  id = "x"\n}', "import"),
        ("removed {\n  from = a.b\n}", "removed"),
        ('action "a" "b" {\n}', "action"),
        ('module "m" {\n  source = "registry/thing/google"\n}', "module"),
        ('module "m" {\n  source = "git::https://example.com/x.git"\n}', "module"),
    ],
)
def test_what_static_mode_does_not_read_is_a_gap(load: Loader, block: str, type_: str) -> None:
    """A block that could make or keep instances is never left out in silence."""
    deployment = load(block + "\n")

    assert [gap.type for gap in deployment.gaps] == [type_]
    assert deployment.gaps[0].origin is not None
    assert deployment.gaps[0].origin.line == 1


def test_meta_arguments_are_not_attributes(load: Loader) -> None:
    """`lifecycle`, `depends_on`, `provisioner` and the like say nothing about the object."""
    deployment = load("""
resource "a" "b" {
  count      = 1
  depends_on = [a.c]
  provider   = x.y
  name       = "n"
  lifecycle {
    prevent_destroy = true
  }
  provisioner "local-exec" {
    command = self.name
  }
  connection {
    host = self.name
  }
}
resource "a" "c" {
}
""")

    assert list(instance(deployment, "a.b[0]")) == ["name"]


@pytest.mark.parametrize("ignored", ["all", "[members]", '[members["x"], role]'])
def test_ignored_changes_leave_the_attribute_unknown(load: Loader, ignored: str) -> None:
    """The state's value stands, whatever is written, so that what is written proves nothing."""
    deployment = load(f"""
resource "google_storage_bucket_iam_binding" "b" {{
  members = ["user:a@example.com"]
  lifecycle {{
    ignore_changes = {ignored}
  }}
}}
resource "other" "o" {{
  v = google_storage_bucket_iam_binding.b.members
}}
""")

    assert isinstance(deployment.instances[0].values["members"], Unknown)
    assert isinstance(instance(deployment, "other.o")["v"], Unknown)


def test_dynamic_blocks_expand_with_iterators_and_nesting(load: Loader) -> None:
    """Iterators name the item, inner blocks see outer iterators, an unknown collection makes the block unknown."""
    deployment = load("""
resource "terraform_data" "u" {
}
resource "a" "b" {
  dynamic "binding" {
    for_each = { x = ["1", "2"], y = [] }
    iterator = it
    content {
      role = it.key
      dynamic "inner" {
        for_each = it.value
        content {
          v = "${it.key}${inner.value}${inner.key}"
        }
      }
    }
  }
  binding {
    role = "static"
  }
  dynamic "other" {
    for_each = terraform_data.u.output
    content {
    }
  }
  dynamic "none" {
    for_each = []
    content {
    }
  }
}
""")
    values = instance(deployment, "a.b")
    binding = values["binding"]
    assert isinstance(binding, tuple)
    roles = [text(block["role"]) for block in binding if isinstance(block, Mapping)]
    first = binding[0]
    assert isinstance(first, Mapping)
    inner = first["inner"]
    assert isinstance(inner, tuple)

    assert roles == ["x", "y", "static"]
    assert [text(block["v"]) for block in inner if isinstance(block, Mapping)] == ["x10", "x21"]
    assert isinstance(values["other"], Unknown)
    assert values["none"] == ()


def test_a_reference_to_an_unset_attribute_is_unknown(load: Loader) -> None:
    """The provider may compute it; the reason names it."""
    deployment = load("""
resource "google_storage_bucket" "b" {
  name = "n"
  versioning {
    enabled = true
  }
}
resource "a" "b" {
  written = google_storage_bucket.b.versioning[0].enabled
  added   = google_storage_bucket.b.versioning[0].other
  unset   = google_storage_bucket.b.etag
  mixed   = "x-${google_storage_bucket.b.etag}"
  id      = google_storage_bucket.b.id
}
""")
    values = instance(deployment, "a.b")

    assert values["written"] is True
    assert isinstance(values["added"], Unknown)
    assert values["unset"] == Unknown(
        "computed by the provider: google_storage_bucket.b.etag", deployment.instances[0].origin
    )
    assert text(values["mixed"]) == "x-${?}"
    assert text(values["id"]) == "n"


def test_jsonencode_keeps_what_it_encodes(load: Loader) -> None:
    """A policy that is written with jsonencode() shows its content, known or not."""
    deployment = load("""
resource "terraform_data" "u" {
}
resource "a" "b" {
  known   = jsonencode({ bindings = [{ role = "r" }] })
  unknown = jsonencode({ bindings = [{ role = terraform_data.u.id }] })
}
""")
    values = instance(deployment, "a.b")
    known, unknown = values["known"], values["unknown"]
    assert isinstance(known, Document)
    assert isinstance(unknown, Document)

    assert known.text.value == '{"bindings":[{"role":"r"}]}'
    assert not unknown.text.known
    assert isinstance(unknown.content, Mapping)
    assert "bindings" in unknown.content


def test_a_cycle_is_refused_with_its_path(load: Loader) -> None:
    """Locals that need each other have no value."""
    with pytest.raises(InputError, match=r"cycle: local\.a -> local\.b -> local\.a"):
        load("locals {\n  a = local.b\n  b = local.a\n}\n")


def test_a_module_that_calls_itself_is_refused(load: Loader) -> None:
    """Endless nesting ends with an error, not with a crash."""
    with pytest.raises(InputError, match="nested too deeply"):
        load({"main.tf": 'module "m" {\n  source = "./m"\n}\n', "m/main.tf": 'module "m" {\n  source = "../m"\n}\n'})


def test_deep_nesting_is_refused_not_a_crash(load: Loader) -> None:
    """An expression too deep for the evaluator is an input error."""
    with pytest.raises(InputError, match=r"deep|nest"):
        load("locals {\n  a = " + "[" * 3000 + "]" * 3000 + "\n}\n")


def test_a_chain_of_locals_longer_than_the_stack_is_refused(load: Loader) -> None:
    """So is a chain of references."""
    chain = "".join(f"  l{i} = local.l{i + 1}\n" for i in range(5000))
    with pytest.raises(InputError, match=r"deep"):
        load("locals {\n" + chain + "  l5000 = 1\n}\n")
