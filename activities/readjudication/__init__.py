"""Decided claims adjudicated again: first as a dry run, then as people approved the changes."""
