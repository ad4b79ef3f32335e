"""What the emulator takes for granted where Google documents nothing. `docs/emulator.md` says more of each."""

from __future__ import annotations

from typing import Final

__all__ = ["ASSUMPTIONS"]

ASSUMPTIONS: Final = (
    ("A1", "a request is authenticated, then authorised, then looked up, then held to its preconditions"),
    ("A2", "create-only of an existing name, by who may not delete it: 403 (--create-of-existing)"),
    ("A3", "a read of a missing name, by who may read it but not list: 404 (--read-of-missing)"),
    ("A7", "a condition sees the decoded name, unchanged"),
    ("A8", "a grant on a managed folder lists nothing"),
    ("A11", "a resumable upload is authorised when it starts; whoever has its address may go on"),
    ("A15", "deny policies are not modelled: a plan that has one is refused"),
    ("A16", "testIamPermissions speaks of the bucket itself, now"),
    ("A18", "a new policy counts for the next request (--propagation-seconds)"),
    ("A19", "only the live generation exists; older ones are not kept"),
)
"""Number, and one line."""
