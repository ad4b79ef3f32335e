"""`arco …`: the command line."""

from arco.cli.main import build_parser, main

__all__ = ["build_parser", "main"]
