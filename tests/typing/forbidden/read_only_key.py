"""A key cannot be changed after it was checked."""

from arco.layout import LedgerKey


def use(key: LedgerKey, other: list[LedgerKey]) -> None:
    """One use stands here."""
    key.position = 2  # E: misc reportAttributeAccessIssue
