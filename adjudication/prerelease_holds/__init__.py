"""The reasons to hold a decision before its release: a supervisor must approve its amount, or quality checks it."""
