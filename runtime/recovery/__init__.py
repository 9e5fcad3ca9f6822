"""Backup, restore and recovery: the ledger is brought level with the topics, and what was published stays as it went out."""
