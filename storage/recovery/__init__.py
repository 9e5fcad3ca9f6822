"""After a restore: what was published stays the decision, and no event id ever stands for two contents."""
