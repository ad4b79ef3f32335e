"""What is listed is named by a root, not by a prefix."""

from arco.layout import Domain, Root
from arco.storage.capabilities import ListStore


async def use(lister: ListStore, prefix: str, domain: Domain) -> None:
    """One use stands here."""
    await lister.list_page(Root(prefix), domain, "", 1)
