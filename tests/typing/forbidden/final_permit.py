"""A publish permit has no subclass."""

from arco.fencing import PublishPermit
from arco.storage.sealed import Sealed


class Forged(PublishPermit):  # E: misc reportGeneralTypeIssues
    """One use stands here."""
