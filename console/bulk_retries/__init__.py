"""Bulk retry: many pended claims retried at once, after a dry run and with the approval of a second person."""
