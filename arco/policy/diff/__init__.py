"""Compare two inputs: which access is gained, which is lost, for all names, with a witness each."""

from arco.policy.diff.changes import Change, Difference, Doubt, Shown
from arco.policy.diff.compare import compare
from arco.policy.diff.inputs import compare_inputs

__all__ = ["Change", "Difference", "Doubt", "Shown", "compare", "compare_inputs"]
