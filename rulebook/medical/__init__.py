"""Reads medical policies from policies/ into the values the pure core evaluates; refuses what an author got wrong."""
