"""Arco: a file-native lakehouse catalog control plane, and the harness that proves its security."""

__version__ = "0.1.0"
