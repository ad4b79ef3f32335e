"""Policies about which three answers are compared: the deployed one, every wrong case, and generated ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random  # noqa: TID251 - every draw is replayed from the seed that a failure prints
from typing import Final

from arco.policy.deployment import Deployment, Instance
from arco.policy.grants import Grants, collect
from arco.policy.terraform import load
from policy_tests.inputs import ENVIRONMENTS, MODULES
from policy_tests.pairs import CASES
from tests.fakes.deployments import Plain, bucket, custom_role, instance

__all__ = ["FAR_TRUTHS", "STRANGER", "Policy", "deployed_policy", "generated_policies", "wrong_cases"]

STRANGER: Final = "serviceAccount:stranger@elsewhere.iam.gserviceaccount.com"

# The clock of the tests stands at 2026-05-28T20:26:40.625Z, a Thursday. Months, and days of a month, a week or a year,
# are counted from 0. What is not listed here stays open, so nobody may grant by it.
_TIMES: Final[Mapping[str, bool]] = {
    "request.time < timestamp('2030-01-01T00:00:00Z')": True,
    "request.time < timestamp('2020-01-01T00:00:00Z')": False,
    "request.time >= timestamp('2026-05-28T20:26:40Z')": True,
    "request.time > timestamp('2026-05-28T20:26:41Z')": False,
    "timestamp('2026-05-28T22:26:41+02:00') <= request.time": False,
    "request.time <= date('2026-05-28')": False,
    "date('2026-05-28') < request.time": True,
    "request.time < (timestamp('2026-05-28T20:00:00Z') + duration('1600s'))": False,
    "(request.time - duration('10s')) < timestamp('2026-05-28T20:26:40Z')": True,
    "request.time.getFullYear() == 2026": True,
    "request.time.getMonth() == 4": True,
    "request.time.getDate() == 28": True,
    "request.time.getDayOfMonth() > 27": False,
    "request.time.getDayOfYear() == 147": True,
    "request.time.getDayOfWeek() == 4": True,
    "request.time.getDayOfWeek('Asia/Tokyo') != 5": False,
    "request.time.getHours('Asia/Tokyo') <= 5": True,
    "request.time.getHours('-05:00') >= 16": False,
    "request.time.getMilliseconds() == 625": True,
}
FAR_TRUTHS: Final[Mapping[str, bool]] = {f"({text})": truth for text, truth in _TIMES.items()}
"""What each comparison with a time, as the condition's tree spells it, is at the moment of the tests."""

_OPEN: Final = (
    "request.time.getHours('Nowhere/Atlantis') < 24",
    "resource.matchTag('123/env', 'prod')",
    "resource.hasTagKey('123/env')",
)
_ROOTS: Final = ("ledger/", "state/", "manifests/", "locks/", "l0/", "heads/")
_PERMISSIONS: Final = tuple(
    f"storage.{what}"
    for what in (
        *(f"objects.{do}" for do in ("create", "delete", "get", "list", "update")),
        "buckets.get",
        "buckets.getIamPolicy",
        "buckets.update",
    )
)
_ROLES: Final = (
    "roles/storage.objectAdmin",
    "roles/storage.objectUser",
    "roles/storage.objectViewer",
    "roles/storage.objectCreator",
    "roles/storage.legacyBucketReader",
    "roles/storage.legacyBucketWriter",
    "roles/storage.legacyObjectReader",
    "roles/storage.admin",
)
_BASIC: Final = ("roles/viewer", "roles/editor", "roles/owner")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy under a name that says where it comes from."""

    name: str
    grants: Grants


def deployed_policy() -> Policy:
    """Give the policy of this repository's Terraform, as the environment `dev` has it."""
    return Policy("deployed", collect(_deployed()))


def _deployed() -> Deployment:
    return load(MODULES, [path for path in ENVIRONMENTS if path.stem == "dev"])


def wrong_cases() -> Iterator[Policy]:
    """Give the wrong input of every case that a rule must find."""
    for case in CASES:
        yield Policy(case.name, case.open("wrong").found)


def generated_policies(seed: int, number: int) -> Iterator[Policy]:
    """Give the deployed policy with a few grants more, and without owning its bucket in every second one."""
    right = _deployed()
    places = sorted(collect(right).buckets)
    holders = sorted({grant.member for grant in collect(right).grants})
    for index in range(number):
        generator = _Generator(Random(f"{seed}/{index}"), places, holders)  # noqa: S311 - it is replayed by its seed
        extra = generator.extra(unowned=index % 2 == 1)
        yield Policy(f"generated {index}", collect(replace(right, instances=(*right.instances, *extra))))


