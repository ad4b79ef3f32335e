"""A permit issuer has no subclass."""

from arco.fencing import PermitIssuer
from arco.storage.sealed import Sealed


class Forged(PermitIssuer):  # E: misc reportGeneralTypeIssues
    """One use stands here."""
