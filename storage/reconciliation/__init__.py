"""Open work of the ledger, for its comparison with Temporal; and what of it is stuck."""