@dataclass(slots=True)
class _Generator:
    """Writes grants that nobody should have written, by every route and under every form of condition."""

    random: Random
    places: Sequence[str]
    holders: Sequence[str]

    def extra(self, *, unowned: bool) -> list[Instance]:
        numbers = count()
        made = [one for _ in range(self.random.randint(2, 5)) for one in self._grant(next(numbers))]
        if unowned:
            # Nobody owns its policy, so it has what Cloud Storage binds on a new bucket.
            made.append(bucket("unowned-bucket", project="arco-catalog-dev", uniform=self.random.random() < 0.7))
            made += [
                instance(
                    "google_project_iam_member",
                    f"basic{number}",
                    project="arco-catalog-dev",
                    role=role,
                    member=self.random.choice(self.holders),
                )
                for number, role in enumerate(self.random.sample(_BASIC, 2))
            ]
        return made

    def _grant(self, number: int) -> Iterator[Instance]:
        place = self.random.choice([*self.places, "unowned-bucket"])
        role: str = self.random.choice(_ROLES)
        if self.random.random() < 0.6:
            permissions = self.random.sample(_PERMISSIONS, self.random.randint(1, 4))
            yield custom_role(f"added_{number}", *permissions, name=f"added_{number}")
            role = f"projects/demo-project/roles/added_{number}"
        everybody = self.random.random() < 0.2
        who = self.random.choice(("allUsers", "allAuthenticatedUsers")) if everybody else self._somebody()
        # IAM refuses a condition on everybody; one of both kinds of grant shows what is made of it.
        expression = "" if self.random.random() < (0.7 if everybody else 0.15) else self._condition(place, number)
        condition: list[Plain] = [{"title": f"added {number}", "expression": expression}] if expression else []
        kind, scope = self._scope(place)
        yield instance(kind, f"added{number}", role=role, member=who, condition=condition, **scope)

    def _somebody(self) -> str:
        return STRANGER if self.random.random() < 0.3 else self.random.choice(self.holders)

    def _scope(self, place: str) -> tuple[str, dict[str, Plain]]:
        kind = self.random.choices(("bucket", "managed folder", "project", "organization"), (6, 2, 2, 1))[0]
        if kind == "managed folder":
            folder = self._folder() + self.random.choice(("", "deep/"))
            return "google_storage_managed_folder_iam_member", {"bucket": place, "managed_folder": folder}
        if kind == "project":
            projects = ("arco-catalog-dev", "demo-project", "123456789")
            return "google_project_iam_member", {"project": self.random.choice(projects)}
        if kind == "organization":
            return "google_organization_iam_member", {"org_id": "123"}
        return "google_storage_bucket_iam_member", {"bucket": place}

    def _folder(self) -> str:
        tenant = self.random.choice(("tenant=acme/workspace=prod/", "tenant=acme-2/workspace=prod/", ""))
        return tenant + self.random.choice(_ROOTS)

    def _condition(self, place: str, number: int) -> str:
        first, second = self._clause(place, number), self._clause(place, number + 100)
        form = self.random.choice(("{0}", "{0}", "!({0})", "({0}) && ({1})", "({0}) || ({1})", "!({0}) && ({1})"))
        return form.format(first, second)

    def _clause(self, place: str, number: int) -> str:
        beginning = f"projects/_/buckets/{place}/objects/"
        folder, other = self._folder(), self.random.choice(_ROOTS)
        word = folder.rpartition("/workspace=prod/")[2].rstrip("/")
        tenant = f'resource.name.extract("{beginning}tenant={{t}}/'
        forms = (
            f'resource.name.startsWith("{beginning}{folder}")',
            f'resource.name.startsWith("{beginning}{folder.rstrip("/")}")',
            f'resource.name.startsWith("{beginning}{folder[: len(folder) // 2]}")',
            f'resource.name.endsWith("{folder}x")',
            f'resource.name.endsWith("/{other}") || resource.name.endsWith("{word}")',
            f'resource.name == "{beginning}{folder}x"',
            f'resource.name != "{beginning}{folder}x"',
            f'resource.name == "projects/_/buckets/{place}"',
            f'resource.name.extract("/{word}/{{rest}}") != ""',
            f'resource.name.extract("objects/{{root}}/") == "{word}"',
            'resource.name.extract("/workspace={w}/").startsWith("prod")',
            f'{tenant}workspace=") == {tenant}")',
            f'resource.name.extract("{beginning}{{root}}/") == "{word}"',
            f'resource.name.extract("/{word}/{{next}}/") != "a"',
            f'resource.name.extract("{{start}}/{other}").endsWith("/{word}")',
            'resource.type == "storage.googleapis.com/Bucket"',
            'resource.type != "storage.googleapis.com/Object"',
            'resource.service == "storage.googleapis.com"',
            self.random.choice([*_TIMES]),
            self.random.choice([*_TIMES]),
            # A tag of its own: what depends on one tag twice may hold for certain without anybody knowing its value.
            self.random.choice(_OPEN).replace("123", f"{number}"),
            f'resource.name.matches("{word}.*")',
            f'resource.name.extract("{{a}}/workspace={{b}}/").endsWith("{other}")',
            "true",
        )
        return self.random.choice(forms)
