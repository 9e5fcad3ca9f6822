"""For those who answer callers: finding a person's claims by what the caller says, and what they may hear."""
