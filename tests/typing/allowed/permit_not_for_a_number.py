"""A permit is for a manifest that was found, and not for an id."""

from arco.fencing import NewestManifest, PermitIssuer


def use(issuer: PermitIssuer, newest: NewestManifest) -> None:
    """One use stands here."""
    issuer.issue(newest)
