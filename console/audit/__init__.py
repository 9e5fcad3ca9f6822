"""The audit trail: search, and export of the results."""
