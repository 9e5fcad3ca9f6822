"""Decided claims to look at again: the page."""
