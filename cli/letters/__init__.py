"""Letters at the terminal, and the mail queue."""
