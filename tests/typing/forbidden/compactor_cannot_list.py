"""The compactor's fast path is handed nothing that lists (I10)."""

from arco.layout import Domain, Root
from arco.storage.holders import AntiEntropyViews, CompactorViews


async def use(compactor: CompactorViews, antientropy: AntiEntropyViews, domain: Domain) -> None:
    """One use stands here."""
    await compactor.names.list_page(Root.LEDGER, domain, "", 1)  # E: attr-defined reportAttributeAccessIssue
