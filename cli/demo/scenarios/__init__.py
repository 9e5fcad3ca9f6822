"""The scenarios by theme. Each is a sentence, what it shows with its rule ids, and the claims with their outcomes."""
