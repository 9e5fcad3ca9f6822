"""Bulk retries of pended claims: proposals, selection, steps and queries."""
