"""A key's domain is one of four, not any string."""

from arco.layout import Domain, LedgerKey


def use(domain: str) -> None:
    """One use stands here."""
    LedgerKey(domain, 1)  # E: arg-type reportArgumentType
