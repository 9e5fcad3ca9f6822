"""Replacement and void claims: which claim supersedes which, and what that permits."""
