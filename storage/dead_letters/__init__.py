"""Dead letters: intake, actions, bulk actions and queries."""
