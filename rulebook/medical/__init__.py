"""Reads medical policies from policies/ into the values that the core evaluates; refuses errors in the data."""
