"""The audit trail and its published heads."""
