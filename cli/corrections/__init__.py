"""Decided claims that are corrected, one by one or in campaigns."""
