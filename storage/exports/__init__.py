"""Files for auditors, read from the ledger as streams."""
