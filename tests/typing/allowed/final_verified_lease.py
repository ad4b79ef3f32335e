"""A verified lease has no subclass."""

from arco.fencing import VerifiedLease
from arco.storage.sealed import Sealed


class Forged(Sealed):
    """One use stands here."""
