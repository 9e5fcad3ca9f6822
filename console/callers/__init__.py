"""For staff who answer calls: find a person's claims by the caller's details, and show what the caller may hear."""
