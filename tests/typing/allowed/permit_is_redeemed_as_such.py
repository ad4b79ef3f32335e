"""A token redeems nothing."""

from arco.fencing import FencingToken, NewestManifest, PublishPermit, redeem


def use(permit: PublishPermit, token: FencingToken, newest: NewestManifest) -> None:
    """One use stands here."""
    redeem(permit, newest)
