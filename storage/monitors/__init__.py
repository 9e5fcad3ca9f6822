"""Monitors: drafts that judge decided claims next to the data in force, and what they found."""
