"""A publish permit has no subclass."""

from arco.fencing import PublishPermit
from arco.storage.sealed import Sealed


class Forged(Sealed):
    """One use stands here."""
