"""Decided claims adjudicated again: proposals, approvals, and the determinations that correct."""
