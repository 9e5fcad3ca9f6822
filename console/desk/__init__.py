"""The desk: what waits for one person, who is away, and, for supervisors, who has how much in hand."""
