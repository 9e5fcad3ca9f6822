"""The reviewers' web application: an HTTP API over the read side and the submitted actions. Decides nothing itself."""
