"""The operations dashboard: the live flow of claims, and the list behind every number."""
