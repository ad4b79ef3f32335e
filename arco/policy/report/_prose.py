"""What a rule's own module says of it: the text of its section in docs/rules.md."""

from __future__ import annotations

import sys

from arco.policy.rules import Rule

__all__ = ["prose"]


def prose(rule: Rule) -> str:
    """Give the sentence and the paragraphs as Markdown, or the promise where docstrings were stripped."""
    text = sys.modules[rule.check.__module__].__doc__ or ""
    said = text.strip().partition(": ")[2]
    return said[:1].upper() + said[1:] if said else rule.summary
