"""A publish permit comes from an issuer, and not from a token."""

from arco.fencing import FencingToken, NewestManifest, PermitIssuer, PublishPermit


def use(issuer: PermitIssuer, token: FencingToken, newest: NewestManifest, made: list[PublishPermit]) -> None:
    """One use stands here."""
    made.append(PublishPermit(token, newest))  # E: arg-type,call-arg reportCallIssue
