"""Appeals at the terminal: what a person reads, and the decisions they sign."""
