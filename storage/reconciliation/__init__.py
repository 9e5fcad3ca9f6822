"""Open work of the ledger, for its comparison with Temporal; and the stuck part of it."""
