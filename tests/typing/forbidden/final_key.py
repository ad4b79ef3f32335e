"""A key has no subclass, which could spell any path."""

from arco.layout import Domain, LedgerKey


class AnyPath(LedgerKey):  # E: misc reportGeneralTypeIssues
    """One use stands here."""
