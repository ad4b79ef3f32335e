"""A token is not compared away into a number: what takes a token is given one."""

from arco.fencing import FencingToken


def use(token: FencingToken, tokens: list[FencingToken]) -> None:
    """One use stands here."""
    tokens.append(7)  # E: arg-type reportArgumentType
