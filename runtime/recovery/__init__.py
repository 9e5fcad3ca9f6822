"""Backup, restore and recovery: missing events are read from the topics into the ledger, and published events stay unchanged."""
