"""Reads medical policies from policies/ into the values the pure core evaluates; refuses authors' errors."""
