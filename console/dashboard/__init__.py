"""The operations dashboard: the flow of claims as it moves, and the list behind every number."""
