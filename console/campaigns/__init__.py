"""Campaigns: decided claims judged again after a change, their impact, and the approval of their correction."""
