"""Tokens, leases, issuers and permits cannot be made up, duplicated or looked into."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import arco.fencing
from arco.errors import FencedError, UsageError
from arco.fencing import FencingToken, Lease, LeaseClaim, PermitIssuer, PublishPermit, Replica, VerifiedLease
from arco.fencing import lease as lease_module
from arco.fencing.acquisition import Acquired
from arco.fencing.expiry import Observations, Sighting
from arco.fencing.record import LockRecord
from arco.storage.bucket import Stored
from arco.storage.memory import MemoryBucket
from arco.storage.sealed import Holdings, Sealed
from arco.storage.views import LockView
from tests.fakes.contenders import DOMAIN, MachineClock, World
from tests.fakes.crawler import crawl
from tests.fakes.handed_out import SCOPE, public_names
from tests.tree import files, read

PUBLIC = {
    FencingToken: {"domain", "scope", "value"},
    Lease: {
        "acquire",
        "claim",
        "domain",
        "handover_due",
        "handover_requested",
        "is_over",
        "keep",
        "note_handover_request",
        "permit_issuer",
        "raise_above",
        "release",
        "renew",
        "token",
    },
    PermitIssuer: {"dropped", "from_lock", "issue"},
    PublishPermit: {"domain", "expires_at", "fencing_token", "issued_at", "manifest_id"},
    VerifiedLease: {"handover_requested", "permit_issuer", "token", "verify"},
}
KINDS = sorted(PUBLIC, key=lambda kind: kind.__name__)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

WIDE = (
    *(Acquired, LeaseClaim, LockRecord, LockView, MachineClock, MemoryBucket),
    *(Observations, Replica, Sighting, Stored, World),
)
HELD = {"_Count", "_Granted", "_Held", "_Verified"}


class Newest:
    """A domain without a manifest."""

    domain = DOMAIN
    manifest_id = 0
    manifest_hash = ""


@dataclass
class Made:
    """One of each, all of one lease, and its secret."""

    world: World
    secret: str
    sealed: dict[type, Any]

    def is_prize(self, value: object) -> bool:
        """Tell what must not be reached: what holds a lock's capability, its record, or the secret."""
        if isinstance(value, WIDE) or type(value).__name__ in HELD:
            return True
        return isinstance(value, list | tuple | set | frozenset) and self.secret in value


async def _made() -> Made:
    world = World()
    lease = await world.seat("a").acquire()
    verified = await VerifiedLease.verify(world.seat("compactor").replica, DOMAIN, [lease.claim()])
    issuer = PermitIssuer.from_lock(lease)
    one_of_each: tuple[Any, ...] = (lease, verified, issuer, issuer.issue(Newest()), lease.token)
    return Made(world, lease.claim().secret, {type(one): one for one in one_of_each})


@pytest.fixture
async def made() -> Made:
    """Give one of each kind."""
    return await _made()


def _shell(kind: type) -> Any:  # noqa: ANN401 of whatever kind
    return object.__new__(kind)


@every_kind
@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), {}), ((7,), {}), ((DOMAIN, 7), {}), ((), {"value": 7}), ((), {"sealed": 7})],
    ids=["nothing", "number", "domain and number", "named", "sealed"],
)
def test_constructor_is_no_way_in(kind: type, arguments: tuple[object, ...], named: dict[str, object]) -> None:
    """A call of the class raises TypeError, whatever it is given."""
    with pytest.raises(TypeError, match=r"is sealed: it cannot be made|__new__"):
        kind(*arguments, **named)


@every_kind
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps, lambda one: one.__reduce_ex__(4)])
async def test_there_is_no_second_one(made: Made, kind: type, duplicate: Callable[[object], object]) -> None:
    """Copies and pickles raise TypeError: a permit that could be copied could be used twice."""
    with pytest.raises(TypeError, match="is sealed: it cannot be"):
        duplicate(made.sealed[kind])


@every_kind
async def test_nothing_can_be_replaced(made: Made, kind: type) -> None:
    """They are no dataclasses, so no other one can be derived from one by `dataclasses.replace`."""
    assert not dataclasses.is_dataclass(made.sealed[kind])
    with pytest.raises(TypeError):
        dataclasses.replace(made.sealed[kind], value=9)


@every_kind
def test_there_is_no_subclass(kind: type) -> None:
    """A class below one raises TypeError at its definition, also one that names the sealed base besides."""
    for bases in ((kind,), (kind, Sealed)):
        with pytest.raises(TypeError, match="is sealed: it cannot be subclassed"):
            type("Forged", bases, {})


def _uses(kind: type) -> set[str]:
    """Give what an instance can be asked for; the rest are ways to come by one."""
    return PUBLIC[kind] - {"acquire", "from_lock", "verify"}


async def _use(one: object, kind: type, name: str) -> None:
    member = inspect.getattr_static(kind, name)
    if isinstance(member, property):
        getattr(one, name)
    else:
        answer = getattr(one, name)(*[Newest()] * (len(inspect.signature(member).parameters) - 1))
        await answer


@every_kind
async def test_shell_stands_for_nothing(kind: type) -> None:
    """An object by `object.__new__` raises UsageError at each use."""
    for name in _uses(kind):
        with pytest.raises(UsageError, match="that its module made"):
            await _use(_shell(kind), kind, name)


