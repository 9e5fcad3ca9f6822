"""Queries behind the operations dashboard."""
