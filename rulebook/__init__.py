"""Loads and checks everything under policies/; reports file, key and remedy for each error."""
