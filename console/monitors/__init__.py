"""Monitors: drafts that judge decided claims next to the data in force, what they found, and the way to a release."""
