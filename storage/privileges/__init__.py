"""The database roles, what each may do, and how both are set up."""
