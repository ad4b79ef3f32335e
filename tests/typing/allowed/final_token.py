"""A fencing token has no subclass."""

from arco.fencing import FencingToken
from arco.storage.sealed import Sealed


class Forged(Sealed):
    """One use stands here."""
