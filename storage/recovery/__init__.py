"""After a restore: a published decision stays the decision, and no event id ever has two contents."""
