"""The staff list over HTTP."""
