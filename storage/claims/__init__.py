"""The claim ledger: registration, the working set of a batch, search and corrections."""
