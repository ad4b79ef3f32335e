"""Creates are settled and absence is told from denial, over HTTP, under each answer that Google does not document."""

from __future__ import annotations

from itertools import product

import pytest

from arco.errors import AccessDeniedError, OutcomeUnknownError
from arco.storage.bucket import ABSENT, Refused, Written
from arco.storage.gcs import Limits
from tests.contract.asking import found
from tests.fakes.gcs_objects import GcsObjects, Undocumented
from tests.fakes.gcs_server import Fault, Operation
from tests.fakes.settled_bucket import SettledBucket
from tests.unit.storage.gcs.site import NAME, Site

SENTINEL = "tenant=acme/workspace=prod/ledger/_root.json"
ONCE = Limits(read_tries=1)
OURS = b"ours, attempt 01kayc8d0mfn6v2xq3r9zt5hwe"
THEIRS = b"theirs, attempt 01kayc8d0mfn6v2xq3r9zt5hwf"

UNDOCUMENTED = [Undocumented(create, read) for create, read in product((412, 403), (404, 403))]
every_answer = pytest.mark.parametrize("undocumented", UNDOCUMENTED, ids=str)


def _settled(
    site: Site, undocumented: Undocumented, *, sentinel: bool = True, deadline_seconds: float = 20
) -> tuple[SettledBucket, GcsObjects]:
    """Give the bucket as the product uses it, with or without its sentinel."""
    name, objects = site.server.add_bucket(undocumented)
    if sentinel:
        objects.write(SENTINEL, b"{}", None, 0)
    bucket = site.handle(ONCE, bucket_name=name)
    return SettledBucket(bucket, SENTINEL, deadline_seconds=deadline_seconds), objects


@every_answer
@pytest.mark.parametrize(
    "fault",
    [
        Fault("put", reply="lost"),
        Fault("put", status=429, headers={"Retry-After": "0"}),
        Fault("put", status=503),
        Fault("put", status=403),
        Fault("put", status=412),
    ],
    ids=lambda fault: f"{fault.reply} {fault.status}",
)
async def test_create_that_took_place_is_known_to_be_ours(site: Site, undocumented: Undocumented, fault: Fault) -> None:
    """Whatever was answered to a create that was done, the name is read, and what stands there is ours."""
    bucket, _ = _settled(site, undocumented)
    site.fail(fault)
    answer = await bucket.put(NAME, OURS, ABSENT)

    assert isinstance(answer, Written)
    assert (await found(bucket, NAME)).version == answer.version


@every_answer
@pytest.mark.parametrize("status", [429, 503])
async def test_create_that_did_not_take_place_is_sent_again(
    site: Site, undocumented: Undocumented, status: int
) -> None:
    """Nothing stands there, so the same bytes are sent to the same name."""
    bucket, _ = _settled(site, undocumented)
    site.fail(Fault("put", work="never", status=status), Fault("put", work="never", reply="lost"))

    assert isinstance(await bucket.put(NAME, OURS, ABSENT), Written)
    assert (await found(bucket, NAME)).data == OURS


@every_answer
async def test_create_of_what_another_created_is_refused(site: Site, undocumented: Undocumented) -> None:
    """403 or 412: the name is read, and another's bytes stand there."""
    bucket, objects = _settled(site, undocumented)
    objects.write(NAME, THEIRS, None, 0)
    answer = await bucket.put(NAME, OURS, ABSENT)

    assert answer == Refused((await found(bucket, NAME)).version)


@every_answer
async def test_try_that_lands_late_is_settled_on_its_name(site: Site, undocumented: Undocumented) -> None:
    """The first try lands after the second: the name has one occupant, and the late one is refused."""
    bucket, _ = _settled(site, undocumented)
    site.fail(Fault("put", work="late", reply="lost"))
    answer = await bucket.put(NAME, OURS, ABSENT)
    site.server.land()

    assert isinstance(answer, Written)
    assert (await found(bucket, NAME)).version == answer.version


@every_answer
async def test_denied_create_of_a_free_name_is_denied(site: Site, undocumented: Undocumented) -> None:
    """One try, answered 403, and nothing stands there: nothing was written, and nothing is on its way."""
    bucket, _ = _settled(site, undocumented)
    site.fail(Fault("put", work="never", status=403))

    with pytest.raises(AccessDeniedError):
        await bucket.put(NAME, OURS, ABSENT)
    assert await bucket.get(NAME) is ABSENT


@every_answer
async def test_create_that_is_never_answered_is_unknown_in_time(site: Site, undocumented: Undocumented) -> None:
    """When time is out the fate is unknown, and is said to be."""
    bucket, _ = _settled(site, undocumented, deadline_seconds=0.5)
    site.fail(*[Fault("put", work="never", status=503)] * 50)

    with pytest.raises(OutcomeUnknownError):
        await bucket.put(NAME, OURS, ABSENT)


@every_answer
@pytest.mark.parametrize("operation", ["get", "head", "range"])
async def test_missing_name_is_absent(site: Site, undocumented: Undocumented, operation: str) -> None:
    """403 or 404: the sentinel can be read, so what is missing is missing."""
    bucket, _ = _settled(site, undocumented)
    answers = {"get": bucket.get(NAME), "head": bucket.head(NAME), "range": bucket.get_range(NAME, 0, 1)}

    for name, answer in answers.items():
        if name == operation:
            assert await answer is ABSENT
        else:
            answer.close()


@every_answer
@pytest.mark.parametrize("operation", ["get", "head"])
async def test_name_that_is_denied_is_not_absent(site: Site, undocumented: Undocumented, operation: Operation) -> None:
    """Where the sentinel cannot be read either, 403 means denied."""
    bucket, objects = _settled(site, undocumented)
    objects.write(NAME, THEIRS, None, 0)
    site.fail(*[Fault("get", status=403)] * 3, *[Fault("head", status=403)] * 3)

    with pytest.raises(AccessDeniedError):
        await (bucket.get(NAME) if operation == "get" else bucket.head(NAME))
