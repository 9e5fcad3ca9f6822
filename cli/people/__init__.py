"""Who may act, and the audit trail of what they did."""
