"""Buckets, and the capabilities that are handed out of them. All object I/O is here."""
