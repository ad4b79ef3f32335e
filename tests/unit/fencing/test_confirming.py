"""A permit is asked for once more before the one write that it is for, names one manifest, and is of one workspace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from arco.errors import ConflictError, FencedError, UsageError
from arco.fencing import Lease, LeaseTerms, PublishPermit, VerifiedLease, confirm, redeem
from arco.layout import Domain
from tests.fakes.contenders import DOMAIN, World, theirs
from tests.fakes.handed_out import SCOPE


@dataclass(frozen=True, slots=True)
class Newest:
    """Names a newest manifest."""

    domain: Domain = DOMAIN
    manifest_id: int = 4
    manifest_hash: str = "sha256:" + "a" * 64


NEWEST = Newest()


async def _lease(world: World) -> Lease:
    return await world.seat("a", terms=LeaseTerms(ttl_seconds=600)).acquire()


async def _permit(world: World) -> PublishPermit:
    return (await _lease(world)).permit_issuer().issue(NEWEST)


ENDS: dict[str, str] = {"released": "the lease was released", "lost": "the lease was lost"}


@pytest.mark.parametrize("how", ENDS)
async def test_permit_is_not_good_after_its_lease(how: str) -> None:
    """A permit that was issued while the lease was alive is refused, and used up, once that is known to be over."""
    world = World()
    lease = await _lease(world)
    permit = lease.permit_issuer().issue(NEWEST)
    if how == "released":
        await lease.release()
    else:
        await world.write(theirs())
        with pytest.raises(FencedError):
            await lease.renew()

    with pytest.raises(FencedError, match=ENDS[how]):
        confirm(permit)
    with pytest.raises(FencedError, match=ENDS[how]):
        redeem(permit, NEWEST)
    with pytest.raises(UsageError, match="a permit is good for one try"):
        redeem(permit, NEWEST)


async def test_used_permit_is_confirmed_until_its_end() -> None:
    """Between its use and the one write that it is for, a permit may be asked for again, and ends as it would have."""
    world = World()
    permit = await _permit(world)
    redeem(permit, NEWEST)
    world.clock.advance(29.875)
    confirm(permit)
    world.clock.advance(0.125)
    with pytest.raises(ConflictError, match="the permit has expired") as caught:
        confirm(permit)

    assert caught.value.name.endswith("/catalog/00000000000000000005.manifest.json")


async def test_confirming_uses_no_permit_up() -> None:
    """A permit that was asked for is still good for its one try."""
    permit = await _permit(World())
    confirm(permit)

    assert redeem(permit, NEWEST).value == 1


@pytest.mark.parametrize("forge", ["shell", "token"])
async def test_what_is_no_permit_is_not_confirmed(forge: str) -> None:
    """A shell and a token are no permits."""
    forged: dict[str, Any] = {
        "shell": object.__new__(PublishPermit),
        "token": (await _lease(World())).token,
    }

    with pytest.raises(UsageError, match="not a PublishPermit that its module made"):
        confirm(forged[forge])


class Anything:
    """Is equal to whatever it is compared with."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        """Agree."""
        return True


@pytest.mark.parametrize("field", ["manifest_id", "manifest_hash"])
@pytest.mark.parametrize("value", [Anything(), True, b"sha256", None], ids=["anything", "flag", "bytes", "nothing"])
async def test_permit_names_its_manifest_by_number_and_text(field: str, value: Any) -> None:  # noqa: ANN401 what is neither
    """What is equal to every id or hash would make a permit that is good for every newest manifest."""
    issuer = (await _lease(World())).permit_issuer()

    with pytest.raises(UsageError, match="a permit names a manifest by its id and hash"):
        issuer.issue(replace(NEWEST, **{field: value}))


async def test_token_tells_its_workspace() -> None:
    """A token carries the scope of the locks that its lease was taken from, and so does a verified lease's."""
    world = World()
    lease = await _lease(world)
    verified = await VerifiedLease.verify(world.seat("compactor").replica, DOMAIN, [lease.claim()])
    before = lease.token
    await lease.raise_above(4)

    assert [token.scope for token in (before, lease.token, verified.token)] == [SCOPE] * 3
