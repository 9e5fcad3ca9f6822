"""Policy data at the terminal: lint, cases, sources, releases, impact; code and edit tables."""
