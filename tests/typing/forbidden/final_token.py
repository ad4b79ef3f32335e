"""A fencing token has no subclass."""

from arco.fencing import FencingToken
from arco.storage.sealed import Sealed


class Forged(FencingToken):  # E: misc reportGeneralTypeIssues
    """One use stands here."""
