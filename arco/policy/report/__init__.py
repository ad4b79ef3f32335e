"""Renderers: one file a format."""

from arco.policy.report.json import render_json
from arco.policy.report.plain import render_findings, render_summary

__all__ = ["render_findings", "render_json", "render_summary"]
