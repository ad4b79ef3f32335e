"""Compare two inputs: which access is gained, which is lost, for all names, with a witness each."""

from arco.policy.diff.changes import Change, Difference, Doubt, Shown
from arco.policy.diff.compare import compare

__all__ = ["Change", "Difference", "Doubt", "Shown", "compare"]
