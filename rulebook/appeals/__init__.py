"""Loads and checks the appeal paths."""
