"""Compares the open work of the ledger with Temporal, and starts the workflows that are missing."""
