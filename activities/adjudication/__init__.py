"""The steps of adjudication as Temporal activities: one module per step, each reads and writes for the whole batch."""
