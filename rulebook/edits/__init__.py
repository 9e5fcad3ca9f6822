"""Loads and checks edit tables, and imports the published CMS files."""
