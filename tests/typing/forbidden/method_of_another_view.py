"""A view's method cannot be borrowed for another view."""

from arco.layout import Domain, LedgerKey, Root
from arco.storage.views import ListView, ReadView


async def use(reader: ReadView[LedgerKey], lister: ListView, domain: Domain) -> None:
    """One use stands here."""
    await ListView.list_page(reader, Root.LEDGER, domain, "", 1)  # E: arg-type reportArgumentType
