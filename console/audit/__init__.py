"""The audit trail: search, and export what a search finds."""
