"""Signing in by OpenID Connect, sessions kept on the server, break-glass access."""
