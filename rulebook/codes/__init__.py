"""Loads and checks code tables and code pages."""
