"""A reply that is lost changes nothing that is stored: what was done can be read, and what was not done cannot."""

from __future__ import annotations

import pytest

from arco.errors import OutcomeUnknownError
from arco.runtime import SeededRandomness
from arco.storage.bucket import ABSENT, Bucket, Written
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults
from arco.storage.settle import create_settled
from tests.contract.asking import create, found, refused
from tests.fakes.manual_clock import ManualClock

NAME = "ledger/catalog/00000000000000000001.json"
SENTINEL = "ledger/_root.json"


async def test_create_whose_reply_was_lost_took_place(bucket: Bucket) -> None:
    """The next read sees it, and a second try is refused by the first."""
    broken = FaultBucket(bucket, ScriptedFaults([Fault.AFTER]))
    with pytest.raises(OutcomeUnknownError):
        await broken.put(NAME, b"ours", ABSENT)
    standing = await found(bucket, NAME)

    assert standing.data == b"ours"
    refused(await broken.put(NAME, b"ours", ABSENT), truth=standing.version)


async def test_swap_whose_reply_was_lost_took_place(bucket: Bucket) -> None:
    """The next read sees it, and a second try at the old version is refused."""
    broken = FaultBucket(bucket, ScriptedFaults([Fault.NONE, Fault.AFTER]))
    first = await create(broken, NAME, b"first")
    with pytest.raises(OutcomeUnknownError):
        await broken.put(NAME, b"second", first)
    standing = await found(bucket, NAME)

    assert standing.data == b"second"
    refused(await broken.put(NAME, b"second", first), truth=standing.version)


async def test_delete_whose_reply_was_lost_took_place(bucket: Bucket) -> None:
    """The next delete finds nothing."""
    version = await create(bucket, NAME)
    broken = FaultBucket(bucket, ScriptedFaults([Fault.AFTER]))
    with pytest.raises(OutcomeUnknownError):
        await broken.delete(NAME, version)

    assert await broken.delete(NAME, version) is ABSENT


@pytest.mark.parametrize("fault", [Fault.AFTER, Fault.DELAYED, Fault.TORN, Fault.BEFORE])
async def test_create_is_settled_on_its_name(bucket: Bucket, fault: Fault) -> None:
    """Whatever became of the first try, settling ends with our bytes there, and a late landing changes nothing."""
    broken = FaultBucket(bucket, ScriptedFaults([fault]))
    answer = await create_settled(
        broken,
        NAME,
        b"ours",
        sentinel=SENTINEL,
        clock=ManualClock(),
        randomness=SeededRandomness(1),
        deadline_seconds=10,
    )
    while broken.delayed:
        await broken.land()

    assert isinstance(answer, Written)
    assert (await found(bucket, NAME)).data == b"ours"
    assert (await found(bucket, NAME)).version == answer.version
