"""The vocabulary of a claim: claim, lines, coverage, findings, outcomes, determinations. Values only."""
