"""A key has no subclass, which could spell any path."""

from arco.layout import Domain, LedgerKey


class AnyPath:
    """One use stands here."""
