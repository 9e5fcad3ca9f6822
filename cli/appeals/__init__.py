"""Appeals at the terminal: lists, single appeals, letters and decisions."""
