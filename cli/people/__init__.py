"""The staff list, and the audit trail of people's actions."""
