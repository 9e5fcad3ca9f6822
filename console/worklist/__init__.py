"""The reviewers' worklist: pended claims by legal deadline."""
