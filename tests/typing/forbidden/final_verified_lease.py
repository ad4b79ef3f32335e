"""A verified lease has no subclass."""

from arco.fencing import VerifiedLease
from arco.storage.sealed import Sealed


class Forged(VerifiedLease):  # E: misc reportGeneralTypeIssues
    """One use stands here."""
