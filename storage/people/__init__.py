"""The staff list, console sessions, sign-ins and break-glass access."""
