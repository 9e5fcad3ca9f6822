"""Decided claims that somebody should look at again, as a page."""
