"""Checks of the ledger that must always hold; `claimwright verify` runs them."""
