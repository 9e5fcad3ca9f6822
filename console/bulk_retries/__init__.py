"""Bulk release: many waiting claims let go at once, after a dry run, by two people."""
