"""Decided claims to adjudicate again: the page."""
