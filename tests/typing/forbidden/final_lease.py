"""A lease has no subclass."""

from arco.fencing import Lease
from arco.storage.sealed import Sealed


class Forged(Lease):  # E: misc reportGeneralTypeIssues
    """One use stands here."""
