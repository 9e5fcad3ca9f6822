"""Builds outgoing events from decisions."""
