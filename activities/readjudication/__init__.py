"""Adjudicating decided claims again: in shadow, then as people approved it."""
