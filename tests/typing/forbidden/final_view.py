"""A view has no subclass."""

from arco.storage.sealed import Sealed
from arco.storage.views import ListView


class Wider(ListView):  # E: misc reportGeneralTypeIssues
    """One use stands here."""
