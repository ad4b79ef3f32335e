"""The JSON Schema of every document that the command line prints with `--json`, published as package data."""

from __future__ import annotations

from pathlib import Path

__all__ = ["render_schema"]

_FILE = Path(__file__).parents[1] / "data" / "report.schema.json"


def render_schema() -> str:
    """Give the schema (JSON Schema, draft 2020-12). It allows keys that it does not name: readers ignore those."""
    return _FILE.read_text(encoding="utf-8")
