"""The reviewers' worklist: who works on what next, by legal clock."""
