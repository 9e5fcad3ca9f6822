"""Loads and checks letter texts and the elements each law requires."""
