"""A view has no subclass."""

from arco.storage.sealed import Sealed
from arco.storage.views import ListView


class Wider(Sealed):
    """One use stands here."""
