"""The database roles, their rights, and how both are set up."""
