"""Roles, access tokens and the guard in front of every route."""
