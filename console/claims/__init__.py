"""Finding a claim by any of its ids, and everything about one claim on one page."""
