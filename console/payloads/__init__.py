"""Payloads of Temporal decrypted for its own pages."""
