"""Who calls is told by a token that is good now, or by nothing; every other header is answered 401."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.api_core.exceptions import Unauthorized

from tests.fakes.deployments import member
from tests.fakes.emulated import ALICE, BOB, BUCKET, Emulated, rights, running_emulated
from tests.fakes.manual_clock import ManualClock

_O = f"/storage/v1/b/{BUCKET}/o/there"


@pytest.fixture
def clock() -> ManualClock:
    """Give the clock of the emulator."""
    return ManualClock()


@pytest.fixture
def emulated(clock: ManualClock) -> Iterator[Emulated]:
    """Give an emulator in which Alice may read one object, and everybody another."""
    # IAM takes no condition on everybody, but a managed folder of theirs.
    everybody = member(
        "roles/storage.legacyObjectReader",
        "allUsers",
        kind="google_storage_managed_folder_iam_member",
        scope={"bucket": BUCKET, "managed_folder": "public/"},
    )
    with running_emulated(*rights(ALICE, "storage.objects.get"), everybody, clock=clock) as running:
        running.put("there")
        running.put("public/there")
        yield running


def test_token_speaks_for_its_account(emulated: Emulated) -> None:
    """Each for the one that it was issued to."""
    answers = [emulated.send("GET", _O, who=who) for who in (ALICE, BOB)]

    assert [answer.status for answer in answers] == [200, 403]
    assert "bob@demo-project" in answers[1].message


_BAD = (
    *("Bearer {}x", "Bearer x{}", "Bearer {} {}", "Basic {}", "{}", "Bearer", "Bearer "),
    *("Bearer forged", "", "Bearer {}, Bearer {}", "Bearer\t{}", "BearerBearer {}"),
)


@pytest.mark.parametrize("pattern", _BAD)
def test_header_that_is_no_good_token_is_refused(emulated: Emulated, pattern: str) -> None:
    """Nobody who sends one is taken for somebody else, nor for nobody, who may read what is public."""
    given = pattern.replace("{}", emulated.token(ALICE))
    for path in (_O, _O.replace("there", "public%2Fthere")):
        answer = emulated.send("GET", path, None, {"Authorization": given})

        assert (answer.status, answer.reason) == (401, "authError")


def test_revoked_token_is_refused_at_once(emulated: Emulated) -> None:
    """That token, and no other of the account."""
    other = emulated.emulator.tokens.issue(ALICE).token
    emulated.emulator.tokens.revoke(emulated.token(ALICE))
    revoked = emulated.send("GET", _O)
    spared = emulated.send("GET", _O, None, {"Authorization": f"Bearer {other}"})

    assert (revoked.status, spared.status) == (401, 200)


def test_token_ends_with_its_lifetime(emulated: Emulated, clock: ManualClock) -> None:
    """Good until the last moment before its end, and not at it."""
    token = emulated.emulator.tokens.issue(ALICE, 60).token
    clock.advance(59.5)
    last = emulated.send("GET", _O, None, {"Authorization": f"Bearer {token}"})
    clock.advance(0.5)
    over = emulated.send("GET", _O, None, {"Authorization": f"Bearer {token}"})

    assert (last.status, over.status) == (200, 401)


def test_client_is_told(emulated: Emulated) -> None:
    """The real client raises Unauthorized, and does not go on as nobody."""
    bucket = emulated.bucket()
    emulated.emulator.tokens.revoke(emulated.token(ALICE))
    with pytest.raises(Unauthorized):
        bucket.blob("public/there").reload(retry=None)


def test_nobody_reads_what_is_public(emulated: Emulated) -> None:
    """And nothing else."""
    answers = [emulated.send("GET", path, who=None) for path in (_O.replace("there", "public%2Fthere"), _O)]

    assert [answer.status for answer in answers] == [200, 401]


def test_two_headers_are_no_choice(emulated: Emulated) -> None:
    """Of two tokens, neither is taken: not the first, and not the last."""
    alice, bob = (f"Bearer {emulated.token(who)}" for who in (ALICE, BOB))
    answers = [
        emulated.send("GET", _O, None, {"Authorization": first, "authorization": second})
        for first, second in ((alice, bob), (bob, alice), (alice, alice))
    ]

    assert [answer.status for answer in answers] == [401, 401, 401]
