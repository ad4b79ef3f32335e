"""Nobody raises a token by hand."""

from arco.fencing import FencingToken


def use(token: FencingToken, seen: list[int]) -> None:
    """One use stands here."""
    seen.append(token.value)
