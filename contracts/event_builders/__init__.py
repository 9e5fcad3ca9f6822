"""Builds outgoing events from what was decided."""
