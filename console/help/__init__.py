"""Help by role, and the tour of the first day."""
