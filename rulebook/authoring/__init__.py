"""The tools of a policy owner: lint, explain, what-if, diff, scaffold, picture, release. No claim is decided here."""
