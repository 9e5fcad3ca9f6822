"""Renders letters to members and providers from a determination or an appeal."""
