"""Decided claims adjudicated again: the proposed changes, the legal limits on changing a decision, and the approvers. Pure."""