@every_kind
async def test_another_kind_is_a_shell(kind: type) -> None:
    """One whose class was changed to another's holds nothing any more: a permit does not become an issuer."""
    for other in KINDS:
        one = (await _made()).sealed[kind]
        one.__class__ = other
        for name in _uses(other) if other is not kind else set():
            with pytest.raises(UsageError, match="that its module made"):
                await _use(one, other, name)


@every_kind
async def test_method_of_another_kind_cannot_be_borrowed(made: Made, kind: type) -> None:
    """One that is passed to a property of another class is refused."""
    for other in KINDS:
        for name in PUBLIC[other] if other is not kind else set():
            member = inspect.getattr_static(other, name)
            if isinstance(member, property) and member.fget is not None:
                with pytest.raises(UsageError, match="that its module made"):
                    member.fget(made.sealed[kind])


@every_kind
async def test_nothing_can_be_set(made: Made, kind: type) -> None:
    """No attribute can be set: neither those that there are nor new ones."""
    for name in (*PUBLIC[kind], "_value", "used"):
        with pytest.raises(AttributeError):
            setattr(made.sealed[kind], name, 9)
        with pytest.raises(AttributeError):
            object.__setattr__(made.sealed[kind], name, 9)
    with pytest.raises(TypeError):
        vars(made.sealed[kind])


@every_kind
async def test_public_names_are_the_documented_ones(made: Made, kind: type) -> None:
    """Each shows what its holder needs, and not one name more."""
    assert public_names(made.sealed[kind]) == PUBLIC[kind]


@every_kind
async def test_nothing_behind_is_reachable(made: Made, kind: type) -> None:
    """No route leads to the lock's capability, to its record, to the secret, or to what a lease stands for."""
    assert not crawl(made.sealed[kind], made.is_prize)


@every_kind
async def test_nothing_behind_is_reachable_from_a_call(made: Made, kind: type) -> None:
    """Nor from a call of a method that has not begun."""
    for name in PUBLIC[kind] & {"renew", "release", "keep"}:
        call = getattr(made.sealed[kind], name)()
        found = crawl(call, made.is_prize)
        call.close()

        assert not found


async def test_nothing_behind_is_reachable_from_a_refusal(made: Made) -> None:
    """Nor from the error of a lease that is over."""
    made.world.clock.advance(60)
    with pytest.raises(FencedError) as caught:
        await made.sealed[Lease].renew()

    assert not crawl(caught.value, made.is_prize)


async def test_permit_leads_to_no_issuer(made: Made) -> None:
    """Whoever holds a permit can use it and not make another; whoever holds a token can make no permit."""
    wider = (Lease, VerifiedLease, PermitIssuer)

    for kind in (PublishPermit, FencingToken):
        assert not crawl(made.sealed[kind], lambda value: isinstance(value, wider))
    assert not crawl(made.sealed[FencingToken], lambda value: isinstance(value, PublishPermit))


async def test_crawler_would_find_what_is_behind(made: Made) -> None:
    """The same question, asked of what a lease stands for and of what holds its secret, is answered with the way."""
    held = vars(lease_module)["_LEASES"].of(made.sealed[Lease])

    assert made.is_prize(held)
    assert crawl(held, lambda value: value is not held and made.is_prize(value))
    assert made.is_prize([made.secret])
    assert made.secret not in repr(held)


async def test_fencing_token_unforgeable(made: Made) -> None:
    """No number becomes a token: not by a call, a shell, a class of one's own, or holdings of one's own."""
    forged: Any = type("FencingToken", (), {"domain": DOMAIN, "value": 9})()
    own: Holdings[FencingToken, object] = Holdings(FencingToken)
    minted = own.mint((DOMAIN, 9, SCOPE))
    fget = inspect.getattr_static(FencingToken, "value").fget

    for one in (forged, minted, _shell(FencingToken), made.sealed[Lease], 9):
        with pytest.raises(UsageError, match="that its module made"):
            fget(one)
    with pytest.raises(UsageError, match="that its module made"):
        own.of(made.sealed[FencingToken])


def test_package_exports_the_documented_names() -> None:
    """What makes tokens, issuers and records is not among what the package shows."""
    assert arco.fencing.__all__ == [
        "FencingToken",
        "HeldLock",
        "Lease",
        "LeaseClaim",
        "LeaseTerms",
        "NewestManifest",
        "NewestToken",
        "PermitIssuer",
        "PublishPermit",
        "Replica",
        "VerifiedLease",
        "confirm",
        "force_break",
        "redeem",
    ]


# What makes sealed objects out of mere values; a contract keeps the modules, and knows no names.
MINTS = {"mint_token", "mint_issuer", "_TOKENS", "_ISSUERS", "_PERMITS", "_LEASES", "_VERIFIED"}


def _named(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(read(path))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) | ast.Constant(value=str(name)):
                found.add(name)
            case _:
                pass
    return found & MINTS


def test_nothing_else_mints() -> None:
    """No other package of the product names what makes tokens, issuers and permits, by whatever module it could."""
    product = [path for path in files(".py") if path.parts[0] == "arco"]
    found = {path.as_posix(): names for path in product if (names := _named(path))}
    inside = {path for path in found if path.startswith("arco/fencing/")}

    assert inside
    assert not {path: names for path, names in found.items() if path not in inside}
