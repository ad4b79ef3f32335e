"""A permit is for one newest manifest, which must be named."""

from arco.fencing import NewestManifest, PermitIssuer


def use(issuer: PermitIssuer, newest: NewestManifest) -> None:
    """One use stands here."""
    issuer.issue(newest)
