"""Pages for staff who answer calls: find claims by the caller's details, and show the facts that may be disclosed."""
