"""Component edits: checks of codes, modifiers, pairs, units, component families, duplicates, unlisted codes and diagnoses."""
