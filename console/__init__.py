"""The reviewers' web application: pages and an HTTP API to read data and submit actions. It makes no decisions itself."""
