"""What a policy owner works with: lint, explain, what-if, diff, scaffold, picture, release. No claim is decided here."""
