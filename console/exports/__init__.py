"""Files for auditors."""
