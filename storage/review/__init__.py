"""Reviews of pended claims: actions, reviewer entries, deadlines, document answers and the worklist."""
