"""Bulk retry: many pended claims tried again at once, after a dry run, by two people."""
