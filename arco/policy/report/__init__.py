"""Renderers: one file a format."""

from arco.policy.report._text import one_line
from arco.policy.report.json import render_error, render_json
from arco.policy.report.plain import render_findings, render_summary

__all__ = ["one_line", "render_error", "render_findings", "render_json", "render_summary"]
